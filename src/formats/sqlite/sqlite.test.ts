import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { openSqlite } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

function build(sql: string, wal = false): { main: Uint8Array; wal: Uint8Array | undefined } {
  const path = join(folder, `${made++}.db`);
  const database = new DatabaseSync(path);
  if (wal) database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  database.exec(sql);
  const bytes = {
    main: new Uint8Array(readFileSync(path)),
    wal: wal ? new Uint8Array(readFileSync(`${path}-wal`)) : undefined,
  };
  database.close();
  return bytes;
}

const MANY = `CREATE TABLE t (id INTEGER PRIMARY KEY, "odd, name" TEXT DEFAULT 'a,b(', n REAL, [b] BLOB, big INTEGER, v TEXT AS (n || 'x') VIRTUAL,
  later INT, CHECK (n > 0), CONSTRAINT c UNIQUE (n));
  WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
  INSERT INTO t (id, "odd, name", n, b, big, later) SELECT i, 'text ' || i, i + 0.5, zeroblob(i), i * 4294967296 * 100, -i FROM c;
  INSERT INTO t VALUES (9000, NULL, 1, x'00ff', 9223372036854775807, 8);
  ALTER TABLE t ADD COLUMN extra TEXT`;

describe('openSqlite()', () => {
  const many = build(MANY);

  it('reads every row with overflow chains, exact integers and late columns', () => {
    const database = openSqlite(many.main);
    expect(database.columns('T')).toEqual(['id', 'odd, name', 'n', 'b', 'big', 'later', 'extra']);
    const rows = [...database.rows('t', ['id', 'odd, name', 'n', 'b', 'big', 'later', 'extra', 'none'])];
    expect(rows.length).toBe(3001);
    expect(rows[1999]?.values).toEqual([
      2000,
      'text 2000',
      2000.5,
      new Uint8Array(2000),
      2000 * 4294967296 * 100,
      -2000,
      null,
      null,
    ]);
    expect(rows[3000]?.values.slice(0, 6)).toEqual([9000, null, 1, Uint8Array.of(0, 255), 9223372036854775807n, 8]);
    expect(database.damage).toEqual([]);
  });

  it('reads UTF-16 text', () => {
    const { main } = build("PRAGMA encoding = 'UTF-16be'; CREATE TABLE u (x TEXT); INSERT INTO u VALUES ('grüße 🛡')");
    expect([...openSqlite(main).rows('u', ['x'])][0]?.values).toEqual(['grüße 🛡']);
  });

  it('applies a write-ahead log up to its last commit', () => {
    const { main, wal } = build("CREATE TABLE w (x TEXT); INSERT INTO w VALUES ('in the log')", true);
    if (wal === undefined) throw new Error('no log');
    const read = (log: Uint8Array): unknown[] => {
      const database = openSqlite(main.length === 0 ? wal.subarray(56, 56 + 4096) : main, { wal: log });
      return database.tables.length === 0 ? [] : [...database.rows('w', ['x'])].map(({ values }) => values[0]);
    };
    expect(read(wal)).toEqual(['in the log']);
    expect(read(wal.subarray(0, wal.length - 1))).not.toContain('in the log');
  });

  it('salvages a truncated file and says what is missing', () => {
    const database = openSqlite(many.main.subarray(0, Math.floor(many.main.length / 2)));
    const rows = [...database.rows('t', ['id', 'odd, name'])];
    expect(rows.length).toBeGreaterThan(500);
    for (const { values } of rows) expect(values[1]).toBe(`text ${values[0]}`);
    expect(database.damage[0]).toMatch(/^truncated/);
    expect(database.damage.length).toBeGreaterThan(1);
  });

  it('ends a loop of pages and a used-up budget', () => {
    expect(() => [...openSqlite(many.main, { maxSteps: 200 }).rows('t', ['id'])]).toThrow(
      expect.objectContaining({ code: 'sqlite-steps' }),
    );
  });

  it('refuses what is no database', () => {
    expect(() => openSqlite(new Uint8Array(200))).toThrow(expect.objectContaining({ code: 'sqlite-magic' }));
    expect(() => [...openSqlite(many.main).rows('none', [])]).toThrow(
      expect.objectContaining({ code: 'sqlite-no-table' }),
    );
  });

  it('throws only FormatError on mutated files', () => {
    const small = build(
      "CREATE TABLE s (a TEXT, b BLOB); INSERT INTO s VALUES ('x', zeroblob(9000)), ('y', NULL)",
    ).main;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        fc.nat(small.length),
        (changes, cut) => {
          const bytes = small.slice(0, Math.max(cut, 600));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at % 3 === 0 ? at % 200 : at] = value;
          try {
            const database = openSqlite(bytes, { maxSteps: 100_000 });
            for (const table of database.tables) for (const _ of database.rows(table, ['a', 'b']));
          } catch (error) {
            if (!(error instanceof FormatError)) throw error;
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
