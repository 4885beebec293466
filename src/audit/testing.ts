import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, secretsOf, transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { Alarm } from './alarm.ts';
import { append } from './append.ts';
import { chainHash, type SealedEntry } from './entry.ts';
import type { PrintedHead } from './head-line.ts';
import { keptHeadPath } from './kept-head.ts';
import { EMPTY_LOG } from './log-state.ts';
import { type Sealer, startSealer } from './sealer.ts';
import { findEntries } from './store.ts';

/** An audit log on a database and in a data folder of its own, and what was told of it. */
export interface LogBench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly db: Db;
  readonly data: string;
  readonly heads: PrintedHead[];
  readonly alarms: Alarm[];
  readonly clock: { nowMs: number };
  /** Starts a server's sealer, with nothing but what the database and the data folder hold. */
  start(): Promise<Sealer>;
  /** Appends entries, each in a transaction of its own. */
  add(count: number): Promise<void>;
  /** Does what the trigger forbids, as somebody with the rights of the tables' owner. */
  tamper(statement: string): Promise<void>;
  /** Changes entries of the log and computes every hash from there on anew, as somebody who knows how it is made. */
  rewrite(change: (entry: SealedEntry) => SealedEntry): Promise<void>;
  entries(): Promise<readonly SealedEntry[]>;
}

/** Opens it. */
export async function openLogBench(): Promise<LogBench> {
  const test = await testDatabase();
  const data = await mkdtemp(join(tmpdir(), 'pavise-log-'));
  const clock = { nowMs: Date.parse('2026-03-01T00:00:00Z') };
  const [heads, alarms]: [PrintedHead[], Alarm[]] = [[], []];
  const sealers: Sealer[] = [];
  const bench: LogBench = {
    ...{ test, data, heads, alarms, clock },
    db: test.db,
    async start() {
      const sealer = await startSealer(
        { db: test.db, secrets: secretsOf(new Uint8Array(32)), now: () => clock.nowMs, keptFile: keptHeadPath(data) },
        {
          onHead: (head) => heads.push(head),
          onError: (message) => console.error(message),
          onAlarm: (a) => alarms.push(a),
        },
      );
      sealers.push(sealer);
      return sealer;
    },
    async add(count) {
      for (let i = 0; i < count; i++) {
        const entry = { actor: { kind: 'system' }, action: 'test.step', object: { type: 'test', id: `${i}` } } as const;
        await transaction(test.db, (tx) => append(tx, { ...entry, detail: { i } }));
      }
    },
    async tamper(statement) {
      await test.owner.query(`begin; alter table audit_entries disable trigger audit_entries_guard; ${statement};
        alter table audit_entries enable trigger audit_entries_guard; commit`);
    },
    async rewrite(change) {
      let previous = EMPTY_LOG.hash;
      for (const entry of await bench.entries()) {
        const changed = change(entry);
        previous = chainHash(previous, changed);
        await bench.tamper(
          `update audit_entries set action = '${changed.action}', hash = '\\x${previous}' where seq = ${entry.seq}`,
        );
      }
    },
    entries: () => findEntries(test.db, { afterSeq: 0 }, 1000),
    async [Symbol.asyncDispose]() {
      for (const sealer of sealers) await sealer[Symbol.asyncDispose]();
      await test.close();
      await rm(data, { recursive: true, force: true });
    },
  };
  return bench;
}
