import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainState } from './chain-state.ts';
import type { Sealer } from './index.ts';
import { type LogBench, openLogBench } from './testing.ts';

let bench: LogBench;
let sealer: Sealer;
beforeAll(async () => {
  bench = await openLogBench();
  sealer = await bench.start();
  await sealer.sealNow();
});
afterAll(() => bench[Symbol.asyncDispose]());

let clock = 0;
const later = (ms: number): void => {
  clock += ms;
};

async function addEntries(count: number): Promise<void> {
  await bench.add(count);
  await sealer.sealNow();
  await sealer.signNow();
}

describe('chainState()', () => {
  it('walks whole first, then only what is new, and shares one walk', async () => {
    await addEntries(299); // after the one that tells of the kept head
    const state = chainState(bench, () => clock);
    expect(await state.now()).toMatchObject({ verified: true, entries: 300 });
    await addEntries(10);
    expect(await state.now()).toMatchObject({ entries: 300 });
    later(6000);
    const answers = await Promise.all([state.now(), state.now()]);
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toMatchObject({ verified: true, entries: 310, head: { seq: 310 } });
  });

  it('finds a change at once after the last verified place, and before it at the next whole walk', async () => {
    const state = chainState(bench, () => clock);
    await state.now();
    await addEntries(5);
    await bench.tamper(`update audit_entries set action = 'test.other' where seq = 313`);
    later(6000);
    expect(await state.now()).toMatchObject({ verified: false, entries: 313 });
    await bench.tamper(`update audit_entries set action = 'test.step' where seq = 313`);
    later(61_000);
    expect(await state.now()).toMatchObject({ verified: true, entries: 315 });

    await bench.tamper(`update audit_entries set action = 'test.other' where seq = 7`);
    later(6000);
    expect(await state.now()).toMatchObject({ verified: true }); // it went on from 315
    later(24 * 3_600_000);
    expect(await state.now()).toMatchObject({ verified: false, entries: 7 });
    await bench.tamper(`update audit_entries set action = 'test.step' where seq = 7`);
  });

  it('finds a cut tail, even when the place itself is gone', async () => {
    const state = chainState(bench, () => clock);
    await state.now();
    await bench.tamper('delete from audit_entries where seq > 312');
    later(6000);
    expect(await state.now()).toMatchObject({ verified: false, why: expect.stringContaining('tail was cut') });
  });
});
