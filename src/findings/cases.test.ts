import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportFinding } from '../detection/api.ts';
import type { CaseDetail, CaseItem, CaseList } from './api.ts';
import { readThreatFacts } from './index.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
const ids = { mara: '', ivo: '', ada: '', olu: '', phone: '', again: '', other: '' };
const ivo = () => personOf(ids.ivo, 'investigator');
const ada = () => personOf(ids.ada, 'investigator');
const olu = () => personOf(ids.olu, 'owner');

beforeAll(async () => {
  bench = await findingsBench();
  for (const name of ['mara', 'ivo', 'ada', 'olu'] as const) ids[name] = await bench.person(name);
  ids.phone = await bench.phone(ids.mara, { nativeId: 'UDID-1' });
  ids.again = await bench.phone(ids.ivo, { nativeId: 'UDID-1' });
  ids.other = await bench.phone(ids.mara, { nativeId: 'UDID-2' });
});
afterAll(() => bench.close());

const received: ReportFinding = {
  ...TRACE,
  id: 'cd'.repeat(16),
  evidence: 'received',
  verdict: 'unusual',
  level: 'high',
};
const weakness: ReportFinding = {
  ...TRACE,
  id: 'ef'.repeat(16),
  verdict: 'weakness',
  kind: 'heuristic',
  indicator: null,
};

const report = (phone: string, ...findings: readonly ReportFinding[]) =>
  bench.call(ada(), 'POST', `devices/${phone}/checks`, reportOf(...findings));
const list = async (query = ''): Promise<CaseItem[]> =>
  ((await bench.call(olu(), 'GET', `cases?${query}`)).body as CaseList).items;
const read = async (id: string): Promise<CaseDetail> => (await bench.call(ada(), 'GET', `cases/${id}`)).body;
const post = (as: Parameters<FindingsBench['call']>[0], id: string, what: string, body: object) =>
  bench.call(as, 'POST', `cases/${id}/${what}`, body);

/** Proposes to close and returns when. */
async function propose(as: Parameters<FindingsBench['call']>[0], id: string): Promise<number> {
  const reply = await post(as, id, 'closing', { conclusion: 'A practice message, nothing ran' });
  expect(reply.status).toBe(200);
  return reply.body.proposedAtMs;
}

describe('cases', () => {
  it('are opened once for a phone, under whatever enrolment, and not for a weakness', async () => {
    await report(ids.other, weakness);
    expect(await list()).toEqual([]);
    await Promise.all([report(ids.phone, TRACE), report(ids.again, received), report(ids.phone, received)]);
    const cases = await list();
    expect(
      cases.map(({ status, findings, openFindings, traces, families }) => [
        status,
        findings,
        openFindings,
        traces,
        families,
      ]),
    ).toEqual([['new', 3, 3, 1, ['Pegasus']]]);
    expect((await list(`device=${ids.again}`)).length).toBe(1);
    expect(await list(`device=${ids.other}`)).toEqual([]);
    const detail = await read(cases[0]?.id ?? '');
    expect([detail.deviceIds.sort(), detail.findings.length, detail.checks.length]).toEqual([
      [ids.phone, ids.again].sort(),
      3,
      3,
    ]);
    expect(detail.findings.every(({ caseId }) => caseId === detail.case.id)).toBe(true);
  });

  it('keep notes, with checks of this phone and packs, and take none of other phones', async () => {
    const [{ id } = { id: '' }] = await list();
    const { checks } = await read(id);
    const foreign = (await report(ids.other, weakness)).body.id;
    expect(
      (await post(ada(), id, 'notes', { text: 'Looked at the pack', packSha256: 'ab'.repeat(32) })).body.status,
    ).toBe('in-work');
    expect((await post(olu(), id, 'notes', { text: 'This check', checkId: checks[0]?.id })).status).toBe(200);
    const refused = [
      await post(ada(), id, 'notes', { text: 'x', checkId: foreign }),
      await post(ada(), id, 'notes', { text: '   ' }),
      await post(ada(), id, 'notes', { text: 'nul \0' }),
      await post(ada(), ids.phone, 'notes', { text: 'no such case' }),
      await post({ kind: 'token', tokenId: 't', role: 'investigator' } as never, id, 'notes', { text: 'token' }),
    ].map(({ body }) => body.code);
    expect(refused).toEqual(['case-check', 'FST_ERR_VALIDATION', 'report-text', 'case-unknown', 'case-person']);
    expect((await read(id)).notes.map(({ text, writtenBy, packSha256 }) => [text, writtenBy, packSha256])).toEqual([
      ['Looked at the pack', ids.ada, 'ab'.repeat(32)],
      ['This check', ids.olu, null],
    ]);
  });

  it('are worked on by nobody who owns or owned the phone', async () => {
    const [{ id } = { id: '' }] = await list();
    for (const [what, body] of [
      ['notes', { text: 'mine' }],
      ['status', { status: 'waiting' }],
      ['closing', { conclusion: 'Nothing to see here' }],
      ['sign-off', { proposedAtMs: 1, traces: [] }],
    ] as const) {
      expect((await post(ivo(), id, what, body)).body.code).toBe('case-own-phone');
      expect((await post(personOf(ids.mara, 'owner'), id, what, body)).body.code).toBe('case-own-phone');
    }
    const asIvo: CaseDetail = (await bench.call(ivo(), 'GET', `cases/${id}`)).body;
    expect([asIvo.ownPhone, (await read(id)).ownPhone]).toEqual([true, false]);
  });

  it('close by two people of whom one is an investigator, and then refuse nothing any more', async () => {
    const [{ id, number } = { id: '', number: 0 }] = await list();
    expect((await post(olu(), id, 'sign-off', { proposedAtMs: 1, traces: [] })).body.code).toBe('case-not-proposed');
    expect((await post(ada(), id, 'closing', { conclusion: '          x ' })).body.code).toBe('case-conclusion');
    const owners = await propose(olu(), id);
    const secondOwner = personOf(await bench.person('ola'), 'owner');
    expect((await post(secondOwner, id, 'sign-off', { proposedAtMs: owners, traces: [] })).body.code).toBe(
      'case-investigator',
    );
    await new Promise((done) => setTimeout(done, 5));
    const proposedAtMs = await propose(ada(), id);
    expect((await post(ada(), id, 'sign-off', { proposedAtMs, traces: [] })).body.code).toBe('case-same-person');
    expect((await post(olu(), id, 'sign-off', { proposedAtMs: owners, traces: [] })).body.code).toBe('case-changed');

    await report(ids.phone, { ...received, id: '12'.repeat(16) });
    expect((await post(olu(), id, 'sign-off', { proposedAtMs, traces: [] })).body.code).toBe('case-not-proposed');

    const again = await propose(ada(), id);
    expect((await readThreatFacts(bench.test.db, ids.phone)).openTraces.length).toBe(1);
    const traces = await bench.tracesOf(olu(), id);
    const wrong: readonly (readonly [string, object[]])[] = [
      ['none named', []],
      ['of another hash', traces.map((trace) => ({ ...trace, hash: '0'.repeat(64) }))],
      ['one that is not of the case', [...traces, { id: ids.phone, hash: '0'.repeat(64) }]],
    ];
    for (const [, named] of wrong)
      expect((await post(olu(), id, 'sign-off', { proposedAtMs: again, traces: named })).body.code).toBe('case-traces');
    const both = await Promise.all([1, 2].map(() => post(olu(), id, 'sign-off', { proposedAtMs: again, traces })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const detail = await read(id);
    expect(detail.case).toMatchObject({
      status: 'closed',
      proposedBy: ids.ada,
      signedBy: ids.olu,
      openFindings: 0,
      findings: 4,
    });
    expect(detail.findings.map(({ state, reason }) => [state, reason])).toEqual(
      Array(4).fill(['cleared', `Case ${number} closed: A practice message, nothing ran`]),
    );
    expect((await readThreatFacts(bench.test.db, ids.again)).openTraces).toEqual([]);
    expect((await post(ada(), id, 'notes', { text: 'too late' })).body.code).toBe('case-closed');
    const actions = (await bench.actions()).filter((action) => action.startsWith('case.'));
    expect(new Set(actions)).toEqual(
      new Set(['case.opened', 'case.noted', 'case.proposed', 'case.proposal-ended', 'case.closed']),
    );
  });

  it('open anew for what comes after, and are listed by state, page by page', async () => {
    await report(ids.phone, { ...TRACE, id: '34'.repeat(16) });
    await report(ids.phone, TRACE); // cleared with the first case, and no worse than then
    const [second, first] = await list();
    expect([second?.status, second?.findings, first?.status]).toEqual(['new', 1, 'closed']);
    expect((await list('status=open')).map(({ id }) => id)).toEqual([second?.id]);
    expect((await list('status=closed')).map(({ id }) => id)).toEqual([first?.id]);
    const page: CaseList = (await bench.call(olu(), 'GET', 'cases?limit=1')).body;
    expect([page.items[0]?.id, page.next]).toEqual([second?.id, second?.number]);
    expect((await list(`limit=1&before=${page.next}`)).map(({ id }) => id)).toEqual([first?.id]);
    const moved = await post(ada(), second?.id ?? '', 'status', { status: 'waiting' });
    expect(moved.body.status).toBe('waiting');
    expect((await post(ada(), second?.id ?? '', 'status', { status: 'closed' })).status).toBe(400);
  });

  it('are made by the migration for findings that were open before it', async () => {
    const { pool } = bench.test;
    await report(ids.again, { ...received, id: '56'.repeat(16) });
    await report(ids.other, { ...received, id: '78'.repeat(16) });
    await pool.query('delete from cases');
    const file = await readFile(join(import.meta.dirname, '../storage/migrations/0053-cases.sql'), 'utf8');
    await pool.query(file.slice(file.indexOf('with phones as')));
    const cases = await list();
    expect(cases.map(({ findings, status }) => [findings, status]).sort()).toEqual([
      [1, 'new'],
      [2, 'new'],
    ]);
    expect((await list(`device=${ids.phone}`)).map(({ findings }) => findings)).toEqual([2]);
  });
});
