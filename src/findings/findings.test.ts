import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import type { CheckReport, ReportFinding } from '../detection/api.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { FindingItem, FindingList } from './api.ts';
import { readThreatFacts } from './index.ts';
import { findingsRoutes } from './routes.ts';

let database: TestDatabase;
let actor: Actor;
const app = Fastify();
const ids = { mara: '', ivo: '', phone: '' };

const person = (personId: string, role: Role): Actor => ({ kind: 'person', personId, role, sessionId: personId });

const trace: ReportFinding = {
  id: 'ab'.repeat(16),
  level: 'critical',
  verdict: 'trace',
  kind: 'indicator',
  evidence: 'executed',
  value: 'bh',
  indicator: { id: 'indicator--1', type: 'process:name', value: 'bh', collection: 'Pegasus', source: 'x.stix2' },
  artefact: 'data-usage',
  path: 'WirelessDomain/Library/Databases/DataUsage.sqlite',
  locator: 'ZPROCESS Z_PK 1',
  at: '2026-01-01T00:00:00.000Z',
  explanation: 'It ran.',
};

function reportOf(...findings: ReportFinding[]): CheckReport {
  return {
    schema: 'pavise.check/1',
    sources: [],
    examined: [{ artefact: 'sms', path: 'x', status: 'examined', records: 1, why: null }],
    findings,
    unsupportedIndicators: [],
    verdict: 'nothing-found',
    stats: { cpuMs: 1, maxRssBytes: 1, bytesRead: 1, files: 1 },
  };
}

beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  const insert = async (name: string): Promise<string> => {
    const { rows } = await pool.query(
      `insert into people (display_name, email, role, state, created_at) values ($1, $2, 'member', 'active', now()) returning id`,
      [name, `${name}@example.org`],
    );
    return rows[0].id;
  };
  ids.mara = await insert('mara');
  ids.ivo = await insert('ivo');
  const { rows } = await pool.query(
    `insert into devices (person_id, platform, ownership, state, name, created_at) values ($1, 'apple', 'personal', 'enrolled', 'x', now()) returning id`,
    [ids.mara],
  );
  ids.phone = rows[0].id;
  app.setValidatorCompiler(TypeBoxValidatorCompiler); // as the server does: Fastify's own drops unknown fields
  app.decorateRequest('actor', { getter: () => actor });
  app.setErrorHandler((error, _, reply) => {
    const { code, message, statusCode, status } = error as {
      code: string;
      message: string;
      statusCode?: number;
      status?: number;
    };
    return reply.code(status ?? statusCode ?? 500).send({ code, message });
  });
  await app.register(findingsRoutes, { db: database.db, now: Date.now, recordLook: async () => {} });
});
afterAll(async () => {
  await app.close();
  await database.close();
});

async function call(as: Actor, method: 'GET' | 'POST', url: string, payload?: object) {
  actor = as;
  return await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
}

describe('checks and findings', () => {
  it('walk from report to fact to clearing', async () => {
    const [mara, ivo] = [person(ids.mara, 'member'), person(ids.ivo, 'investigator')];
    const tool = { name: 'pavise', version: '0.1.0' };
    const first = { ...reportOf(trace), tool };
    const posted = await call(mara, 'POST', `/api/v1/devices/${ids.phone}/checks`, first);
    expect([posted.statusCode, posted.json().findingIds?.length]).toEqual([201, 1]);
    const facts = await readThreatFacts(database.db, ids.phone);
    expect(facts).toMatchObject({
      openTraces: [{ level: 'critical', title: 'Pegasus: process ran' }],
      lastVerdict: 'trace-found',
    });
    const again = await call(mara, 'POST', `/api/v1/devices/${ids.phone}/checks`, reportOf(trace));
    expect(again.json().findingIds).toEqual(posted.json().findingIds);
    const list = (await call(ivo, 'GET', `/api/v1/findings?device=${ids.phone}&state=open`)).json<FindingList>();
    expect(list.items.map(({ reported }) => reported)).toEqual([
      { by: 'person', personId: ids.mara, role: 'member', checkId: posted.json().id, tool },
    ]);
    const url = `/api/v1/findings/${list.items[0]?.id}`;
    expect((await call(ivo, 'GET', url)).json<FindingItem>().value).toBe('bh');
    const reason = { reason: 'Practice data, phone was examined', hash: list.items[0]?.hash };
    expect((await call(person(ids.mara, 'owner'), 'POST', `${url}/clear`, reason)).json().code).toBe(
      'finding-own-device',
    );
    expect((await call(ivo, 'POST', `${url}/clear`, { reason: 'short' })).statusCode).toBe(400);
    expect((await call(ivo, 'POST', `${url}/clear`, { reason: `x${' '.repeat(12)}` })).json().code).toBe(
      'finding-reason',
    );
    expect((await call(ivo, 'POST', `${url}/clear`, reason)).json<FindingItem>()).toMatchObject({
      state: 'cleared',
      clearedBy: ids.ivo,
    });
    expect((await call(ivo, 'POST', `${url}/clear`, reason)).json().code).toBe('finding-not-open');
    expect((await readThreatFacts(database.db, ids.phone)).openTraces).toEqual([]);
    const checks = await call(mara, 'GET', '/api/v1/me/checks');
    expect(checks.json().items.map((item: { verdict: string }) => item.verdict)).toEqual([
      'trace-found',
      'trace-found',
    ]);
    const jobs = await sql<{
      n: number;
    }>`select count(*)::int as n from graphile_worker.jobs where task_identifier = 'access.reassess'`.execute(
      database.db,
    );
    expect(jobs.rows[0]?.n).toBe(2); // the phone, and the person's others
    const audit = await sql<{ action: string }>`select action from audit_entries`.execute(database.db);
    expect(audit.rows.map(({ action }) => action)).toEqual([
      'case.opened',
      'check.reported',
      'finding.trace',
      'check.reported',
      'finding.trace',
      'finding.cleared',
    ]);
  });

  it('let a member report for the own phone only', async () => {
    const refused = await call(person(ids.ivo, 'member'), 'POST', `/api/v1/devices/${ids.phone}/checks`, reportOf());
    expect([refused.statusCode, refused.json().code]).toEqual([404, 'device-unknown']);
  });

  it('take no trace from what was merely received, and no unknown fields', async () => {
    const mara = person(ids.mara, 'member');
    const received: ReportFinding = { ...trace, id: 'cd'.repeat(16), evidence: 'received' };
    await call(mara, 'POST', `/api/v1/devices/${ids.phone}/checks`, reportOf(received));
    expect(await readThreatFacts(database.db, ids.phone)).toMatchObject({ openTraces: [], lastVerdict: 'unusual' });
    const odd = await call(mara, 'POST', `/api/v1/devices/${ids.phone}/checks`, { ...reportOf(), more: 1 });
    expect(odd.statusCode).toBe(400);
  });

  const post = (as: Actor, body: object, phone = ids.phone) =>
    call(as, 'POST', `/api/v1/devices/${phone}/checks`, body);
  const clear = async (as: Actor, id: string, reason: string) => {
    const { hash } = (await call(as, 'GET', `/api/v1/findings/${id}`)).json<FindingItem>();
    return await call(as, 'POST', `/api/v1/findings/${id}/clear`, { reason, hash });
  };
  const traces = async (phone: string, id: string) =>
    (await readThreatFacts(database.db, phone)).openTraces.filter((item) => item.findingId === id).length;

  it('take no trace for cleared because something else with its id was', async () => {
    const [mara, ivo] = [person(ids.mara, 'member'), person(ids.ivo, 'investigator')];
    const real: ReportFinding = { ...trace, id: '99'.repeat(16) };
    const decoy: ReportFinding = { ...real, value: 'a test of ours', locator: 'nowhere', explanation: 'A test.' };
    const cleared: string = (await post(mara, reportOf(decoy))).json().findingIds[0];
    await clear(ivo, cleared, 'It was only a test');
    const id: string = (await post(ivo, reportOf(real))).json().findingIds[0];
    expect([id === cleared, await traces(ids.phone, id), await traces(ids.phone, cleared)]).toEqual([false, 1, 0]);
  });

  it('raise a finding that comes back worse, reopen a cleared one, and never lower it', async () => {
    const [mara, ivo] = [person(ids.mara, 'member'), person(ids.ivo, 'investigator')];
    const real: ReportFinding = { ...trace, id: 'ef'.repeat(16) };
    const decoy: ReportFinding = { ...real, verdict: 'unusual', level: 'info', evidence: 'structure' };
    const id: string = (await post(mara, reportOf(decoy))).json().findingIds[0];
    await clear(ivo, id, 'Looked harmless to us');
    await post(mara, reportOf(decoy));
    expect((await call(ivo, 'GET', `/api/v1/findings/${id}`)).json().state).toBe('cleared');
    expect((await post(ivo, reportOf(real))).json().findingIds).toEqual([id]);
    await post(mara, reportOf(decoy));
    expect((await call(ivo, 'GET', `/api/v1/findings/${id}`)).json()).toMatchObject({
      state: 'open',
      verdict: 'trace',
      level: 'critical',
      evidence: 'executed',
      clearedBy: null,
    });
    expect(await traces(ids.phone, id)).toBe(1);
    const audit = await sql`select 1 from audit_entries where action = 'finding.reopened'`.execute(database.db);
    expect(audit.rows.length).toBe(1);
  });

  it('count only complete checks by staff, and follow the phone into its next enrolment', async () => {
    const [mara, ivo] = [person(ids.mara, 'member'), person(ids.ivo, 'investigator')];
    const enrol = async (state: string): Promise<string> =>
      (
        await database.pool.query(
          `insert into devices (person_id, platform, ownership, state, name, native_id, created_at) values ($1, 'apple', 'personal', $2, 'x', 'UDID', now()) returning id`,
          [ids.mara, state],
        )
      ).rows[0].id;
    const former = await enrol('checked-out');
    const last = async () => (await readThreatFacts(database.db, former)).lastCheckAtMs;
    await post(mara, reportOf(), former);
    await post(ivo, { ...reportOf(), examined: [] }, former);
    expect(await last()).toBeNull();
    await post(ivo, reportOf(), former);
    expect(await last()).not.toBeNull();
    const id: string = (await post(ivo, reportOf(trace), former)).json().findingIds[0];
    const next = await enrol('enrolled');
    expect(await traces(next, id)).toBe(1);
    await clear(ivo, id, 'Phone was examined');
    expect(await traces(next, id)).toBe(0);
    const job = await sql`select 1 from graphile_worker.jobs where key = ${`access.reassess.device.${next}`}`.execute(
      database.db,
    );
    expect(job.rows.length).toBe(1);
  });

  it('refuse dates that do not exist and text that cannot be kept', async () => {
    const ivo = person(ids.ivo, 'investigator');
    for (const change of [
      { at: '2026-02-30T00:00:00Z' },
      { at: '2026-99-01T00:00:00Z' },
      { value: 'a\0b' },
      { path: '\ud800' },
    ]) {
      expect((await post(ivo, reportOf({ ...trace, ...change }))).statusCode).toBe(400);
    }
  });

  it('calls a check unusual, not clean, whose findings are only counted', async () => {
    const row = { artefact: 'sms', value: 'x', indicator: null, count: 3 } as const;
    const counted = async (
      verdict: 'trace' | 'weakness',
      allowed: boolean,
      level: ReportFinding['level'] = 'high',
      findings: readonly ReportFinding[] = [],
    ) => {
      const report = { ...reportOf(...findings), more: [{ ...row, level, verdict, allowed }] };
      const { statusCode } = await call(
        person(ids.ivo, 'investigator'),
        'POST',
        `/api/v1/devices/${ids.phone}/checks`,
        report,
      );
      expect(statusCode).toBe(201);
      return (await readThreatFacts(database.db, ids.phone)).lastVerdict;
    };
    expect([await counted('trace', false), await counted('weakness', false), await counted('trace', true)]).toEqual([
      'unusual',
      'weakness',
      'nothing-found',
    ]);
    // A note is part of no verdict, whether it is listed or counted.
    const note: ReportFinding = { ...trace, verdict: 'weakness', level: 'info', evidence: 'structure' };
    expect(await counted('weakness', false, 'info', [note])).toBe('nothing-found');
  });
});
