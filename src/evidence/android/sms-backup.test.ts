import { existsSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { smsBackup } from './sms-backup.ts';
import { androidFiles, readAll } from './testing.ts';

const MVT = '../shared/data/mvt-artifacts/android_backup/apps/com.android.providers.telephony/d_f';
const pack = (value: unknown): Uint8Array => new Uint8Array(deflateSync(JSON.stringify(value)));

describe('messages of an Android backup', () => {
  it('take their direction from their box, where MVT takes a date of sending for one', async () => {
    const list = [
      { address: '+49', body: 'a https://x.example/1 b', date: '1600000000000', date_sent: '1599999999000', type: '1' },
      { address: '+49', body: 'mine', date: '1600000001000', date_sent: '0', type: '2' },
      { address: 'sender@mail.example', body: '', date: 'never', type: '5' },
      'no message',
    ];
    const { rows, records, sightings, events } = await readAll(
      smsBackup,
      await androidFiles({ 'd_f/000000_sms_backup': pack(list) }),
    );
    expect(rows).toMatchObject([{ status: 'examined', records: 3 }]);
    expect(records.map(({ direction, atMs }) => [direction, atMs])).toEqual([
      ['received', 1_600_000_000_000],
      ['sent', 1_600_000_001_000],
      ['other', undefined],
    ]);
    expect(sightings.map(({ kind, value, evidence, locator }) => [kind, value, evidence, locator])).toEqual([
      ['url', 'https://x.example/1', 'received', 'message 1'],
      ['email', 'sender@mail.example', 'received', 'message 3'],
    ]);
    expect(events.map(({ what }) => what)).toEqual(['message received', 'message sent']);
  });

  it('of MMS count seconds, which MVT puts in January 1970, and name the sender', async () => {
    const addresses = [
      { type: 151, address: '+1' },
      { type: 137, address: '+2' },
    ];
    const list = [{ date: '1600000000', msg_box: '1', mms_body: 'http://y.example/', mms_addresses: addresses }];
    const { records } = await readAll(smsBackup, await androidFiles({ '000001_mms_backup': pack(list) }));
    expect(records).toMatchObject([{ kind: 'mms', direction: 'received', address: '+2', atMs: 1_600_000_000_000 }]);
  });

  it('that cannot be unpacked or are no list are unreadable', async () => {
    const source = await androidFiles({
      a_sms_backup: pack({}),
      b_sms_backup: 'text',
      c_sms_backup: pack([]).subarray(0, 4),
    });
    const { rows } = await readAll(smsBackup, source);
    expect(rows.map(({ status }) => status)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });

  it.skipIf(!existsSync(MVT))('are read from the files of MVT', async () => {
    const names = ['000000_sms_backup', '000001_mms_backup'];
    const source = await androidFiles(Object.fromEntries(names.map((name) => [name, readFileSync(`${MVT}/${name}`)])));
    const { rows, records } = await readAll(smsBackup, source);
    expect(rows.map(({ status }) => status)).toEqual(['examined', 'examined']);
    expect(records.every(({ atMs }) => atMs !== undefined && atMs > Date.UTC(2010, 0, 1))).toBe(true);
    expect(records.length).toBeGreaterThan(1);
  });
});
