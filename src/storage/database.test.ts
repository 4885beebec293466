import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkServer, type Db, migrate, openDb, openPool, requireInstallation } from './database.ts';
import { type TestDatabase, testDatabase } from './testing.ts';

let test: TestDatabase;
let owner: Db;
beforeAll(async () => {
  test = await testDatabase();
  owner = openDb(test.owner);
});
afterAll(() => test.close());

describe('migrate()', () => {
  it('applies a new migration of an early room where later rooms have theirs already', async () => {
    // As an installation stands that was made before this one was written.
    await sql`drop table training_group_due_dates`.execute(owner);
    await sql`delete from kysely_migration where name = '0041-group-due-dates'`.execute(owner);
    expect(await migrate(owner)).toEqual(['0041-group-due-dates']);
    expect((await sql`select from training_group_due_dates`.execute(owner)).rows).toEqual([]);
    expect(await migrate(owner)).toEqual([]);
  });
});

describe('a database that is none of ours', () => {
  it('checkServer() and requireInstallation() say what to check where nothing answers, without the password', async () => {
    const db = openDb(openPool({ connectionString: 'postgresql://someone:hush@127.0.0.1:1/none' }, 1));
    for (const tried of [checkServer(db), requireInstallation(db)]) {
      const error: unknown = await tried.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'storage-unreachable',
        message: expect.stringMatching(/^Check DATABASE_URL/),
      });
      expect(String(error)).not.toContain('hush');
    }
    await db.destroy();
  });

  it('requireInstallation() refuses a database without tables of Pavise', async () => {
    await expect(requireInstallation(test.db)).resolves.toBeUndefined();
    await sql`alter table kysely_migration rename to elsewhere`.execute(owner);
    await expect(requireInstallation(test.db)).rejects.toMatchObject({ code: 'storage-no-installation' });
    await sql`alter table elsewhere rename to kysely_migration`.execute(owner);
  });
});
