import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import type { ReportFinding } from '../detection/api.ts';
import type { FindingItem, FindingList } from './api.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
const ids = { mara: '', ivo: '', olu: '', phone: '' };
const mara = () => personOf(ids.mara, 'member');
const ivo = () => personOf(ids.ivo, 'investigator');
beforeAll(async () => {
  bench = await findingsBench();
  for (const name of ['mara', 'ivo', 'olu'] as const) ids[name] = await bench.person(name);
  ids.phone = await bench.phone(ids.mara);
});
afterAll(() => bench.close());

const other = (n: number, more: Partial<ReportFinding> = {}): ReportFinding => ({
  ...TRACE,
  verdict: 'weakness',
  level: 'info',
  evidence: 'structure',
  id: n.toString(16).padStart(32, '0'),
  locator: `row ${n}`,
  ...more,
});
const send = async (as: Actor, findings: readonly ReportFinding[], phone = ids.phone): Promise<string[]> =>
  (await bench.call(as, 'POST', `devices/${phone}/checks`, reportOf(...findings))).body.findingIds;
const list = async (query: string): Promise<FindingList> =>
  (await bench.call(ivo(), 'GET', `findings?device=${ids.phone}&${query}`)).body;

describe('listFindings()', () => {
  it('gives the worst first, however many notes came after it, and every finding once from page to page', async () => {
    await send(ivo(), [TRACE, other(1, { verdict: 'unusual', level: 'high' })]);
    for (const half of [0, 1])
      await send(
        ivo(),
        Array.from({ length: 200 }, (_, n) => other(10 + half * 200 + n)),
      );
    const first = await list('limit=3');
    expect(first.items.map(({ verdict, level }) => `${verdict} ${level}`)).toEqual([
      'trace critical',
      'unusual high',
      'weakness info',
    ]);
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: FindingList = await list(`limit=60${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([402, 402]);
  });

  it('is narrowed by each of its filters, and refuses a cursor that no page gave', async () => {
    await send(mara(), [other(5000, { level: 'low' })]);
    const count = async (query: string) => (await list(`limit=500&${query}`)).items.length;
    expect(await count('verdict=trace')).toBe(1);
    expect(await count('level=high')).toBe(1);
    expect(await count('source=member')).toBe(1);
    expect(await count('source=staff')).toBe(402);
    expect(await count('state=cleared')).toBe(0);
    const [{ caseId } = { caseId: null }] = (await list('verdict=trace')).items;
    expect(await count(`case=${caseId}`)).toBe(2);
    for (const cursor of ['x', 'W10', Buffer.from('[1,2,"3"]').toString('base64url')])
      expect((await bench.call(ivo(), 'GET', `findings?cursor=${cursor}`)).body.code).toBe('findings-cursor');
  });
});

describe('mergeFinding()', () => {
  const read = async (id: string): Promise<FindingItem> => (await bench.call(ivo(), 'GET', `findings/${id}`)).body;

  it('lets a member change no word of staff: the same is seen again, what is worse stands beside it', async () => {
    const phone = await bench.phone(ids.mara);
    const low = other(6000, { verdict: 'unusual', level: 'low' });
    const [staffs = ''] = await send(ivo(), [low], phone);
    expect(await send(mara(), [low], phone)).toEqual([staffs]);
    const [members = ''] = await send(mara(), [{ ...low, level: 'critical' }], phone);
    expect(members).not.toBe(staffs);
    expect([(await read(staffs)).level, (await read(members)).source]).toEqual(['low', 'member']);
  });

  it('makes what staff report after a member staff’s word, in the same row', async () => {
    const phone = await bench.phone(ids.mara);
    const [id = ''] = await send(mara(), [other(7000)], phone);
    expect((await read(id)).source).toBe('member');
    expect(await send(ivo(), [other(7000)], phone)).toEqual([id]);
    expect((await read(id)).source).toBe('staff');
  });

  it('makes no trace of what staff report as less after a member called it one', async () => {
    const phone = await bench.phone(ids.mara);
    const [members = ''] = await send(mara(), [{ ...TRACE, id: 'ee'.repeat(16) }], phone);
    const [staffs = ''] = await send(
      ivo(),
      [{ ...TRACE, id: 'ee'.repeat(16), verdict: 'unusual', level: 'low' }],
      phone,
    );
    expect(staffs).not.toBe(members);
    expect(
      [await read(members), await read(staffs)].map(({ source, verdict, level }) => [source, verdict, level]),
    ).toEqual([
      ['member', 'trace', 'critical'],
      ['staff', 'unusual', 'low'],
    ]);
  });
});

describe('tellAgain()', () => {
  it('tells who cleared a trace that it was reported again, once a day, and nobody of what was open', async () => {
    const phone = await bench.phone(ids.mara);
    const [id = ''] = await send(mara(), [TRACE], phone);
    const told = async () =>
      (
        await bench.test.pool.query(
          `select person_id, kind, about->>'id' as about from people_notices where about->>'id' = $1`,
          [id],
        )
      ).rows;
    await send(mara(), [TRACE], phone);
    expect(await told()).toEqual([]);
    const { hash } = (await bench.call(ivo(), 'GET', `findings/${id}`)).body;
    const cleared = await bench.call(ivo(), 'POST', `findings/${id}/clear`, {
      reason: 'It was a practice backup',
      hash,
    });
    expect(cleared.status).toBe(200);
    for (let i = 0; i < 3; i++) await send(mara(), [TRACE], phone);
    expect(await told()).toEqual([{ person_id: ids.ivo, kind: 'trace-again', about: id }]);
    expect((await bench.actions()).filter((action) => action === 'finding.reported-again')).toHaveLength(1);
    await bench.test.pool.query(`update findings set told_again_at = told_again_at - interval '25 hours'`);
    await send(mara(), [TRACE], phone);
    expect(await told()).toHaveLength(2);
    expect((await bench.call(ivo(), 'GET', `findings/${id}`)).body.state).toBe('cleared');
  });
});
