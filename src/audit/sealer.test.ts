import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { secretsOf } from '../storage/index.ts';
import { acceptLog } from './accept.ts';
import { chainState } from './chain-state.ts';
import { keepRestored, keptHeadPath } from './kept-head.ts';
import type { Sealer } from './sealer.ts';
import { openSigningKey } from './signing-key.ts';
import { type LogBench, openLogBench } from './testing.ts';
import { verifyChain } from './verify.ts';

const LOOK_AGAIN_MS = 5000;

// Sealers work when they are told to, and one that is left alone is as good as killed.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterAll(() => void vi.useRealTimers());

/** A log whose head at 7 is signed (six entries and the one that tells of the kept head), and three entries that were sealed since. */
async function signedLog(bench: LogBench): Promise<Sealer> {
  const sealer = await bench.start();
  await bench.add(6);
  await sealer.sealNow();
  await sealer.signNow();
  await bench.add(3);
  await sealer.sealNow();
  expect(bench.heads.map(({ seq }) => seq)).toEqual([7]);
  expect((await bench.entries()).map(({ action }) => action)).toEqual(['audit.adopted', ...Array(9).fill('test.step')]);
  return sealer;
}

async function another(bench: LogBench, sealer: Sealer): Promise<void> {
  bench.clock.nowMs += LOOK_AGAIN_MS;
  await bench.add(1);
  await sealer.sealNow();
  await sealer.signNow();
}

async function refuses(bench: LogBench, sealer: Sealer, code: string): Promise<void> {
  const rows = `select (select count(*)::int from audit_heads) as heads, (select max(seq)::int from audit_heads) as last`;
  const before = (await bench.test.pool.query(rows)).rows;
  await another(bench, sealer);
  expect({ alarm: sealer.alarm()?.code, told: bench.alarms.map((alarm) => alarm.code) }).toEqual({
    alarm: code,
    told: [code],
  });
  await another(bench, sealer);
  expect(bench.alarms).toHaveLength(1); // told once
  expect(await sealer.signNow()).toBeUndefined();
  expect((await bench.test.pool.query(rows)).rows).toEqual(before);
  expect(bench.heads).toHaveLength(1);
  const { rows: told } = await bench.test.pool.query(
    `select detail->>'code' as code from audit_entries where action = 'audit.alarm'`,
  );
  expect(told).toEqual([{ code }]);
}

const other = `decode(repeat('ab', 64), 'hex')`;

/** What somebody with the database can do, whether the server runs on or starts anew; `null` where only a server that ran on remembers. */
const TAMPERING: readonly (readonly [
  string,
  (bench: LogBench) => Promise<void>,
  running: string,
  restarted: string | null,
])[] = [
  [
    'an entry before the head rewritten, and every hash after it',
    (bench) => bench.rewrite((entry) => (entry.seq === 3 ? { ...entry, action: 'test.other' } : entry)),
    'rewritten',
    'rewritten',
  ],
  [
    'an entry since the head rewritten, and every hash after it',
    (bench) => bench.rewrite((entry) => (entry.seq === 9 ? { ...entry, action: 'test.other' } : entry)),
    'rewritten',
    null,
  ],
  [
    'the detail of an entry since the head changed',
    (bench) => bench.tamper(`update audit_entries set detail = '{"i":9}' where seq = 9`),
    'changed',
    'changed',
  ],
  ['the tail cut before the head', (bench) => bench.tamper('delete from audit_entries where seq > 5'), 'cut', 'cut'],
  ['the tail cut since the head', (bench) => bench.tamper('delete from audit_entries where seq > 8'), 'cut', null],
  ['the whole log emptied', (bench) => bench.tamper('delete from audit_entries'), 'cut', 'cut'],
  [
    'an entry since the head taken out',
    (bench) => bench.tamper('delete from audit_entries where seq = 9'),
    'gap',
    'gap',
  ],
  [
    'the hash at the head replaced',
    (bench) => bench.tamper(`update audit_entries set hash = '\\xab' where seq = 7`),
    'rewritten',
    'rewritten',
  ],
  ['the signed head replaced', (bench) => bench.tamper(`update audit_heads set signature = ${other}`), 'head', 'head'],
  ['the signed head removed', (bench) => bench.tamper('delete from audit_heads'), 'head', 'head'],
  ['the key replaced', (bench) => bench.tamper(`update audit_keys set public_key = ${other}`), 'key', 'key'],
];

describe('a sealer signs nothing that does not continue what it signed, and alarms', () => {
  it.each(TAMPERING)('%s, while the server runs', async (_what, tamper, code) => {
    await using bench = await openLogBench();
    const sealer = await signedLog(bench);
    await tamper(bench);
    await refuses(bench, sealer, code);
  });

  it.each(TAMPERING.filter(([, , , code]) => code !== null))(
    '%s, before the server starts again',
    async (_what, tamper, _code, code) => {
      await using bench = await openLogBench();
      await signedLog(bench); // and killed: it signs nothing more
      await tamper(bench);
      await refuses(bench, await bench.start(), code ?? '');
    },
  );

  it('in a database that was put back to an older state, unless the restore said so', async () => {
    await using bench = await openLogBench();
    await signedLog(bench);
    await bench.tamper('delete from audit_entries where seq > 4; delete from audit_heads');
    const sealer = await bench.start();
    expect(sealer.alarm()?.code).toBe('cut');
    expect(await chainState({ db: bench.db, sealer }, () => 0).now()).toMatchObject({ verified: false, alarm: 'cut' });
  });

  it.each([
    ['gone', (file: string) => rm(file), 'file-missing'],
    ['damaged', (file: string) => writeFile(file, '{"schema":"pavise.audit.kept/1"}'), 'file-damaged'],
    ['no text at all', (file: string) => writeFile(file, Buffer.alloc(300)), 'file-damaged'],
    [
      'of another installation',
      async (file: string) =>
        writeFile(
          file,
          (await readFile(file, 'utf8')).replace(/"keyId":"[0-9a-f]{64}"/, `"keyId":"${'ab'.repeat(32)}"`),
        ),
      'key',
    ],
  ])('with a kept head that is %s', async (_how, change, code) => {
    await using bench = await openLogBench();
    await signedLog(bench);
    await change(keptHeadPath(bench.data));
    const sealer = await bench.start();
    expect({ alarm: sealer.alarm()?.code, told: bench.alarms.map((alarm) => alarm.code) }).toEqual({
      alarm: code,
      told: [code],
    });
    await another(bench, sealer);
    expect([bench.heads.length, sealer.alarm()?.code]).toEqual([1, code]);
  });
});

describe('a log that continues', () => {
  it('goes on after an alarm once what was changed is put back, and has no gap', async () => {
    await using bench = await openLogBench();
    const sealer = await signedLog(bench);
    await bench.test.owner.query('create table aside as select * from audit_entries where seq > 8');
    await bench.tamper('delete from audit_entries where seq > 8');
    await another(bench, sealer);
    expect(sealer.alarm()?.code).toBe('cut');
    await bench.tamper('insert into audit_entries select * from aside');
    await another(bench, sealer);
    expect(sealer.alarm()).toBeUndefined();
    const entries = await bench.entries();
    expect(
      entries
        .slice(10)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['audit.alarm', 'test.step', 'test.step']);
    expect(await verifyChain(entries)).toMatchObject({ ok: true, entries: 13 });
    await bench.test.owner.query('drop table aside');
  });

  it('is signed on after a restart, without another word', async () => {
    await using bench = await openLogBench();
    await signedLog(bench);
    const sealer = await bench.start();
    await another(bench, sealer);
    expect([bench.alarms, bench.heads.map(({ seq }) => seq)]).toEqual([[], [7, 11]]);
    expect(sealer.kept()).toMatchObject({ size: 11, moves: 0 });
  });

  it('is taken as it stands at the first start that keeps a head: only once, proven, and told in the log', async () => {
    await using bench = await openLogBench();
    await signedLog(bench);
    // As versions before left it.
    await bench.tamper(`update audit_entries set action = 'test.step' where action = 'audit.adopted'`);
    await rm(keptHeadPath(bench.data));
    expect((await bench.start()).alarm()?.code).toBe('changed'); // that entry was changed after all
    await bench.rewrite((entry) => entry);
    expect((await bench.start()).alarm()?.code).toBe('rewritten'); // and so the head that stands there is not this log's
    await bench.tamper(`delete from audit_heads; delete from audit_entries where seq is null`);
    const sealer = await bench.start();
    await another(bench, sealer);
    const adopted = (await bench.entries()).filter(({ action }) => action === 'audit.adopted');
    expect(adopted).toMatchObject([{ detail: { size: 0 } }]);
    expect(sealer.alarm()).toBeUndefined();
  });

  it('is sealed and signed by two servers on one data folder', async () => {
    await using bench = await openLogBench();
    const [one, two] = [await bench.start(), await bench.start()];
    for (let round = 0; round < 4; round++) {
      await bench.add(3);
      await Promise.all([one.sealNow(), two.sealNow()]);
      await Promise.all([one.signNow(), two.signNow()]);
    }
    await one.sealNow();
    expect(bench.alarms).toEqual([]);
    const key = await openSigningKey(bench.db, secretsOf(new Uint8Array(32)));
    const entries = await bench.entries();
    for (const head of bench.heads)
      expect(await verifyChain(entries, { head, publicKey: key.publicKey })).toMatchObject({ ok: true });
  });
});

describe('a head that was moved by right', () => {
  it('is taken from what a restore wrote, told in the log, and continued from then on', async () => {
    await using bench = await openLogBench();
    await signedLog(bench);
    const [head] = bench.heads;
    if (head === undefined) throw new Error('no head');
    await bench.tamper('delete from audit_entries where seq > 8'); // the backup was made then
    await rm(keptHeadPath(bench.data));
    await keepRestored(bench.data, { createdAt: '2026-02-01T00:00:00Z', auditHead: head }, bench.clock.nowMs);
    const sealer = await bench.start();
    await another(bench, sealer);
    expect([bench.alarms, sealer.kept()]).toEqual([[], expect.objectContaining({ size: 10, moves: 1 })]);
    expect((await bench.entries()).find(({ action }) => action === 'audit.restored')).toMatchObject({
      detail: { size: 7, hash: head.hash, reason: 'backup of 2026-02-01T00:00:00Z', from: null },
    });
    await bench.tamper('delete from audit_entries where seq > 8');
    await another(bench, sealer);
    expect(sealer.alarm()?.code).toBe('cut');
  });

  it('is refused where the restored log does not hold it', async () => {
    await using bench = await openLogBench();
    await signedLog(bench);
    const [head] = bench.heads;
    if (head === undefined) throw new Error('no head');
    await bench.rewrite((entry) => (entry.seq === 3 ? { ...entry, action: 'test.other' } : entry));
    await keepRestored(bench.data, { createdAt: '', auditHead: head }, bench.clock.nowMs);
    expect((await bench.start()).alarm()?.code).toBe('rewritten');
  });

  it('is taken by every running server once the host’s owner has said why, and told in the log', async () => {
    await using bench = await openLogBench();
    const [one, two] = [await signedLog(bench), await bench.start()];
    await bench.tamper('delete from audit_entries where seq > 4; delete from audit_heads');
    for (const sealer of [one, two]) {
      await another(bench, sealer);
      expect(sealer.alarm()?.code).toBe('cut');
    }
    const accepted = await acceptLog({ ...bench, now: () => bench.clock.nowMs }, 'A disk was lost');
    expect(accepted).toMatchObject({ from: { size: 7 }, to: { size: 4 } });
    for (const sealer of [one, two, one]) {
      await another(bench, sealer);
      expect(sealer.alarm()).toBeUndefined();
    }
    const told = (await bench.entries()).filter(({ action }) => action === 'audit.accepted');
    expect(told).toMatchObject([{ detail: { ...accepted?.to, reason: 'A disk was lost', from: accepted?.from } }]);
    expect(await verifyChain(await bench.entries())).toMatchObject({ ok: true });
  });
});
