import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { androidFiles, readAll } from './testing.ts';
import { tombstones } from './tombstones.ts';

const MVT = '../shared/data/mvt-artifacts/android_data';
const TEXT = `*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
Build fingerprint: 'a/b/c:14/X/1:user/release-keys'
Timestamp: 2024-05-01 10:00:00.000000000+0200
Cmdline: /data/local/tmp/evild -d
pid: 10, tid: 11, name: worker  >>> /data/local/tmp/evild <<<
uid: 0
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
`;

describe('tombstones', () => {
  it('tells thread and program as processes that ran, at the time with its zone', async () => {
    const source = await androidFiles({
      'FS/data/tombstones/tombstone_00': TEXT,
      'FS/data/tombstones/tombstone_01': '',
    });
    const { rows, records, sightings } = await readAll(tombstones, source);
    expect(rows.map(({ status, records: count }) => [status, count])).toEqual([
      ['examined', 1],
      ['examined', 0],
    ]);
    expect(records).toMatchObject([
      { pid: 10, tid: 11, uid: 0, threadName: 'worker', command: '/data/local/tmp/evild' },
    ]);
    const atMs = Date.UTC(2024, 4, 1, 8);
    expect(sightings.map(({ kind, value, evidence, atMs: ms }) => [kind, value, evidence, ms])).toEqual([
      ['process', 'worker', 'executed', atMs],
      ['process', 'evild', 'executed', atMs],
      ['path', '/data/local/tmp/evild', 'executed', atMs],
    ]);
  });

  it('says of what is no tombstone that it cannot be read', async () => {
    const { rows } = await readAll(
      tombstones,
      await androidFiles({ tombstone_00: 'something else', tombstone_02: TEXT }),
    );
    expect(rows.map(({ status, records }) => [status, records])).toEqual([
      ['unreadable', 0],
      ['examined', 1],
    ]);
  });

  it.skipIf(!existsSync(MVT)).each(['tombstone_process.txt', 'tombstone_process.pb'])(
    'reads %s of MVT',
    async (name) => {
      const { records } = await readAll(tombstones, await androidFiles({ [name]: readFileSync(`${MVT}/${name}`) }));
      expect(records).toMatchObject([
        {
          pid: 25541,
          tid: 21307,
          uid: 1046,
          threadName: 'mtk.ape.decoder',
          command: '/vendor/bin/hw/android.hardware.media.c2@1.2-mediatek',
          causes: ['null pointer dereference'],
          // MVT gives 12:32:40, the local time, without its zone.
          time: { ms: Date.UTC(2023, 3, 12, 10, 32, 40, 518), zoneUnknown: false },
        },
      ]);
    },
  );

  it.skipIf(!existsSync(MVT))('reads those of the bug report of MVT', async () => {
    const names = ['tombstone_00', 'tombstone_01'];
    const files = names.map(
      (name) => [`FS/data/tombstones/${name}`, readFileSync(`${MVT}/bugreport/FS/data/tombstones/${name}`)] as const,
    );
    const { records } = await readAll(tombstones, await androidFiles(Object.fromEntries(files)));
    expect(records.map(({ pid, uid, abortMessage }) => [pid, uid, abortMessage.trim()])).toEqual([
      [9850, 2000, 'Check failed: payload.size() <= bytes_left (payload.size()=99, bytes_left=51)'],
      [3559, 1000, ''],
    ]);
  });
});
