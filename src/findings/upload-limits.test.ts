import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../audit/index.ts';
import type { ReportFinding } from '../detection/api.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
const ids = { mara: '', ivo: '', phone: '', second: '', other: '' };
beforeAll(async () => {
  bench = await findingsBench();
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

const says = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const report = (as: Parameters<FindingsBench['call']>[0], more: object = {}, phone = ids.phone) =>
  bench.call(as, 'POST', `devices/${phone}/checks`, { ...reportOf(), ...more });

describe('saveCheck()', () => {
  const many = (count: number): ReportFinding[] =>
    Array.from({ length: count }, () => ({
      ...TRACE,
      verdict: 'weakness' as const,
      id: randomUUID().replace(/-/g, ''),
    }));

  it('takes 20 reports an hour from the owner of a phone, 40 of all their phones, and staff go on', async () => {
    for (let i = 0; i < 20; i++) expect((await report(mara())).status).toBe(201);
    expect(says(await report(mara()))).toEqual([429, 'report-often']);
    for (let i = 0; i < 20; i++) expect((await report(mara(), {}, ids.second)).status).toBe(201);
    expect(says(await report(mara(), {}, await bench.phone(ids.mara)))).toEqual([429, 'report-often']);
    expect((await report(staff())).status).toBe(201);
    await bench.test.pool.query(`update checks set checked_at = checked_at - interval '61 minutes'`);
    expect((await report(mara())).status).toBe(201);
  });

  it('keeps 50 checks of a member for a phone, those of staff beside them, and what a case names', async () => {
    const { body: first } = await report(staff());
    const named = (await report(mara(), { findings: [TRACE] })).body.id;
    const [{ id: caseId }] = (await bench.call(staff(), 'GET', `cases?device=${ids.phone}`)).body.items;
    await bench.call(staff(), 'POST', `cases/${caseId}/notes`, { text: 'This check', checkId: named });
    await bench.test.pool.query(
      `insert into checks (device_id, verdict, checked_at, reported_by, examined, finding_count, examined_count, unreadable_count)
       select $1, 'incomplete', now() - interval '1 day' + n * interval '1 second', '{"role":"member"}', '[]', 0, 0, 0 from generate_series(1, 60) n`,
      [ids.phone],
    );
    await bench.test.pool.query(`update checks set checked_at = now() - interval '2 days' where id = $1`, [named]);
    await report(mara());
    const { rows } = await bench.test.pool.query<{ id: string }>('select id from checks where device_id = $1', [
      ids.phone,
    ]);
    expect(rows.length).toBe(50 + 2);
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, named]));
  });

  it('keeps every trace of a member’s report and the worst 200 of the rest, tells how many are left out, and all of staff’s', async () => {
    await bench.test.pool.query('delete from checks');
    const traceOf = () => many(1).map((finding) => ({ ...finding, verdict: 'trace' as const }));
    const last = traceOf();
    const unusual = many(1).map((finding) => ({ ...finding, verdict: 'unusual' as const, level: 'low' as const }));
    const { body } = await report(mara(), { findings: [...many(400), ...unusual, ...last] });
    expect([body.findingIds.length, body.leftOut]).toEqual([201, 201]);
    const { items } = (await bench.call(staff(), 'GET', `findings?device=${ids.phone}&limit=2`)).body;
    expect(items.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['trace', 'unusual']);
    expect((await bench.call(staff(), 'GET', `devices/${ids.phone}/checks`)).body.items[0].leftOut).toBe(201);
    expect((await report(staff(), { findings: many(400) })).body.leftOut).toBe(0);
    await bench.test.pool.query(
      `insert into findings (device_id, report_id, state, level, verdict, detail, found_at, last_seen_at, reported)
       select $1, 'member filler ' || n, 'open', 'info', 'weakness', '{}', now(), now(), '{"role":"member"}' from generate_series(1, 2000) n`,
      [ids.phone],
    );
    const full = await report(mara(), { findings: [...many(5), ...last, ...traceOf()] });
    expect([full.body.findingIds.length, full.body.leftOut]).toEqual([2, 5]);
    await bench.test.pool.query('delete from findings');
  }, 60_000);

  it('refuses huge reports and thousands of findings from members, whole, and takes them from staff', async () => {
    await bench.test.pool.query('delete from checks');
    const artefact = { artefact: 'x', path: 'p'.repeat(2000), status: 'unreadable', records: 0, why: 'w'.repeat(1000) };
    const examined = Array.from({ length: 800 }, () => artefact);
    expect(says(await report(mara(), { examined }))).toEqual([413, 'report-large']);
    const traces = (count: number) => many(count).map((finding) => ({ ...finding, verdict: 'trace' as const }));
    await bench.test.pool.query(
      `insert into findings (device_id, report_id, state, level, verdict, detail, found_at, last_seen_at, reported)
       select $1, 'trace of a member ' || n, 'open', 'critical', 'trace', '{}', now(), now(), '{"role":"member"}' from generate_series(1, 4980) n`,
      [ids.phone],
    );
    expect((await report(mara(), { findings: traces(20) })).status).toBe(201);
    const before = (await bench.actions()).length;
    expect(says(await report(mara(), { findings: traces(1) }))).toEqual([413, 'findings-full']);
    expect((await bench.actions()).length).toBe(before);
    expect((await report(mara())).status).toBe(201);
    expect((await report(staff('administrator'), { findings: many(1) })).status).toBe(201);
  }, 60_000);
});
