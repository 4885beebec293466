import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface MadeDatabase {
  readonly main: Uint8Array;
  readonly wal: Uint8Array | undefined;
  /** What SQLite itself answers. */
  readonly answers: readonly unknown[][];
}

/** Makes a database with SQLite: `before` with the rollback journal, `sql` behind it, in a log when `wal`. */
export function makeDatabase(
  sql: string,
  { before = '', wal = false, queries = [] }: { before?: string; wal?: boolean; queries?: readonly string[] } = {},
): MadeDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'pavise-sqlite-'));
  const path = join(folder, 'made.db');
  const database = new DatabaseSync(path);
  try {
    if (before !== '') database.exec(before);
    if (wal) database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
    database.exec(sql);
    const answers = queries.map((query) => {
      const statement = database.prepare(query);
      statement.setReadBigInts(true);
      return statement.all().map((row) => Object.values(row as object).map(plain));
    });
    return {
      main: new Uint8Array(readFileSync(path)),
      wal: wal ? new Uint8Array(readFileSync(`${path}-wal`)) : undefined,
      answers,
    };
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

/** A bigint that a number holds exactly becomes that number, as the reader gives it. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
