import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../detection/api.ts';
import type { FindingItem } from './api.ts';
import { readHeld } from './index.ts';
import { type FindingsBench, findingsBench, personOf, reportOf, TRACE } from './testing.ts';

let bench: FindingsBench;
let owner = '';
const investigator = () => personOf(owner, 'investigator');

beforeAll(async () => {
  bench = await findingsBench();
  owner = await bench.person('ines');
});
afterAll(() => bench.close());

function report(osVersion: string, programs: readonly string[], artefact = 'data-usage'): CheckReport {
  return {
    ...reportOf(),
    sources: [{ kind: 'ios-backup', encrypted: false, device: { productType: '', osVersion } }],
    examined: [{ artefact, path: 'x', status: 'examined', records: 1, why: null }],
    baseline: programs.map((value) => ({ kind: 'network-program' as const, value })),
  };
}

async function phone(): Promise<string> {
  return await bench.phone(await bench.person(`p${Math.random()}`));
}

async function check(device: string, body: CheckReport): Promise<string[]> {
  const sent = await bench.call(investigator(), 'POST', `devices/${device}/checks`, body);
  expect(sent.status).toBe(201);
  const { body: list } = await bench.call(investigator(), 'GET', `findings?device=${device}`);
  return list.items.map(({ verdict, level, value }: FindingItem) => `${verdict} ${level} ${value}`).sort();
}

const daemons = ['apsd', 'mDNSResponder', 'trustd'];

describe('comparison of checks', () => {
  it('tells what changed since the check before, and opens a case for what is unusual', async () => {
    const device = await phone();
    expect(await check(device, report('17.4', daemons))).toEqual([]);
    expect(await check(device, report('17.4', [...daemons, 'newd']))).toEqual(['weakness info newd']);
    // What was not read leaves the state as it was.
    expect(await check(device, report('17.4', [], 'sms'))).toEqual(['weakness info newd']);
    expect(await check(device, report('17.4', daemons))).toEqual(['unusual medium newd', 'weakness info newd']);
    const { body } = await bench.call(investigator(), 'GET', `cases?device=${device}`);
    expect(body.items).toMatchObject([{ findings: 1, traces: 0 }]);
  });

  it('tells whose phone it is all that checks left here', async () => {
    const device = await phone();
    await check(device, report('16.1', daemons));
    await check(device, report('16.1', daemons.slice(1)));
    expect(await readHeld(bench.test.db, device)).toEqual({
      checks: 2,
      lastCheckAtMs: expect.any(Number),
      cases: 1,
      notes: 0,
      differentPhoneAtMs: null,
      findings: [{ value: 'apsd', artefact: 'comparison', foundAtMs: expect.any(Number), state: 'open' }],
      baseline: [{ kind: 'network-program', values: daemons.slice(1) }],
    });
  });

  it('shows an investigator the lesser changes beside the case, and whether there are phones to compare with', async () => {
    const device = await phone();
    await check(device, report('15.1', daemons));
    await check(device, report('15.1', [...daemons.slice(1), 'newd']));
    const { body } = await bench.call(investigator(), 'GET', `cases?device=${device}`);
    const read = async () => (await bench.call(investigator(), 'GET', `cases/${body.items[0].id}`)).body;
    const shown = await read();
    expect(shown.findings.map(({ value }: FindingItem) => value)).toEqual(['apsd']);
    expect(shown.changes.map(({ value, verdict }: FindingItem) => [value, verdict])).toEqual([['newd', 'weakness']]);
    expect(shown.fleet).toEqual({ osVersion: '15.1', phones: 0, needed: 5 });
    for (let i = 0; i < 5; i++) await check(await phone(), report('15.1', daemons));
    await check(await phone(), report('15.2', daemons));
    expect((await read()).fleet).toEqual({ osVersion: '15.1', phones: 5, needed: 5 });
    // What was found of other things, and no case has, is not among the changes.
    const weakness = { ...TRACE, verdict: 'weakness' as const, id: 'ef'.repeat(16) };
    await check(device, { ...report('15.1', daemons, 'sms'), findings: [weakness] });
    expect((await read()).changes).toHaveLength(1);
  });

  it('says so where nothing was compared', async () => {
    const device = await phone();
    await check(device, { ...reportOf(TRACE) });
    const { body } = await bench.call(investigator(), 'GET', `cases?device=${device}`);
    expect((await bench.call(investigator(), 'GET', `cases/${body.items[0].id}`)).body).toMatchObject({
      changes: [],
      fleet: null,
    });
  });

  it('knows the state of the same phone from an earlier enrolment', async () => {
    const [first, second] = [
      await bench.phone(await bench.person('old'), { nativeId: 'SAME-PHONE' }),
      await bench.phone(await bench.person('new'), { nativeId: 'SAME-PHONE' }),
    ];
    await check(first, report('17.3', daemons));
    expect(await check(second, report('17.2', daemons))).toEqual(['unusual medium 17.3 to 17.2']);
  });

  it('tells what no other phone of the same system has, once there are enough to compare', async () => {
    for (let i = 0; i < 4; i++) expect(await check(await phone(), report('18.1', daemons))).toEqual([]);
    const early = await phone();
    expect(await check(early, report('18.1', [...daemons, 'lone']))).toEqual([]);
    const again = await bench.phone(await bench.person('again'), { nativeId: 'TWICE' });
    for (const device of [again, await bench.phone(await bench.person('before'), { nativeId: 'TWICE' })])
      await check(device, report('18.3', daemons));
    for (let i = 0; i < 3; i++) await check(await phone(), report('18.3', daemons));
    // Four phones under five enrolments are too few.
    expect(await check(await phone(), report('18.3', [...daemons, 'oddd']))).toEqual([]);
    const late = await phone();
    expect(await check(late, report('18.1', [...daemons, 'oddd']))).toEqual(['unusual low oddd']);
    // Another system has programs of its own, and a phone with many differences is another kind of phone.
    expect(await check(await phone(), report('18.2', [...daemons, 'thing']))).toEqual([]);
    const many = Array.from({ length: 11 }, (_, i) => `d${i}`);
    expect(await check(await phone(), report('18.1', [...daemons, ...many]))).toEqual([]);
  });
});
