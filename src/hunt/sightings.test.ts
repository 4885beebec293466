import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSightingIndex } from '../detection/index.ts';
import type { Sighting } from '../evidence/index.ts';
import { personOf } from '../findings/testing.ts';
import { openSightingKey, wantedHashes } from './sightings.ts';
import { explainSighted, findSighted } from './store-sightings.ts';
import { type HuntBench, huntBench } from './testing.ts';

let bench: HuntBench;
const ids = { mara: '', ivo: '', phone: '', other: '' };
beforeAll(async () => {
  bench = await huntBench();
  ids.mara = await bench.person('mara');
  ids.ivo = await bench.person('ivo');
  ids.phone = await bench.phone(ids.mara);
  ids.other = await bench.phone(ids.ivo);
});
afterAll(() => bench.close());

function indexOf(...sightings: readonly Partial<Sighting>[]): Uint8Array {
  const index = makeSightingIndex((text) => hash('sha256', text, 'buffer'));
  for (const sighting of sightings) {
    index.add({
      kind: 'process',
      value: 'bh',
      evidence: 'executed',
      artefact: 'data-usage',
      path: '',
      locator: '',
      atMs: Date.UTC(2026, 0, 5),
      ...sighting,
    });
  }
  return index.encode();
}

const NOBODY = '00000000-0000-4000-8000-000000000000';
const put = (body: object, phone = ids.phone, as = personOf(ids.mara, 'member')) => bench.sightings(as, phone, body);

async function look(...wanted: readonly (readonly ['process' | 'host' | 'domain', string])[]) {
  const { db } = bench.test;
  const key = await openSightingKey({ db, secrets: bench.secrets }, 0);
  const rows = await findSighted(
    db,
    wantedHashes(
      key,
      wanted.map(([kind, value]) => ({ kind, value })),
    ),
  );
  return rows.map(({ n, deviceId, first, last, kind }) => [n, deviceId, last - first, kind & 7]);
}

describe('keepSightings()', () => {
  it('keeps what was sent, answers "same" to the same, widens days and evidence, counts what is new', async () => {
    const first = indexOf(
      { evidence: 'permitted' },
      { kind: 'host', value: 'a.evil.example.org', evidence: 'received' },
    );
    expect(await put(first)).toMatchObject({ status: 200, body: { same: false, values: 4, fresh: null } });
    expect(await put(first)).toMatchObject({ status: 200, body: { same: true, values: 4, fresh: null } });
    const later = indexOf({ atMs: Date.UTC(2026, 0, 9) }, { value: 'new', atMs: undefined });
    expect((await put(later)).body).toEqual({ same: false, values: 2, fresh: { process: 1 } });
    const older = indexOf({ evidence: 'structure', atMs: Date.UTC(2026, 0, 4) });
    expect((await put(older)).body).toEqual({ same: false, values: 1, fresh: {} });
    expect(await look(['process', 'bh'], ['host', 'evil.example.org'], ['domain', 'evil.example.org'])).toEqual([
      [1, ids.phone, 5, 7],
      [3, ids.phone, 0, 1],
    ]);
    expect(await bench.actions()).toEqual(['sightings.kept', 'sightings.kept', 'sightings.kept']);
  });

  it('takes days that are not known for no days', async () => {
    await put(indexOf({ value: 'dateless', atMs: undefined }));
    await put(indexOf({ value: 'dateless', atMs: Date.UTC(2026, 0, 7) }));
    await put(indexOf({ value: 'dateless', atMs: undefined }));
    const days = await bench.test.pool.query('select first, last from sightings where first = 9503');
    expect(days.rows).toEqual([{ first: 9503, last: 9503 }]);
  });

  it('refuses phones of others, other bodies, broken and huge ones, and keeps nothing of them', async () => {
    const good = indexOf({ value: 'foreign' });
    const codes = [
      await put(good, ids.other),
      await bench.call(personOf(ids.ivo, 'investigator'), 'PUT', `devices/${NOBODY}/sightings?check=${NOBODY}`, good),
      await put({ sightings: [] }),
      await put(good.subarray(0, -1)),
      await put(Uint8Array.of(...good, 0)),
      await put(new Uint8Array(8 * 1024 * 1024 + 1)),
    ].map(({ status, body }) => [status, body.code]);
    expect(codes).toEqual([
      [404, 'device-unknown'],
      [404, 'device-unknown'],
      [415, 'body-bytes'],
      [400, 'sightings-size'],
      [400, 'sightings-size'],
      [413, 'FST_ERR_CTP_BODY_TOO_LARGE'],
    ]);
    expect(await look(['process', 'foreign'])).toEqual([]);
  });

  it('takes two uploads at once for one phone', async () => {
    const bodies = ['left', 'right'].map((value) => indexOf({ value }, {}));
    const replies = await Promise.all(bodies.map((body) => put(body)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect((await look(['process', 'left'], ['process', 'right'])).length).toBe(2);
  });

  it('keeps no value, no bare hash and no key in the database', async () => {
    const { rows } = await bench.test.pool.query('select vhash::text from sightings');
    const bare = hash('sha256', 'process\0bh', 'buffer').readBigInt64BE(0).toString();
    expect(rows.map(({ vhash }) => vhash)).not.toContain(bare);
    const key = await openSightingKey({ db: bench.test.db, secrets: bench.secrets }, 0);
    const sealed = await bench.test.pool.query('select sealed from sighting_key');
    expect(sealed.rows.length).toBe(1);
    expect(sealed.rows[0].sealed.includes(Buffer.from(key))).toBe(false);
  });
});

describe('findSighted()', () => {
  it('descends the index of one partition for each value, and reads no partition whole', async () => {
    const { pool, db } = bench.test;
    await pool.query(
      `insert into sightings select hashint8extended(n, 7), n % 50, 9000, 9001, 9 from generate_series(1, 200000) n`,
    );
    await bench.test.owner.query('analyze sightings');
    const plan = await explainSighted(db, `{${Array.from({ length: 10_000 }, (_, i) => i * 7919).join(',')}}`);
    expect(plan).toMatch(/Index (Only )?Scan using sightings_00_/);
    expect(plan).not.toMatch(/Seq Scan on sightings_\d/);
  });
});
