import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeDeviceState, readDevice } from '../devices/index.ts';
import { effectivePolicy, profileIdOf, settingsOf } from '../policies/index.ts';
import { transaction } from '../storage/index.ts';
import type { TestDatabase } from '../storage/testing.ts';
import { authorize, replay } from './authorize.ts';
import { devicePolicy } from './device-policy.ts';
import { reassess } from './enforce.ts';
import { countDays } from './store.ts';
import { findDeviceState, findLastNotices } from './store-states.ts';
import { type AccessBench, accessBench, NOW, PERSON } from './testing.ts';

let bench: AccessBench;
let test: TestDatabase;
let deviceId: string;
let report: AccessBench['report'];
beforeAll(async () => {
  bench = await accessBench();
  ({ test, deviceId, report } = bench);
});
afterAll(() => bench[Symbol.asyncDispose]());

/** The phone as the registry has it. */
async function device() {
  const found = await readDevice(test.db, deviceId);
  if (found === undefined) throw new Error('no such device');
  return found;
}
const open = (device: string | null) =>
  authorize({ db: test.db }, { personId: PERSON, deviceId: device, action: 'file.open', attributes: [] }, NOW);

/** How often the person was told something, whether or not it still holds. */
async function told(): Promise<number> {
  const { rows } = await test.pool.query('select count(*)::int as n from access_notices where person_id = $1', [
    PERSON,
  ]);
  return rows[0].n;
}
/** What she was told last of each phone. */
const messages = async () => (await findLastNotices(test.db, PERSON)).map(({ text }) => text);

describe('access', () => {
  it('authorize() refuses an unknown browser and a phone without facts, allows a phone in order, and every decision replays', async () => {
    const unbound = await open(null);
    expect(unbound).toMatchObject({ allow: false });
    expect(unbound.reasons.map((item) => item.code)).toContain('device.unknown');
    const silent = await open(deviceId);
    expect(silent.reasons.map((item) => item.code)).toEqual(
      expect.arrayContaining(['fact.missing', 'agreement.unsigned']),
    );
    await report({
      'os.version': '26.1',
      'passcode.present': true,
      'passcode.compliant': true,
      'encryption.enabled': true,
    });
    await bench.sign();
    const fine = await open(deviceId);
    expect(fine).toMatchObject({ allow: true, reasons: [{ code: 'training.due' }] });
    for (const { decisionId, allow } of [unbound, silent, fine]) {
      expect(await replay(test.db, decisionId)).toMatchObject({ same: true, allow });
    }
    const audited = await test.pool.query(`select action, detail from audit_entries where object_id = $1`, [
      fine.decisionId,
    ]);
    expect(audited.rows).toMatchObject([
      { action: 'access.allowed', detail: { deviceId, postureSha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
  });

  it('authorize() decides a running view anew each time, but keeps only what changes and one summary in ten minutes', async () => {
    const opened = await open(deviceId);
    const renewal = { personId: PERSON, deviceId, action: 'file.open', attributes: [], continues: opened.decisionId };
    const renew = (atMs: number) => authorize({ db: test.db }, renewal, atMs);
    const kept = async () => {
      const { rows } = await test.pool.query(
        `select action from audit_entries where detail->>'continues' = $1 order by at`,
        [opened.decisionId],
      );
      return rows.map(({ action }) => action);
    };
    for (let i = 1; i <= 59; i++) expect((await renew(NOW + i * 10_000)).decisionId).toBe(opened.decisionId);
    expect(await kept()).toEqual([]);
    const summary = await renew(NOW + 600_000);
    expect((await renew(NOW + 610_000)).decisionId).toBe(summary.decisionId);
    expect(await kept()).toEqual(['access.continued']);
    expect((await countDays(test.db, NOW)).at(-1)).toMatchObject({ allowed: 2 });
    await report({ 'passcode.present': false });
    const refused = await renew(NOW + 620_000);
    expect(refused).toMatchObject({ allow: false, reasons: [{ code: 'passcode.missing' }, {}] });
    await renew(NOW + 620_000);
    expect(await kept()).toEqual(['access.continued', 'access.refused']);
    for (const { decisionId } of [summary, refused])
      expect(await replay(test.db, decisionId)).toMatchObject({ same: true });
    await report({ 'passcode.present': true });
  });

  it('devicePolicy() calls a control enforced only while the phone has confirmed the profile that is wanted by now', async () => {
    const label = async () => {
      const { controls } = await devicePolicy(test.db, await device(), NOW);
      return controls.find(({ controlId }) => controlId === 'passcode.minLength')?.coverage;
    };
    expect(await label()).toBe('checked');
    const kind = { platform: 'apple', ownership: 'organisation', supervised: false } as const;
    const wanted = profileIdOf(settingsOf(await effectivePolicy(test.db, PERSON)), kind);
    await report({ 'profile.id': 'B5BD34B7-B43B-836E-A147-3344D97A266F' });
    expect(await label()).toBe('checked');
    await report({ 'profile.id': wanted ?? '' });
    expect(await label()).toBe('enforced');
  });

  it('replay() gives the same answer after a sentence was mended', async () => {
    const { decisionId } = await open(null);
    const older = JSON.stringify([{ text: 'worded as it once was', remedy: { title: 'other', steps: ['other'] } }]);
    await test.pool.query(
      `update access_decisions set reasons = (select jsonb_agg(r || ($2::jsonb -> 0)) from jsonb_array_elements(reasons) r) where id = $1`,
      [decisionId, older],
    );
    expect(
      (await test.pool.query('select reasons from access_decisions where id = $1', [decisionId])).rows,
    ).toMatchObject([
      { reasons: expect.arrayContaining([expect.objectContaining({ text: 'worded as it once was' })]) },
    ]);
    expect(await replay(test.db, decisionId)).toMatchObject({ same: true });
  });

  it('replay() finds a decision whose answer was changed', async () => {
    const { decisionId } = await open(null);
    await test.pool.query('update access_decisions set allow = true where id = $1', [decisionId]);
    expect(await replay(test.db, decisionId)).toMatchObject({ same: false });
  });

  it('reassess() keeps where a device stands, tells its owner once per change, and keeps the time of the first failure', async () => {
    await reassess(test.db, deviceId, NOW);
    expect(await findDeviceState(test.db, deviceId)).toMatchObject({ state: 'fine', sinceMs: NOW });
    expect(await messages()).toEqual(['Your phone is set for work']);
    await report({ 'passcode.present': false });
    await reassess(test.db, deviceId, NOW + 1);
    await reassess(test.db, deviceId, NOW + 2);
    expect(await findDeviceState(test.db, deviceId)).toMatchObject({
      state: 'blocked',
      sinceMs: NOW + 1,
      firstFailedAtMs: { 'passcode.missing': NOW + 1 },
    });
    expect(await told()).toBe(2);
  });

  it('reassess() writes nothing to a person who has yet to join', async () => {
    await test.pool.query(`update people set state = 'invited', joined_at = null where id = $1`, [PERSON]);
    await report({ 'passcode.present': true });
    await reassess(test.db, deviceId, NOW + 2);
    expect(await findDeviceState(test.db, deviceId)).toMatchObject({
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'person.invited' })]),
    });
    await test.pool.query(`update people set state = 'active' where id = $1`, [PERSON]);
    await reassess(test.db, deviceId, NOW + 2);
    expect(await findDeviceState(test.db, deviceId)).toMatchObject({ state: 'fine' });
    expect(await told()).toBe(2);
    await test.pool.query(`update people set joined_at = now() where id = $1`, [PERSON]);
    await report({ 'passcode.present': false });
    await reassess(test.db, deviceId, NOW + 1);
    expect(await told()).toBe(3);
  });

  it('reassess() does not start grace anew because a fact fell silent', async () => {
    const first = async () => (await findDeviceState(test.db, deviceId))?.firstFailedAtMs['passcode.missing'];
    await test.pool.query(`update devices_facts set value = 'null' where name = 'passcode.present'`);
    await reassess(test.db, deviceId, NOW + 3);
    expect(await first()).toBe(NOW + 1);
    await report({ 'passcode.present': true });
    await reassess(test.db, deviceId, NOW + 4);
    expect(await first()).toBeUndefined();
  });

  it('reassess() counts a first failure anew that a clock ahead has put into the time to come', async () => {
    const first = async () => (await findDeviceState(test.db, deviceId))?.firstFailedAtMs['passcode.missing'];
    await report({ 'passcode.present': false });
    await reassess(test.db, deviceId, NOW + 24 * 3_600_000);
    await reassess(test.db, deviceId, NOW + 3);
    expect(await first()).toBe(NOW + 3);
    await reassess(test.db, deviceId, NOW + 4);
    expect(await first()).toBe(NOW + 3);
    await report({ 'passcode.present': true });
    await reassess(test.db, deviceId, NOW + 4);
    await test.owner.query('delete from access_notices where created_at > $1', [new Date(NOW + 3_600_000)]);
  });

  it('devicePolicy() shows wanted, reported and coverage', async () => {
    const { controls } = await devicePolicy(test.db, await device(), NOW);
    expect(controls.find((row) => row.controlId === 'os.minVersion')).toMatchObject({
      wanted: '18.6',
      reported: { name: 'os.version', value: '26.1' },
      coverage: 'checked',
      met: true,
    });
    expect(controls.find((row) => row.controlId === 'passcode.minLength')).toMatchObject({
      reported: { name: 'passcode.compliant', value: true },
      coverage: 'enforced',
      met: null, // confirmed once, but not listed by the phone since
    });
  });

  it('reassess() tells the former owner once that a phone has left', async () => {
    await transaction(test.db, (tx) => changeDeviceState(tx, deviceId, 'checked-out', NOW));
    const before = await told();
    await reassess(test.db, deviceId, NOW + 5);
    await reassess(test.db, deviceId, NOW + 6);
    expect(await told()).toBe(before + 1);
    expect(await messages()).toEqual([expect.stringContaining('“Phone” no longer belongs to the organisation')]);
    expect((await open(deviceId)).reasons[0]?.code).toBe('device.left');
  });
});
