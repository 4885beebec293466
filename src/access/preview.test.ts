import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeDeviceState, saveFacts, upsertDevice } from '../devices/index.ts';
import { transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { reassess } from './enforce.ts';
import { previewPolicy } from './preview.ts';
import { DEFAULT_RULES } from './rules.ts';
import { standing } from './standing.ts';
import { insertRules } from './store.ts';

const [OLD, NEW, GROUP, DRAFT] = [1, 2, 3, 4].map((n) => `${n}0000000-0000-4000-8000-000000000000`) as [
  string,
  string,
  string,
  string,
];
const NOW = Date.now();
let test: TestDatabase;
const phones: Record<string, string> = {};

beforeAll(async () => {
  test = await testDatabase();
  const { db, pool } = test;
  await insertRules(db, 1, { ...DEFAULT_RULES, requireAgreement: false, requireTraining: false }, NOW);
  await pool.query(`insert into people_groups (id, name, created_at) values ($1, 'Travelling', now())`, [GROUP]);
  for (const [id, name, version] of [
    [OLD, 'Ada', '18.6'],
    [NEW, 'Ben', '26.1'],
  ] as const) {
    await pool.query(
      `insert into people (id, display_name, email, role, state, created_at, joined_at) values ($1, $2, $2 || '@example.org', 'member', 'active', now(), now())`,
      [id, name],
    );
    const facts = {
      'os.version': version,
      'passcode.present': true,
      'passcode.compliant': true,
      'encryption.enabled': true,
    };
    await transaction(db, async (tx) => {
      const wish = { personId: id, platform: 'apple', ownership: 'organisation', name: `${name}’s iPhone` } as const;
      const deviceId = await upsertDevice(tx, wish, NOW);
      phones[id] = deviceId;
      await changeDeviceState(tx, deviceId, 'enrolled', NOW);
      const observed = Object.entries(facts).map(([fact, value]) => ({
        name: fact,
        value,
        observedAtMs: NOW,
        source: 'test',
      }));
      await saveFacts(tx, deviceId, observed, NOW);
    });
  }
  await pool.query('update devices set last_seen_at = $1', [new Date(NOW)]);
  for (const id of Object.values(phones)) await reassess(db, id, NOW);
  await pool.query(`insert into policies (id, version, everyone, updated_at) values ($1, 1, false, now())`, [DRAFT]);
  await pool.query(
    `insert into policy_versions (policy_id, version, name, description, settings, created_at) values ($1, 1, 'Newest', '', '{"os.minVersion":"26.0"}', now())`,
    [DRAFT],
  );
});
afterAll(() => test.close());

describe('previewPolicy()', () => {
  it('names the phones that would be refused and why, and changes nothing', async () => {
    const stands = async () => (await standing(test.db, OLD, phones[OLD] ?? '', NOW)).allow;
    expect(await stands()).toBe(true);
    const draft = { policyId: DRAFT, assignment: { everyone: true, groups: [] } };
    const preview = await previewPolicy(test.db, draft, NOW);
    expect(preview).toEqual({
      people: 2,
      devices: 2,
      refusedCount: 1,
      refused: [
        { deviceId: phones[OLD], deviceName: 'Ada’s iPhone', personName: 'Ada', why: expect.stringContaining('26.0') },
      ],
      warnedCount: 0,
      allowedCount: 0,
      undecided: 0,
    });
    expect(await stands()).toBe(true);
    // What was foretold is what happens.
    await test.pool.query('update policies set everyone = true where id = $1', [DRAFT]);
    expect(await stands()).toBe(false);
    const back = await previewPolicy(test.db, { policyId: DRAFT, assignment: { everyone: false, groups: [] } }, NOW);
    expect(back).toMatchObject({ people: 2, refusedCount: 0, allowedCount: 1 });
    await test.pool.query('update policies set everyone = false where id = $1', [DRAFT]);
  });

  it('counts only those of a group, and nobody where others ask for as much already', async () => {
    const draft = { policyId: DRAFT, assignment: { everyone: false, groups: [GROUP] } };
    expect(await previewPolicy(test.db, draft, NOW)).toMatchObject({ people: 0, devices: 0 });
    await test.pool.query('insert into people_group_members (group_id, person_id) values ($1, $2)', [GROUP, NEW]);
    expect(await previewPolicy(test.db, draft, NOW)).toMatchObject({ people: 1, devices: 1, refusedCount: 0 });
    const weaker = { ...draft, settings: { 'os.minVersion': '17.0' } };
    expect(await previewPolicy(test.db, weaker, NOW)).toMatchObject({ people: 0 });
  });

  it('refuses a policy that does not exist and a value out of range', async () => {
    await expect(previewPolicy(test.db, { policyId: OLD }, NOW)).rejects.toMatchObject({ code: 'policies-unknown' });
    const wrong = { policyId: DRAFT, settings: { 'passcode.minLength': -1 } };
    await expect(previewPolicy(test.db, wrong, NOW)).rejects.toMatchObject({ code: 'policies-setting' });
  });
});
