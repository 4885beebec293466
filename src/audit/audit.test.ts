import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsOf, transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { SealedEntry } from './entry.ts';
import { append, startSealer, verifyChain } from './index.ts';
import { findEntries, findKey } from './store.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const system = { kind: 'system' } as const;

describe('audit', () => {
  it('append() entries are sealed into a chain that verifies, and any change, drop, reorder or cut is found', async () => {
    const heads: { seq: number; hash: string; signedAt: string; signature: string }[] = [];
    {
      await using sealer = await startSealer(
        { db: test.db, secrets: secretsOf(new Uint8Array(32)), now: Date.now },
        (head) => heads.push(head),
        () => {},
      );
      for (let i = 0; i < 5; i++) {
        await transaction(test.db, (tx) =>
          append(tx, { actor: system, action: 'test.step', object: { type: 'test', id: `${i}` }, detail: { i } }),
        );
      }
      await sealer.sealNow();
    }
    const entries = await findEntries(test.db, { afterSeq: 0 }, 100);
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
    const key = await findKey(test.db);
    const head = heads[0];
    if (key === undefined || head === undefined) throw new Error('no head was signed');
    const kept = { head, publicKey: key.publicKey };
    expect(await verifyChain(entries, kept)).toMatchObject({ ok: true, entries: 5 });
    const changed = entries.map((entry): SealedEntry => (entry.seq === 3 ? { ...entry, action: 'test.other' } : entry));
    expect(await verifyChain(changed)).toMatchObject({ ok: false, seq: 3 });
    expect(await verifyChain(entries.filter((entry) => entry.seq !== 2))).toMatchObject({ ok: false, seq: 2 });
    expect(await verifyChain([...entries].reverse())).toMatchObject({ ok: false, seq: 1 });
    expect(await verifyChain(entries.slice(0, 4), kept)).toMatchObject({
      ok: false,
      why: expect.stringContaining('tail was cut'),
    });
    expect(await verifyChain(entries, { ...kept, head: { ...head, seq: 4 } })).toMatchObject({ ok: false });
  });

  it('the database refuses to change or delete a sealed entry', async () => {
    for (const statement of [`update audit_entries set action = 'x' where seq = 1`, 'delete from audit_entries']) {
      await expect(test.pool.query(statement)).rejects.toThrow('permission denied');
      await expect(test.owner.query(statement)).rejects.toThrow('append-only'); // where one role does all
    }
  });

  it('append() leaves no entry when its transaction rolls back', async () => {
    const before = await test.pool.query('select count(*)::int as n from audit_entries');
    await transaction(test.db, async (tx) => {
      await append(tx, { actor: system, action: 'test.lost', object: { type: 'test', id: null } });
      throw new Error('roll back');
    }).catch(() => {});
    const after = await test.pool.query('select count(*)::int as n from audit_entries');
    expect(after.rows[0].n).toBe(before.rows[0].n);
  });
});
