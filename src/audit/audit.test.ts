import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../storage/index.ts';
import { append } from './index.ts';
import { findKey } from './store.ts';
import { type LogBench, openLogBench } from './testing.ts';
import { verifyChain } from './verify.ts';

let bench: LogBench;
beforeAll(async () => {
  bench = await openLogBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const system = { kind: 'system' } as const;

describe('audit', () => {
  it('append() entries are sealed in their order into a chain that verifies against the head that is signed at stop', async () => {
    {
      await using sealer = await bench.start();
      await bench.add(5);
      await sealer.sealNow();
    }
    const entries = await bench.entries();
    expect(entries.map(({ seq, object }) => [seq, object.id])).toEqual([
      [1, null],
      ...[0, 1, 2, 3, 4].map((id) => [id + 2, `${id}`]),
    ]);
    const [key, head] = [await findKey(bench.db), bench.heads.at(-1)];
    if (key === undefined || head === undefined) throw new Error('no head was signed');
    expect(head.publicKey).toBe(key.publicKey.toString('base64'));
    expect(await verifyChain(entries, { head, publicKey: key.publicKey })).toEqual({
      ok: true,
      entries: 6,
      hash: entries.at(-1)?.hash,
      headSeq: 6,
    });
  });

  it('the database refuses to change or delete a sealed entry', async () => {
    for (const statement of [`update audit_entries set action = 'x' where seq = 1`, 'delete from audit_entries']) {
      await expect(bench.test.pool.query(statement)).rejects.toThrow('permission denied');
      await expect(bench.test.owner.query(statement)).rejects.toThrow('append-only'); // where one role does all
    }
  });

  it('append() leaves no entry when its transaction rolls back', async () => {
    const count = 'select count(*)::int as n from audit_entries';
    const before = await bench.test.pool.query(count);
    await transaction(bench.db, async (tx) => {
      await append(tx, { actor: system, action: 'test.lost', object: { type: 'test', id: null } });
      throw new Error('roll back');
    }).catch(() => {});
    expect((await bench.test.pool.query(count)).rows).toEqual(before.rows);
  });
});
