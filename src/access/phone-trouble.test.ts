import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorize } from './authorize.ts';
import { phoneTrouble } from './phone-trouble.ts';
import { DEFAULT_RULES } from './rules.ts';
import { insertRules } from './store.ts';
import { type AccessBench, ADMIN, accessBench, NOW, PERSON } from './testing.ts';

let bench: AccessBench;
beforeAll(async () => {
  bench = await accessBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const inOrder = {
  'os.version': '26.1',
  'passcode.present': true,
  'passcode.compliant': true,
  'encryption.enabled': true,
};

it('phoneTrouble() tells what closes files on a phone, but not what its owner has still to sign or learn', async () => {
  const { test, deviceId } = bench;
  const trouble = (personId = PERSON, atMs = NOW) => phoneTrouble(test.db, { personId, deviceId }, atMs);
  expect(await trouble(), 'a phone that says nothing').toEqual(expect.any(String));
  await bench.report(inOrder);
  const request = { personId: PERSON, deviceId, action: 'file.open', attributes: [] };
  const { allow, reasons } = await authorize({ db: test.db }, request, NOW);
  expect([allow, reasons.map(({ code }) => code)]).toEqual([false, ['agreement.unsigned', 'training.due']]);
  expect(await trouble()).toBeUndefined();
  expect(await trouble(ADMIN), 'somebody else’s').toEqual(expect.any(String));
  expect(await trouble(PERSON, NOW + 30 * 86_400_000), 'a phone that said it long ago').toEqual(expect.any(String));
  await bench.report({ 'passcode.present': false });
  expect(await trouble()).toMatch(/passcode/i);
  const graceMs = { ...DEFAULT_RULES.graceMs, passcode: 86_400_000 };
  await insertRules(test.db, 1, { ...DEFAULT_RULES, graceMs }, NOW);
  expect(await trouble(), 'what is only warned about').toBeUndefined();
  await bench.report(inOrder);
  await test.pool.query(`update people set state = 'suspended' where id = $1`, [PERSON]);
  expect(await trouble()).toEqual(expect.any(String));
});
