import { describe, expect, it } from 'vitest';
import { openSqlite } from './index.ts';
import { makeDatabase } from './testing.ts';

/** Reads a table with our reader, as SQLite itself reads it in `answers`. */
function compare(sql: string, table: string, columns: readonly string[], order = 'rowid') {
  const list = columns.map((column, i) => `"${column}" AS c${i}`).join(', ');
  const made = makeDatabase(sql, {
    queries: [`SELECT ${list} FROM "${table.replaceAll('"', '""')}" ORDER BY ${order}`],
  });
  const database = openSqlite(made.main);
  const rows = [...database.rows(table, columns)].map(({ values }) => [...values]);
  expect(database.damage).toEqual([]);
  expect(rows).toEqual(made.answers[0]);
  expect(rows.length).toBeGreaterThan(0);
  return { database, rows };
}

describe('openSqlite() reads as SQLite does', () => {
  it('WITHOUT ROWID tables, with overflow on interior and leaf pages', () => {
    const series = 'WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 1500)';
    const sql = `PRAGMA page_size = 1024; CREATE TABLE w (extra TEXT, k2 INTEGER, k1 TEXT, big BLOB, PRIMARY KEY (k1, k2 DESC)) WITHOUT ROWID;
      ${series} INSERT INTO w SELECT 'e' || i, i, printf('%05d', i) || hex(zeroblob(i % 200)), zeroblob(i % 3000) FROM c`;
    const { database } = compare(sql, 'w', ['extra', 'k1', 'k2', 'big'], 'k1, k2 DESC');
    expect(database.columns('w')).toEqual(['extra', 'k2', 'k1', 'big']);
  });

  it('defaults of columns that were added later', () => {
    const sql = `CREATE TABLE d (a TEXT); INSERT INTO d VALUES ('old');
      ALTER TABLE d ADD COLUMN b TEXT DEFAULT 'it''s (b), yes'; ALTER TABLE d ADD COLUMN c INTEGER NOT NULL DEFAULT -7; ALTER TABLE d ADD COLUMN e REAL DEFAULT (1.5e3);
      ALTER TABLE d ADD COLUMN f TEXT DEFAULT 12; ALTER TABLE d ADD COLUMN g INTEGER DEFAULT '34'; ALTER TABLE d ADD COLUMN h BLOB DEFAULT x'00ff';
      ALTER TABLE d ADD COLUMN i DEFAULT TRUE; ALTER TABLE d ADD COLUMN j DEFAULT NULL; ALTER TABLE d ADD COLUMN k INTEGER DEFAULT 9223372036854775807;
      ALTER TABLE d ADD COLUMN l DEFAULT 0x10; INSERT INTO d (a) VALUES ('new')`;
    compare(sql, 'd', ['a', 'b', 'c', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']);
  });

  it('generated columns, quoted names, comments and constraints', () => {
    const sql = `CREATE TABLE o (x TEXT PRIMARY KEY); PRAGMA foreign_keys = OFF; CREATE TABLE "g ""t" ( -- first, comment
      [odd, name] TEXT COLLATE NOCASE CHECK ([odd, name] <> ')'), /* a, b */ \`back\`\`tick\` INTEGER, v1 INT GENERATED ALWAYS AS (\`back\`\`tick\` * 2) VIRTUAL,
      s1 TEXT GENERATED ALWAYS AS ("odd, name" || 'x') STORED, 'single' NUMERIC(10, 5) DEFAULT (CAST('5' AS INTEGER)), "as" REAL, größe VARCHAR(20),
      CONSTRAINT "pk, x" PRIMARY KEY ("as" ASC), FOREIGN KEY (s1) REFERENCES o(x) ON DELETE CASCADE);
      INSERT INTO "g ""t" ("odd, name", "back\`tick", single, "as", größe) VALUES ('n', 3, 4.5, 6, 'ß'), (NULL, NULL, NULL, NULL, NULL);
      CREATE VIEW seen AS SELECT 1; CREATE VIRTUAL TABLE f USING fts5(x)`;
    const { database } = compare(sql, 'g "t', ['odd, name', 'back`tick', 's1', 'single', 'as', 'größe']);
    expect(database.views).toEqual(['seen']);
    expect(database.tables).not.toContain('f');
    expect(database.tables).not.toContain('seen');
  });

  it('rowids: alias, no alias by DESC, and 64 bits', () => {
    const rows = 'VALUES (9223372036854775807, 1), (-9223372036854775808, 2), (5, 3)';
    compare(`CREATE TABLE r (id INTEGER PRIMARY KEY, x); INSERT INTO r ${rows}`, 'r', ['id', 'rowid', 'x']);
    compare(`CREATE TABLE r (id INTEGER, x, PRIMARY KEY (id DESC)); INSERT INTO r ${rows}`, 'r', ['id', 'rowid', 'x']);
    compare(`CREATE TABLE r (id INTEGER PRIMARY KEY DESC, x); INSERT INTO r ${rows}`, 'r', ['id', 'rowid', 'x']);
    compare(`CREATE TABLE r (id INT PRIMARY KEY, x); INSERT INTO r ${rows}`, 'r', ['id', 'oid', 'x']);
  });

  it.each(['UTF-8', 'UTF-16le', 'UTF-16be'])('text and numbers in %s', (encoding) => {
    const sql = `PRAGMA encoding = '${encoding}'; CREATE TABLE n (a TEXT, b, c REAL);
      INSERT INTO n VALUES ('grüße 🛡', 9007199254740993, 1), ('', -9007199254740992, 2.5), ('${'lang '.repeat(2000)}', 8388607, -0.0),
      (NULL, -8388608, 1e300), ('x', 140737488355327, NULL), ('y', -140737488355328, 3), ('z', 2147483648, 4), ('q', -1, 5), ('0', 0, 0), ('1', 1, 1)`;
    compare(sql, 'n', ['a', 'b', 'c']);
  });
});
