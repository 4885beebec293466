import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDb } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { canRewriteLog } from './index.ts';

let test: TestDatabase;
let role: string;
beforeAll(async () => {
  test = await testDatabase();
  role = (await test.pool.query<{ role: string }>('select current_user as role')).rows[0]?.role ?? '';
});
afterAll(() => test.close());

describe('canRewriteLog()', () => {
  it('says no of the server’s role and yes of the one that owns the tables', async () => {
    expect([await canRewriteLog(test.db), await canRewriteLog(openDb(test.owner))]).toEqual([false, true]);
  });

  it.each([
    'update on audit_entries',
    'update (detail) on audit_entries',
    'update (at) on audit_entries',
    'delete on audit_entries',
    'truncate on audit_entries',
    'trigger on audit_entries',
    'update on audit_heads',
    'update (hash) on audit_heads',
    'delete on audit_heads',
    'truncate on audit_heads',
    'trigger on audit_heads',
    'update on audit_keys',
    'delete on audit_keys',
    'truncate on audit_keys',
  ])('says yes of the server’s role with %s', async (right) => {
    await test.owner.query(`grant ${right} to ${role}`);
    const found = await canRewriteLog(test.db);
    await test.owner.query(`revoke ${right} from ${role}`);
    // To revoke it on the table revokes it on the columns that the sealer fills.
    await test.owner.query(`grant update (seq, hash) on audit_entries to ${role}`);
    expect(found).toBe(true);
    expect(await canRewriteLog(test.db)).toBe(false);
  });
});
