import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsOf, transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { chainState } from './chain-state.ts';
import { append, type Sealer, startSealer } from './index.ts';

let test: TestDatabase;
let sealer: Sealer;
beforeAll(async () => {
  test = await testDatabase();
  sealer = await startSealer(
    { db: test.db, secrets: secretsOf(new Uint8Array(32)), now: Date.now },
    () => {},
    () => {},
  );
});
afterAll(async () => {
  await sealer[Symbol.asyncDispose]();
  await test.close();
});

let clock = 0;
const later = (ms: number): void => {
  clock += ms;
};

async function addEntries(count: number): Promise<void> {
  await transaction(test.db, async (tx) => {
    for (let i = 0; i < count; i++)
      await append(tx, { actor: { kind: 'system' }, action: 'test.step', object: { type: 'test', id: `${i}` } });
  });
  await sealer.sealNow();
  await sealer.signNow();
}

/** Changes what the trigger keeps from change, as somebody with the tables' owner's rights could. */
async function tamper(statement: string): Promise<void> {
  await test.owner.query(`begin; alter table audit_entries disable trigger audit_entries_guard; ${statement};
    alter table audit_entries enable trigger audit_entries_guard; commit`);
}

describe('chainState()', () => {
  it('walks whole first, then only what is new, and shares one walk', async () => {
    await addEntries(300);
    const state = chainState(test, () => clock);
    expect(await state.now()).toMatchObject({ verified: true, entries: 300 });
    await addEntries(10);
    expect(await state.now()).toMatchObject({ entries: 300 });
    later(6000);
    const answers = await Promise.all([state.now(), state.now()]);
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toMatchObject({ verified: true, entries: 310, head: { seq: 310 } });
  });

  it('finds a change at once after the last verified place, and before it at the next whole walk', async () => {
    const state = chainState(test, () => clock);
    await state.now();
    await addEntries(5);
    await tamper(`update audit_entries set action = 'test.other' where seq = 313`);
    later(6000);
    expect(await state.now()).toMatchObject({ verified: false, entries: 313 });
    await tamper(`update audit_entries set action = 'test.step' where seq = 313`);
    later(61_000);
    expect(await state.now()).toMatchObject({ verified: true, entries: 315 });

    await tamper(`update audit_entries set action = 'test.other' where seq = 7`);
    later(6000);
    expect(await state.now()).toMatchObject({ verified: true }); // it went on from 315
    later(24 * 3_600_000);
    expect(await state.now()).toMatchObject({ verified: false, entries: 7 });
    await tamper(`update audit_entries set action = 'test.step' where seq = 7`);
  });

  it('finds a cut tail, even when the place itself is gone', async () => {
    const state = chainState(test, () => clock);
    await state.now();
    await tamper('delete from audit_entries where seq > 312');
    later(6000);
    expect(await state.now()).toMatchObject({ verified: false, why: expect.stringContaining('tail was cut') });
  });
});
