import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from './database.ts';
import { type TestDatabase, testDatabase } from './testing.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

describe('migrate()', () => {
  it('applies a new migration of an early room where later rooms have theirs already', async () => {
    // As an installation stands that was made before this one was written.
    await sql`drop table training_group_due_dates`.execute(test.db);
    await sql`delete from kysely_migration where name = '0041-group-due-dates'`.execute(test.db);
    expect(await migrate(test.db)).toEqual(['0041-group-due-dates']);
    expect((await sql`select from training_group_due_dates`.execute(test.db)).rows).toEqual([]);
    expect(await migrate(test.db)).toEqual([]);
  });
});
