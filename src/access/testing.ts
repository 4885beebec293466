import { changeDeviceState, saveFacts, upsertDevice } from '../devices/index.ts';
import { transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { AGREEMENTS } from '../training/agreements.data.ts';
import { textSha256 } from '../training/read-training-facts.ts';

export const PERSON = '11111111-1111-4111-8111-111111111111';
export const ADMIN = '22222222-2222-4222-8222-222222222222';
export const NOW = Date.now();

/** A database with Ada, who has an enrolled iPhone of the organisation, and Ben. */
export interface AccessBench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly deviceId: string;
  /** Saves facts of the iPhone as of `NOW`. */
  report(values: Record<string, boolean | string>): Promise<void>;
  /** Has Ada sign what everybody signs. */
  sign(): Promise<void>;
}

export async function accessBench(): Promise<AccessBench> {
  const test = await testDatabase();
  for (const [id, name] of [
    [PERSON, 'Ada'],
    [ADMIN, 'Ben'],
  ]) {
    await test.pool.query(
      `insert into people (id, display_name, email, role, state, created_at, joined_at) values ($1, $2, $2 || '@example.org', 'member', 'active', now(), now())`,
      [id, name],
    );
  }
  const deviceId = await transaction(test.db, async (tx) => {
    const id = await upsertDevice(
      tx,
      { personId: PERSON, platform: 'apple', ownership: 'organisation', name: 'Phone' },
      NOW,
    );
    await changeDeviceState(tx, id, 'enrolled', NOW);
    return id;
  });
  await test.pool.query('update devices set last_seen_at = $1', [new Date(NOW)]);
  return {
    test,
    deviceId,
    async report(values) {
      const facts = Object.entries(values).map(([name, value]) => ({ name, value, observedAtMs: NOW, source: 'test' }));
      await transaction(test.db, (tx) => saveFacts(tx, deviceId, facts, NOW));
    },
    async sign() {
      const [text] = AGREEMENTS;
      if (text === undefined) throw new Error('no text');
      await test.pool.query(
        `insert into training_signatures select $1, 'acceptable-use', '1.0', $2, 'en', 'n', 'c', '', '', '', '', now()`,
        [PERSON, textSha256(text)],
      );
    },
    async [Symbol.asyncDispose]() {
      await test.close();
    },
  };
}
