import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readThreatFacts } from './index.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
const ids = { mara: '', ivo: '', olu: '', phone: '' };
const ivo = () => personOf(ids.ivo, 'investigator');
const olu = () => personOf(ids.olu, 'owner');
beforeAll(async () => {
  bench = await findingsBench();
  for (const name of ['mara', 'ivo', 'olu'] as const) ids[name] = await bench.person(name);
  await bench.test.pool.query(`update people set role = 'owner' where id = $1`, [ids.olu]);
  ids.phone = await bench.phone(ids.mara);
});
afterAll(() => bench.close());

const set = (twoPeople: boolean, as: Parameters<FindingsBench['call']>[0] = olu()) =>
  bench.call(as, 'PUT', 'clearing', { twoPeople });
async function found(): Promise<{ id: string; caseId: string }> {
  const finding = { ...TRACE, id: crypto.randomUUID().replace(/-/g, '') };
  const { body } = await bench.call(ivo(), 'POST', `devices/${ids.phone}/checks`, reportOf(finding));
  return (await bench.call(ivo(), 'GET', `findings/${body.findingIds[0]}`)).body;
}
async function clear(id: string) {
  const { hash } = (await bench.call(ivo(), 'GET', `findings/${id}`)).body;
  return await bench.call(ivo(), 'POST', `findings/${id}/clear`, { reason: 'A practice backup', hash });
}

/** Until a call waits for what the transaction holds, or has ended without. */
async function waitsFor(reply: Promise<unknown>): Promise<void> {
  const settled = reply.then(() => true);
  const waiting = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
  while (!(await Promise.race([settled, new Promise<boolean>((done) => setTimeout(done, 10, false))])))
    if (((await waiting.execute(bench.test.db)).rows[0]?.n ?? 0) > 0) break;
}

describe('clearing of a trace', () => {
  it('is one person’s until an owner asks for two, and the finding and the audit log say that it was one alone', async () => {
    expect((await bench.call(ivo(), 'GET', 'clearing')).body).toEqual({ twoPeople: false, possible: false });
    const { id } = await found();
    expect(await clear(id)).toMatchObject({ status: 200, body: { state: 'cleared', clearedAlone: true } });
    const { rows } = await bench.test.pool.query(
      `select detail->'alone' as alone, detail->>'reason' as reason from audit_entries where action = 'finding.cleared'`,
    );
    expect(rows).toEqual([{ alone: true, reason: 'A practice backup' }]);
  });

  it('is taken back by a person with a reason: the trace refuses again, in an open case', async () => {
    const { id } = await found();
    const again = (as: Parameters<FindingsBench['call']>[0], reason = 'The backup was no practice at all') =>
      bench.call(as, 'POST', `findings/${id}/reopen`, { reason });
    expect((await again(ivo())).body.code, 'it is open').toBe('finding-open');
    await clear(id);
    await bench.test.owner.query(
      `update cases set status = 'closed', conclusion = 'Nothing was left' where status <> 'closed'`,
    );
    const token = { kind: 'token', tokenId: ids.olu, role: 'owner' } as const;
    expect((await again(token)).body.code).toBe('finding-person');
    expect((await again(ivo(), `x${' '.repeat(12)}`)).body.code).toBe('finding-reason');
    expect((await readThreatFacts(bench.test.db, ids.phone)).openTraces).toEqual([]);
    const opened = await again(ivo());
    expect(opened.body).toMatchObject({ state: 'open', clearedBy: null, clearedAtMs: null, reason: null });
    expect((await readThreatFacts(bench.test.db, ids.phone)).openTraces).toMatchObject([{ findingId: id }]);
    const held = await bench.call(ivo(), 'GET', `cases/${opened.body.caseId}`);
    expect(held.body.case).toMatchObject({ status: 'new', traces: 1 });
    const { rows } = await bench.test.pool.query(
      `select detail->>'reason' as reason from audit_entries where action = 'finding.reopened' and object_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ reason: 'The backup was no practice at all' }]);
    await clear(id);
  });

  it('is given to two people by a person alone, once there are two who could', async () => {
    expect(await set(true)).toMatchObject({ status: 409, body: { code: 'clearing-too-few' } });
    await bench.test.pool.query(`update people set role = 'investigator' where id = $1`, [ids.ivo]);
    const token = { kind: 'token', tokenId: ids.olu, role: 'owner' } as const;
    expect(await set(true, token)).toMatchObject({ status: 403, body: { code: 'clearing-person' } });
    expect(await set(true)).toMatchObject({ status: 200, body: { twoPeople: true, possible: true } });
    expect(await bench.actions()).toContain('clearing.changed');
  });

  it('by two people goes through the case: one alone is refused, the closing clears it', async () => {
    const { id, caseId } = await found();
    expect(await clear(id)).toMatchObject({ status: 409, body: { code: 'finding-two-people' } });
    expect((await bench.call(ivo(), 'GET', `findings/${id}`)).body.state).toBe('open');
    const conclusion = { conclusion: 'A practice backup, seen and understood' };
    const { body } = await bench.call(ivo(), 'POST', `cases/${caseId}/closing`, conclusion);
    const signed = { proposedAtMs: body.proposedAtMs, traces: await bench.tracesOf(olu(), caseId) };
    expect((await bench.call(ivo(), 'POST', `cases/${caseId}/sign-off`, signed)).body.code).toBe('case-same-person');
    expect((await bench.call(olu(), 'POST', `cases/${caseId}/sign-off`, signed)).status).toBe(200);
    expect((await bench.call(ivo(), 'GET', `findings/${id}`)).body).toMatchObject({
      state: 'cleared',
      clearedAlone: false,
    });
  });

  it('goes through a case also where what was reported before weighed less', async () => {
    const weak = { ...TRACE, id: '34'.repeat(16), verdict: 'weakness' as const, evidence: 'structure' as const };
    const send = async (verdict: 'weakness' | 'unusual' | 'trace') => {
      const finding = { ...weak, verdict, evidence: verdict === 'trace' ? TRACE.evidence : weak.evidence };
      const { body } = await bench.call(ivo(), 'POST', `devices/${ids.phone}/checks`, reportOf(finding));
      return (await bench.call(ivo(), 'GET', `findings/${body.findingIds[0]}`)).body;
    };
    const before = await send('weakness');
    expect(before.caseId).toBeNull();
    const { id, caseId } = await send('unusual');
    expect([id, caseId]).toEqual([before.id, expect.any(String)]);
    const conclusion = { conclusion: 'Unusual, and harmless all the same' };
    const { body } = await bench.call(ivo(), 'POST', `cases/${caseId}/closing`, conclusion);
    expect(await send('trace')).toMatchObject({ id, caseId, verdict: 'trace' });
    expect(await clear(id)).toMatchObject({ status: 409, body: { code: 'finding-two-people' } });
    const signed = { proposedAtMs: body.proposedAtMs, traces: await bench.tracesOf(olu(), caseId) };
    expect((await bench.call(olu(), 'POST', `cases/${caseId}/sign-off`, signed)).body.code).toBe('case-not-proposed');
  });

  it('judges a finding as it is when it is cleared, not as it was read', async () => {
    const unusual = { ...TRACE, verdict: 'unusual' as const, id: '56'.repeat(16) };
    const sent = await bench.call(ivo(), 'POST', `devices/${ids.phone}/checks`, reportOf(unusual));
    const id = sent.body.findingIds[0];
    let reply: ReturnType<typeof clear> | undefined;
    await bench.test.db.transaction().execute(async (tx) => {
      await sql`update findings set verdict = 'trace' where id = ${id}`.execute(tx);
      reply = clear(id); // reads the finding as it is committed: unusual
      await waitsFor(reply);
    });
    expect(await reply).toMatchObject({ status: 409, body: { code: 'finding-two-people' } });
    expect((await bench.call(ivo(), 'GET', `findings/${id}`)).body).toMatchObject({ state: 'open', verdict: 'trace' });
  });

  it('waits for a closing that is under way, and both are done', async () => {
    const unusual = { ...TRACE, verdict: 'unusual' as const, id: '78'.repeat(16) };
    const send = (finding: typeof TRACE) => bench.call(ivo(), 'POST', `devices/${ids.phone}/checks`, reportOf(finding));
    const id = (await send(unusual)).body.findingIds[0];
    let reply: ReturnType<typeof send> | undefined;
    await bench.test.db.transaction().execute(async (tx) => {
      await sql`select 1 from cases for update`.execute(tx); // as a closing: the case first, then its findings
      reply = send({ ...unusual, verdict: 'trace' });
      await waitsFor(reply);
      await sql`update findings set level = level where id = ${id}`.execute(tx);
    });
    expect((await reply)?.status).toBe(201);
  });

  it('leaves what refuses nothing to one person, and goes back to one by an owner', async () => {
    const unusual = { ...TRACE, verdict: 'unusual' as const, id: '12'.repeat(16) };
    const sent = await bench.call(ivo(), 'POST', `devices/${ids.phone}/checks`, reportOf(unusual));
    expect((await clear(sent.body.findingIds[0])).status).toBe(200);
    const { id } = await found();
    expect((await set(false)).body).toEqual({ twoPeople: false, possible: true });
    expect((await clear(id)).status).toBe(200);
  });

  it('writes down for the phone’s owner who reads its findings, its checks and its case', async () => {
    const { id, caseId } = await found();
    bench.looks.length = 0;
    for (const path of [
      `findings/${id}`,
      `cases/${caseId}`,
      `devices/${ids.phone}/checks`,
      `findings?device=${ids.phone}`,
    ])
      expect((await bench.call(ivo(), 'GET', path)).status).toBe(200);
    const looked = { by: ivo(), deviceId: ids.phone };
    expect(bench.looks).toEqual([
      { ...looked, what: 'findings' },
      { ...looked, what: 'case with findings and checks' },
      { ...looked, what: 'checks of the phone' },
      { ...looked, what: 'findings' },
    ]);
  });

  it('takes the hash of the trace that was read, and no other', async () => {
    await set(false);
    const { id } = await found();
    const tries = [undefined, '0'.repeat(64)];
    for (const hash of tries) {
      const body = { reason: 'A practice backup', ...(hash === undefined ? {} : { hash }) };
      expect((await bench.call(ivo(), 'POST', `findings/${id}/clear`, body)).body.code).toBe('finding-changed');
    }
    expect((await clear(id)).status).toBe(200);
  });
});
