import { hash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../audit/index.ts';
import { makeSightingIndex } from '../detection/index.ts';
import { personOf, reportOf } from '../findings/testing.ts';
import { type HuntBench, huntBench } from './testing.ts';

let bench: HuntBench;
const ids = { mara: '', ivo: '', phone: '', second: '', other: '' };
beforeAll(async () => {
  bench = await huntBench();
  ids.mara = await bench.person('mara');
  ids.ivo = await bench.person('ivo');
});
beforeEach(async () => {
  ids.phone = await bench.phone(ids.mara);
  ids.second = await bench.phone(ids.mara);
  ids.other = await bench.phone(ids.ivo);
});
afterAll(() => bench.close());

const mara = () => personOf(ids.mara, 'member');
const staff = (role: Role = 'investigator') => personOf(ids.ivo, role);

function indexOf(value: string): Uint8Array {
  const index = makeSightingIndex((text) => hash('sha256', text, 'buffer'));
  const atMs = Date.UTC(2026, 0, 5);
  index.add({ kind: 'process', value, evidence: 'executed', artefact: 'x', path: '', locator: '', atMs });
  return index.encode();
}

const says = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const holds = (phone: string, rows: number) =>
  bench.test.pool.query(`update sighting_devices set row_count = $2 where device_id = $1`, [phone, rows]);
const startAnew = () => bench.test.pool.query(`update sighting_devices set row_count = 0, hour_uploads = 0`);
const report = (as: Parameters<HuntBench['call']>[0], more: object = {}, phone = ids.phone) =>
  bench.call(as, 'POST', `devices/${phone}/checks`, { ...reportOf(), ...more });

describe('keepSightings()', () => {
  it('takes an index with a check of the same phone alone, of the last day', async () => {
    const checkOf = async (phone: string) => (await report(staff(), {}, phone)).body.id;
    const own = await checkOf(ids.phone);
    const other = await checkOf(ids.other);
    const put = (check: string) =>
      bench.call(mara(), 'PUT', `devices/${ids.phone}/sightings${check}`, indexOf('checked'));
    expect(says(await put(`?check=${other}`))).toEqual([409, 'sightings-check']);
    expect(says(await put(`?check=${randomUUID()}`))).toEqual([409, 'sightings-check']);
    expect((await put('')).status).toBe(400);
    expect((await put(`?check=${own}`)).status).toBe(200);
    await bench.test.pool.query(`update checks set checked_at = checked_at - interval '25 hours' where id = $1`, [own]);
    expect(says(await put(`?check=${own}`))).toEqual([409, 'sightings-check']);
  });

  it('takes no rows beyond the share of a phone and of a person, keeps nothing of such an upload, and gives staff twice as many', async () => {
    await startAnew();
    expect((await bench.sightings(mara(), ids.phone, indexOf('one'))).status).toBe(200);
    const { rows } = await bench.test.pool.query('select row_count from sighting_devices where device_id = $1', [
      ids.phone,
    ]);
    expect(rows).toEqual([{ row_count: 1 }]);
    await holds(ids.phone, 2_000_000);
    const full = await bench.sightings(mara(), ids.phone, indexOf('two'));
    expect([...says(full), full.body.message]).toEqual([
      413,
      'sightings-full',
      'Ask an investigator to check this phone: the index takes no 1 values more, this phone has 2000000 of 2000000, and nothing of this upload was kept',
    ]);
    const kept = 'select 1 from sightings s join sighting_devices d on d.id = s.device_id where d.device_id = $1';
    expect((await bench.test.pool.query(kept, [ids.phone])).rowCount).toBe(1);
    expect((await bench.sightings(mara(), ids.phone, indexOf('one'))).body.same).toBe(true);
    expect((await bench.sightings(staff(), ids.phone, indexOf('two'))).status).toBe(200);
    await holds(ids.phone, 4_000_000);
    expect(says(await bench.sightings(staff('owner'), ids.phone, indexOf('three')))).toEqual([413, 'sightings-full']);

    const second = await bench.sightings(mara(), ids.second, indexOf('of another phone'));
    expect([...says(second), second.body.message]).toEqual([
      413,
      'sightings-full',
      expect.stringContaining('the phones of this person have 4000000 of 4000000'),
    ]);
    expect((await bench.sightings(staff(), ids.other, indexOf('of another person'))).status).toBe(200);
  });

  it('takes so many changed indexes an hour of a phone and of a person, unchanged ones always', async () => {
    await startAnew();
    const send = async (as: ReturnType<typeof staff>, phone: string, name: string) =>
      (await bench.sightings(as, phone, indexOf(name))).status;
    for (let i = 0; i < 12; i++) expect(await send(mara(), ids.phone, `r${i}`)).toBe(200);
    expect(says(await bench.sightings(mara(), ids.phone, indexOf('r12')))).toEqual([429, 'sightings-often']);
    expect(await send(mara(), ids.phone, 'r11')).toBe(200);
    expect(await send(staff(), ids.phone, 'r12')).toBe(200);
    for (let i = 0; i < 11; i++) expect(await send(mara(), ids.second, `s${i}`)).toBe(200);
    expect(await send(mara(), ids.second, 's11')).toBe(429);
    expect(await send(personOf(ids.ivo, 'member'), ids.other, 's11')).toBe(200);
    await bench.test.pool.query(`update sighting_devices set hour_started_at = now() - interval '61 minutes'`);
    expect(await send(mara(), ids.phone, 'later')).toBe(200);
  });
});
