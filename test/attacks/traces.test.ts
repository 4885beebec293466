import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckReport, ReportFinding } from '../../src/detection/api.ts';
import { reportOf, TRACE } from '../../src/findings/testing.ts';
import type { Answer, Joined } from '../../src/people/testing.ts';
import { openStage, type Stage } from './harness.ts';

/**
 * A trace of spyware refuses a phone its files, so somebody wants it gone who has the spyware, and somebody else wants one on a phone that
 * is healthy: the phone's own owner, a former one, an administrator, an investigator, and whoever can send a message.
 */

let stage: Stage;
let administrator: Joined;
let investigator: Joined;
let emil: Joined;
let mallory: Joined;
beforeAll(async () => {
  stage = await openStage();
  const { cookie } = stage.owner;
  administrator = await stage.join('administrator', 'Berta', cookie);
  investigator = await stage.join('investigator', 'Ines', cookie);
});
beforeEach(async () => {
  emil = await stage.join('member', `Emil-${crypto.randomUUID().slice(0, 8)}`, stage.owner.cookie);
  mallory = await stage.join('member', `Mallory-${crypto.randomUUID().slice(0, 8)}`, stage.owner.cookie);
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** An iPhone that enrolled so many minutes from now and calls itself by this UDID. */
async function phoneOf({ id }: Joined, udid: string, minutes = 0): Promise<string> {
  const { rows } = await stage.database.pool.query<{ id: string }>(
    `insert into devices (person_id, platform, ownership, state, name, native_id, created_at, enrolled_at)
     select $1, 'apple', 'personal', case when exists (select 1 from devices where native_id = $2 and state = 'enrolled')
       then 'checked-out' else 'enrolled' end, 'iPhone', $2, t, t from (values (to_timestamp($3))) v (t) returning id`,
    [id, udid, stage.clock.nowMs / 1000 + minutes * 60],
  );
  return rows[0]?.id ?? '';
}

const as = ({ cookie }: Joined, method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> =>
  stage.call(method, `/api/v1/${path}`, body, { cookie });
const report = (who: Joined, phone: string, ...findings: readonly ReportFinding[]): Promise<Answer> =>
  as(who, 'POST', `devices/${phone}/checks`, reportOf(...findings) satisfies CheckReport);
/** What of the phone's findings the decision refuses by. */
async function refusals(phone: string): Promise<string[]> {
  const { body } = await as(stage.owner, 'GET', `devices/${phone}/access`);
  const reasons: readonly { readonly code: string }[] = body['reasons'] ?? [];
  return reasons.map(({ code }) => code).filter((code) => /^threat\.(trace|former)/.test(code));
}
const note = (n: number): ReportFinding => ({
  ...TRACE,
  id: n.toString(16).padStart(32, '0'),
  verdict: 'weakness',
  level: 'info',
  evidence: 'structure',
  locator: `row ${n}`,
});

describe('a member whose phone has a trace', () => {
  it('cannot bury it: however much she reports, it stands first, and its case is not closed without it', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    await report(investigator, phone, TRACE);
    for (let i = 0; i < 3; i++) {
      const notes = Array.from({ length: 400 }, (_, n) => note(i * 400 + n));
      expect((await report(emil, phone, ...notes)).body['leftOut']).toBeGreaterThan(0);
    }
    const { body } = await as(investigator, 'GET', `findings?device=${phone}&limit=1`);
    const [first] = body['items'] ?? [];
    expect(first).toMatchObject({ verdict: 'trace', state: 'open', source: 'staff' });
    const closing = { conclusion: 'Only notes were found on this phone' };
    const proposed = await as(investigator, 'POST', `cases/${first?.['caseId']}/closing`, closing);
    const signed = { proposedAtMs: proposed.body['proposedAtMs'], traces: [] };
    const blind = await as(stage.owner, 'POST', `cases/${first?.['caseId']}/sign-off`, signed);
    expect([blind.status, blind.body['code']]).toEqual([409, 'case-traces']);
    expect(await refusals(phone)).toEqual(['threat.trace']);
  });

  it('does not shed it by enrolling the phone anew, under the same id or another', async () => {
    const udid = crypto.randomUUID();
    await report(investigator, await phoneOf(emil, udid, -60), TRACE);
    stage.clock.nowMs += 60_000;
    expect(await refusals(await phoneOf(emil, udid, 1))).toEqual(['threat.trace']);
    const renamed = await phoneOf(emil, crypto.randomUUID(), 1);
    expect(await refusals(renamed)).toEqual(['threat.former-phone']);
    const reason = { reason: 'It is another phone, believe me' };
    for (const who of [emil, administrator])
      expect((await as(who, 'POST', `devices/${renamed}/another-phone`, reason)).status).toBe(403);
    expect(await refusals(renamed)).toEqual(['threat.former-phone']);
  });

  it('does not have it cleared beforehand as a joke of hers: what staff find afterwards refuses', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    const [id] = (await report(emil, phone, TRACE)).body['findingIds'] ?? [];
    const { hash } = (await as(investigator, 'GET', `findings/${id}`)).body;
    const body = { reason: 'She says that she made it up', hash };
    expect((await as(investigator, 'POST', `findings/${id}/clear`, body)).status).toBe(200);
    await report(emil, phone, TRACE); // the one telling of the day is spent
    expect(await refusals(phone)).toEqual([]);
    await report(stage.owner, phone, TRACE);
    expect(await refusals(phone)).toEqual(['threat.trace']);
    const found = (await as(investigator, 'GET', `findings/${id}`)).body;
    expect(found).toMatchObject({ state: 'open', source: 'staff', clearedBy: null });
    const { body: kase } = await as(investigator, 'GET', `cases/${found['caseId']}`);
    expect(kase['case']).toMatchObject({ closedAtMs: null });
  });

  it('changes no word of staff by reporting the same thing as less', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    await report(investigator, phone, TRACE);
    await report(emil, phone, { ...TRACE, verdict: 'weakness', level: 'info' });
    expect(await refusals(phone)).toEqual(['threat.trace']);
  });
});

describe('a trace that is forged', () => {
  it('under another phone’s UDID never reaches that phone, nor its next owner after a release', async () => {
    const udid = crypto.randomUUID();
    const claimed = await phoneOf(mallory, udid, -60);
    await report(mallory, claimed, TRACE);
    expect(await refusals(claimed)).toEqual(['threat.trace']);
    expect((await as(administrator, 'POST', `devices/${claimed}/release`, {})).status).toBe(200);
    expect(await refusals(await phoneOf(emil, udid, 1))).toEqual([]);
  });

  it('by the name of an attachment is no trace, whoever reports it', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    const attachment: ReportFinding = {
      ...TRACE,
      evidence: 'present',
      indicator: { id: 'i', type: 'file:name', value: 'implant', collection: 'Family', source: 's' },
      value: '/private/var/mobile/Library/SMS/Attachments/0f/15/A/implant',
      artefact: 'manifest',
    };
    for (const who of [emil, investigator]) expect((await report(who, phone, attachment)).status).toBe(201);
    for (const evidence of ['received', 'visited'] as const)
      await report(investigator, phone, { ...TRACE, id: 'cd'.repeat(16), evidence });
    expect(await refusals(phone)).toEqual([]);
  });

  it('for a phone of somebody else is taken from no member', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    expect((await report(mallory, phone, TRACE)).status).toBe(404);
    expect(await refusals(phone)).toEqual([]);
  });
});

describe('staff who turn', () => {
  it('clear no trace of their own phone, by no role that they have and in no second enrolment', async () => {
    const udid = crypto.randomUUID();
    const phone = await phoneOf(investigator, udid, -60);
    const found = await report(stage.owner, phone, TRACE);
    const id = found.body['findingIds']?.[0];
    const { hash } = (await as(stage.owner, 'GET', `findings/${id}`)).body;
    const body = { reason: 'It is surely harmless', hash };
    const own = await as(investigator, 'POST', `findings/${id}/clear`, body);
    expect([own.status, own.body['code']]).toEqual([403, 'finding-own-device']);
    expect((await as(administrator, 'POST', `findings/${id}/clear`, body)).status).toBe(403);
    const second = await phoneOf(investigator, crypto.randomUUID(), 1);
    const say = await as(investigator, 'POST', `devices/${second}/another-phone`, { reason: 'It is another one' });
    expect([say.status, say.body['code']]).toEqual([403, 'phone-own']);
    expect(await refusals(second)).toEqual(['threat.former-phone']);
  });

  it('free no phone of what staff found by calling its enrolment a false claim: an administrator, or an owner of her own', async () => {
    const udid = crypto.randomUUID();
    const phone = await phoneOf(administrator, udid, -60);
    await report(investigator, phone, TRACE);
    const mark = (who: Joined, id: string) => as(who, 'POST', `devices/${id}/release`, { claimFalse: true });
    expect((await mark(administrator, phone)).body['code']).toBe('claim-trace');
    expect((await as(administrator, 'POST', `devices/${phone}/release`, {})).status).toBe(200);
    expect((await mark(administrator, phone)).body['code'], 'nor after it').toBe('claim-trace');
    expect(await refusals(await phoneOf(mallory, udid, 1))).toEqual(['threat.trace']);
    const own = await phoneOf(stage.owner, crypto.randomUUID(), -60);
    await report(investigator, own, TRACE);
    expect((await mark(stage.owner, own)).body['code']).toBe('claim-trace');
    expect((await mark(stage.owner, phone)).status, 'an owner answers for it').toBe(200);
  });

  it('clear no trace that they have not read as it is', async () => {
    const phone = await phoneOf(emil, crypto.randomUUID());
    const id = (await report(stage.owner, phone, TRACE)).body['findingIds']?.[0];
    for (const hash of [undefined, 'a'.repeat(64)]) {
      const reason = { reason: 'Cleared without a look', ...(hash === undefined ? {} : { hash }) };
      expect((await as(investigator, 'POST', `findings/${id}/clear`, reason)).body['code']).toBe('finding-changed');
    }
    expect(await refusals(phone)).toEqual(['threat.trace']);
  });
});
