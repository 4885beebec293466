/** Whoever speaks SQL as the server, and whoever has the whole database but not the machine: neither rewrites the audit log unseen. */
import { generateKeyPairSync, sign } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { headText } from '../../src/audit/entry.ts';
import { chainState, type Sealer, verifyChain } from '../../src/audit/index.ts';
import { type LogBench, openLogBench } from '../../src/audit/testing.ts';

async function startedLog(bench: LogBench): Promise<Sealer> {
  const sealer = await bench.start();
  await bench.add(8);
  await sealer.sealNow();
  await sealer.signNow();
  return sealer;
}

/** A printed head is all that somebody outside has kept. */
function keptOutside(bench: LogBench): NonNullable<Parameters<typeof verifyChain>[1]> {
  const [head] = bench.heads;
  if (head === undefined) throw new Error('no head was printed');
  return { head, publicKey: Buffer.from(head.publicKey, 'base64') };
}

async function goesOn(bench: LogBench, sealer: Sealer): Promise<void> {
  bench.clock.nowMs += 10_000;
  await bench.add(1);
  await sealer.sealNow();
  await sealer.signNow();
}

describe('somebody who speaks SQL as the server', () => {
  it.each([
    'truncate audit_entries',
    'truncate audit_entries, audit_heads cascade',
    'delete from audit_entries where seq = 3',
    'delete from audit_heads',
    'delete from audit_keys',
    `update audit_entries set detail = '{}' where seq = 3`,
    `update audit_entries set at = now() where seq = 3`,
    `update audit_entries set seq = 99, hash = '\\xab' where seq = 3`, // her right to fill them ends when they are filled
    `update audit_heads set hash = '\\xab'`,
    `update audit_keys set public_key = '\\xab'`,
    'alter table audit_entries disable trigger audit_entries_guard',
    'alter table audit_entries disable trigger user',
    'drop trigger audit_entries_guard on audit_entries',
    `create or replace function audit_entries_guard() returns trigger language plpgsql as 'begin return new; end'`,
    'drop function audit_entries_guard() cascade',
    'set session_replication_role = replica',
    'set role pavise_owner',
    'drop table audit_entries cascade',
    'alter table audit_entries owner to current_user',
    'create table audit_copy as select * from audit_entries',
    `create rule quiet as on insert to audit_entries do instead nothing`,
    `insert into audit_entries (seq, actor, action, object_type, detail, hash) values (99, '{}', 'x', 'x', '{}', '\\xab')`,
    `insert into audit_entries (at, actor, action, object_type, detail) values ('2020-01-01', '{}', 'x', 'x', '{}')`,
    `insert into audit_entries select * from audit_entries on conflict (id) do update set detail = '{}'`,
    'lock table audit_entries in access exclusive mode',
    'delete from graphile_worker.migrations',
    'delete from kysely_migration',
  ])('is refused: %s', async (statement) => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    const refused = await bench.test.pool.query(statement).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(pg.DatabaseError);
    await goesOn(bench, sealer);
    expect(bench.alarms).toEqual([]);
    expect(await verifyChain(await bench.entries(), keptOutside(bench))).toMatchObject({ ok: true, entries: 10 });
  });
});

describe('somebody who speaks SQL as the server, in the transaction of her deed', () => {
  it.each([
    ['below the first place', 'seq = 0'],
    ['far below it', 'seq = -5'],
    ['far above', 'seq = 1000000'],
    ['in the next place with a hash of her own', 'seq = 10'],
  ])('does not keep its entry out of the chain by putting it %s', async (_where, place) => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    const deed = `insert into audit_entries (actor, action, object_type, detail) values ('{}', 'test.deed', 'x', '{}')`;
    const hide = `update audit_entries set ${place}, hash = '\\xab' where action = 'test.deed'`;
    const client = await bench.test.pool.connect();
    await client.query('begin');
    await client.query(deed);
    await client.query('savepoint before');
    await client.query(hide).catch(() => client.query('rollback to before'));
    await client.query('commit');
    client.release();
    await goesOn(bench, sealer);
    const entry = (await bench.entries()).find(({ action }) => action === 'test.deed');
    const sealed = entry !== undefined && (await verifyChain(await bench.entries(), keptOutside(bench))).ok;
    expect(sealed || bench.alarms.length > 0).toBe(true);
  });
});

describe('somebody who keeps entries from being sealed, as the server’s role', () => {
  const deep = `${'['.repeat(6000)}${']'.repeat(6000)}`; // which no hash is made of
  it.each([
    ['by its lock', 'select pg_advisory_lock(7011)'],
    [
      'by one that cannot be read',
      `insert into audit_entries (actor, action, object_type, detail) values ('{}', 'x', 'x', '${deep}')`,
    ],
  ])('%s is told within two minutes', async (_how, statement) => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    const client = await bench.test.pool.connect();
    await client.query(statement);
    await bench.add(1);
    for (let minute = 0; minute < 2; minute++) {
      expect(bench.alarms).toEqual([]);
      bench.clock.nowMs += 60_000;
      await sealer.sealNow().catch(() => {});
      await sealer.signNow();
    }
    expect([bench.alarms.map(({ code }) => code), sealer.alarm()?.code]).toEqual([['waiting'], 'waiting']);
    client.release(true); // ends its session, and with it the lock
    await bench.test.owner.query(`alter table audit_entries disable trigger audit_entries_guard`);
    await bench.test.owner.query(`delete from audit_entries where action = 'x'`);
    await bench.test.owner.query(`alter table audit_entries enable trigger audit_entries_guard`);
    await expect
      .poll(() =>
        sealer
          .sealNow()
          .then(() => sealer.signNow())
          .then(() => sealer.alarm()),
      )
      .toBeUndefined();
    expect((await bench.entries()).filter(({ action }) => action === 'audit.alarm')).toHaveLength(1);
  });
});

describe('somebody who has the database, but not the machine', () => {
  const hide = (bench: LogBench): Promise<void> =>
    bench.rewrite((entry) => (entry.seq === 4 ? { ...entry, action: 'test.harmless' } : entry));

  it('rewrites the chain whole and signs nothing: the server does not sign it for her, and tells', async () => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    await hide(bench);
    expect(await verifyChain(await bench.entries())).toMatchObject({ ok: true }); // in itself it is a right chain
    await goesOn(bench, sealer);
    expect([bench.heads.length, bench.alarms.map(({ code }) => code)]).toEqual([1, ['rewritten']]);
    const state = await chainState({ db: bench.db, sealer }, () => bench.clock.nowMs).now();
    expect(state).toMatchObject({ verified: false, alarm: 'rewritten', head: { seq: 9 } });
    expect(await verifyChain(await bench.entries(), keptOutside(bench))).toMatchObject({
      ok: false,
      code: 'rewritten',
    });
  });

  it('waits for the next start, and is told all the same', async () => {
    await using bench = await openLogBench();
    await startedLog(bench);
    await hide(bench);
    await bench.tamper('delete from audit_heads');
    const sealer = await bench.start();
    await goesOn(bench, sealer);
    expect([bench.heads.length, sealer.alarm()?.code]).toEqual([1, 'rewritten']);
  });

  it('signs the rewritten chain by a key of her own that she puts in the place of the server’s', async () => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    await hide(bench);
    const own = generateKeyPairSync('ed25519');
    const last = (await bench.entries()).at(-1);
    if (last === undefined) throw new Error('no entries');
    const signedAt = new Date(bench.clock.nowMs).toISOString();
    const signature = sign(null, Buffer.from(headText(last.seq, last.hash, signedAt)), own.privateKey).toString('hex');
    const publicKey = own.publicKey.export({ format: 'der', type: 'spki' }).toString('hex');
    await bench.tamper(`delete from audit_heads; update audit_keys set public_key = '\\x${publicKey}';
      insert into audit_heads values (${last.seq}, '\\x${last.hash}', '${signedAt}', '\\x${signature}')`);
    await goesOn(bench, sealer);
    expect([bench.heads.length, sealer.alarm()?.code]).toEqual([1, 'rewritten']);
    expect((await bench.start()).alarm()?.code).toBe('key');
    expect(await verifyChain(await bench.entries(), keptOutside(bench))).toMatchObject({ ok: false });
  });

  it('puts the whole database back to what it was before a deed', async () => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    const tables = ['audit_entries', 'audit_heads'];
    for (const table of tables) await bench.test.owner.query(`create table old_${table} as select * from ${table}`);
    await goesOn(bench, sealer);
    expect(bench.heads.length).toBe(2);
    for (const table of tables)
      await bench.tamper(`delete from ${table}; insert into ${table} select * from old_${table}`);
    await goesOn(bench, sealer);
    expect([bench.heads.length, sealer.alarm()?.code]).toEqual([2, 'cut']);
    expect((await bench.start()).alarm()?.code).toBe('cut');
    for (const table of tables) await bench.test.owner.query(`drop table old_${table}`);
  });

  it('takes the alarm itself out of the log: it stands again after the next', async () => {
    await using bench = await openLogBench();
    const sealer = await startedLog(bench);
    await hide(bench);
    await goesOn(bench, sealer);
    await bench.tamper(`delete from audit_entries where action = 'audit.alarm'`);
    const again = await bench.start();
    expect([again.alarm()?.code, bench.alarms.length]).toEqual(['rewritten', 2]);
    const { rows } = await bench.test.pool.query(`select 1 from audit_entries where action = 'audit.alarm'`);
    expect(rows.length).toBe(1);
  });
});
