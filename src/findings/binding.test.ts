import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { readThreatFacts } from './index.ts';
import { judgeAgain } from './judge-again.ts';
import { tellInviter } from './tell-inviter.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
const ids = { mara: '', eve: '', ivo: '' };
beforeAll(async () => {
  bench = await findingsBench();
});
beforeEach(async () => {
  for (const name of ['mara', 'eve', 'ivo'] as const) ids[name] = await bench.person(`${name}-${crypto.randomUUID()}`);
});
afterAll(() => bench.close());

const ivo = () => personOf(ids.ivo, 'investigator');
const report = async (as: Actor, phone: string): Promise<string> =>
  (await bench.call(as, 'POST', `devices/${phone}/checks`, reportOf(TRACE))).body.findingIds[0];
const binds = async (phone: string): Promise<readonly string[]> =>
  (await readThreatFacts(bench.test.db, phone)).openTraces.map((trace) => trace.binds);
/** An enrolment that began so many minutes from now. */
async function enrolled(personId: string, nativeId: string | null, minutes = 0, platform = 'apple'): Promise<string> {
  const id = await bench.phone(personId, nativeId === null ? {} : { nativeId });
  await bench.test.pool.query(
    `update devices set platform = $3, created_at = now() + $2 * interval '1 minute' where id = $1`,
    [id, minutes, platform],
  );
  return id;
}

describe('bindingTraces()', () => {
  it('binds each kind of enrolment by who reported the trace, and no other', async () => {
    // [who reports, of whose phone the other enrolment is, its id, when it began, its make, whether it is bound]
    const cases = [
      ['member', 'same person', 'same id', 5, 'apple', 'phone'],
      ['member', 'same person', 'same id', -5, 'apple', 'phone'],
      ['member', 'same person', 'other id', 5, 'apple', 'person'],
      ['member', 'same person', 'no id', 5, 'apple', 'person'],
      ['member', 'same person', 'other id', -5, 'apple', undefined],
      ['member', 'same person', 'other id', 5, 'android', undefined],
      ['member', 'other person', 'same id', 5, 'apple', undefined],
      ['member', 'other person', 'other id', 5, 'apple', undefined],
      ['staff', 'other person', 'same id', 5, 'apple', 'phone'],
      ['staff', 'other person', 'same id', -5, 'apple', 'phone'],
      ['staff', 'other person', 'other id', 5, 'apple', undefined],
      ['staff', 'same person', 'other id', 5, 'apple', 'person'],
    ] as const;
    for (const row of cases) {
      const [by, whose, id, minutes, make, bound] = row;
      ids.mara = await bench.person(crypto.randomUUID());
      const udid = crypto.randomUUID();
      const first = await enrolled(ids.mara, udid, -10);
      await report(by === 'staff' ? ivo() : personOf(ids.mara, 'member'), first);
      const nativeId = id === 'same id' ? udid : id === 'no id' ? null : crypto.randomUUID();
      const other = await enrolled(whose === 'same person' ? ids.mara : ids.eve, nativeId, minutes, make);
      expect([row, await binds(other)]).toEqual([row, bound === undefined ? [] : [bound]]);
      expect(await binds(first)).toEqual(['phone']);
    }
  });

  it('lets nobody hide what binds another enrolment below worse traces that do not', async () => {
    const first = await enrolled(ids.mara, 'FLOODED', -10);
    await bench.call(ivo(), 'POST', `devices/${first}/checks`, reportOf({ ...TRACE, level: 'high' }));
    const second = await enrolled(ids.mara, 'AFTER');
    const next = await enrolled(ids.eve, 'FLOODED');
    const flood = Array.from({ length: 60 }, (_, n) => ({ ...TRACE, locator: `row ${n}` }));
    await bench.call(personOf(ids.mara, 'member'), 'POST', `devices/${first}/checks`, reportOf(...flood));
    expect([await binds(second), await binds(next)]).toEqual([['person'], ['phone']]);
    expect((await binds(first)).length).toBe(50);
  });

  it('lets a new phone go once staff say that it is another one, and its owner cannot say so', async () => {
    const first = await enrolled(ids.mara, 'FIRST', -10);
    await report(ivo(), first);
    const second = await enrolled(ids.mara, 'SECOND', 5);
    const say = (as: Actor, reason = 'I hold both phones in my hands') =>
      bench.call(as, 'POST', `devices/${second}/another-phone`, { reason });
    const refused = [
      await say(personOf(ids.mara, 'investigator')),
      await say({ kind: 'token', tokenId: ids.ivo, role: 'investigator' }),
      await say(ivo(), `x${' '.repeat(12)}`),
    ].map(({ body }) => body.code);
    expect(refused).toEqual(['phone-own', 'phone-person', 'phone-reason']);
    await bench.test.pool.query(`update devices set state = 'pending' where id = $1`, [second]);
    expect((await say(ivo())).body.code, 'an invitation, which any phone may take up').toBe('phone-pending');
    await bench.test.pool.query(`update devices set state = 'checked-out' where id = $1`, [second]);
    expect(await binds(second)).toEqual(['person']);
    const said = await say(ivo());
    expect(said.body).toMatchObject({
      items: [],
      anotherPhone: { saidBy: ids.ivo, reason: 'I hold both phones in my hands' },
    });
    expect((await say(ivo())).body.code).toBe('phone-said');
    expect([await binds(second), await binds(first)]).toEqual([[], ['phone']]);
    const told = await bench.test.pool.query(
      `select detail->>'reason' as reason from audit_entries where action = 'device.another-phone'`,
    );
    expect(told.rows).toEqual([{ reason: 'I hold both phones in my hands' }]);
    const { rows } = await bench.test.pool.query(`select 1 from graphile_worker.jobs where key = $1`, [
      `access.reassess.device.${second}`,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('follows no phone whose claim was marked as false', async () => {
    const forged = await enrolled(ids.eve, 'CLAIMED', -10);
    await report(ivo(), forged);
    const owners = await enrolled(ids.mara, 'CLAIMED', 5);
    expect(await binds(owners)).toEqual(['phone']);
    await bench.test.pool.query('update devices set claim_false_at = now() where id = $1', [forged]);
    expect([await binds(owners), await binds(forged)]).toEqual([[], ['phone']]);
  });
});

describe('tellInviter()', () => {
  it('tells who invited somebody whose former phone has an open trace, and nobody where there is none', async () => {
    const told = async () =>
      (
        await bench.test.pool.query(
          `select kind, what, about->>'id' as about from people_notices where person_id = $1`,
          [ids.ivo],
        )
      ).rows;
    const second = await enrolled(ids.mara, null, 5);
    await tellInviter(bench.test.db, { deviceId: second, inviterId: ids.ivo }, Date.now());
    expect(await told()).toEqual([]);
    await report(ivo(), await enrolled(ids.mara, 'OLD', -10));
    await tellInviter(bench.test.db, { deviceId: second, inviterId: ids.ivo }, Date.now());
    expect(await told()).toEqual([{ kind: 'former-trace', what: 'x', about: second }]);
  });
});

describe('judgeAgain()', () => {
  it('opens a review of what today’s rules would lower, once, and clears nothing by itself', async () => {
    const phone = await enrolled(ids.mara, 'REVIEWED', -10);
    const owners = await enrolled(ids.eve, 'REVIEWED', 5);
    const lowered = await report(ivo(), phone);
    const kept = await report(ivo(), await enrolled(ids.mara, 'KEPT', -10));
    const members = await report(personOf(ids.eve, 'member'), owners);
    await bench.test.pool.query(
      `update findings set detail = jsonb_set(detail, '{evidence}', '"received"'), case_id = null where id = $1`,
      [lowered],
    );
    await bench.test.pool.query('delete from judged_by');
    await judgeAgain(bench.test.db, Date.now());
    const { rows } = await bench.test.pool.query(
      `select id, state, review, case_id is not null as "inCase" from findings where id = any($1) order by array_position($1, id)`,
      [[lowered, kept, members]],
    );
    expect(rows).toEqual([
      { id: lowered, state: 'open', review: 'evidence', inCase: true },
      { id: kept, state: 'open', review: null, inCase: true },
      { id: members, state: 'open', review: 'owner', inCase: true },
    ]);
    // What crossed owners before goes on doing so until a person has looked.
    expect(await binds(phone)).toEqual(['phone', 'phone']);
    await bench.test.pool.query('update findings set review = null where id = $1', [members]);
    await judgeAgain(bench.test.db, Date.now());
    expect(await binds(phone)).toEqual(['phone']);
    const told = await bench.test.pool.query(
      `select object_id as id from audit_entries where action = 'finding.review' and object_id = any($1) order by id`,
      [[lowered, kept, members]],
    );
    expect(told.rows.map(({ id }) => id).sort()).toEqual([lowered, members].sort());
  });
});
