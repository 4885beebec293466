import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSqlite, type PageSource } from './index.ts';
import { makeDatabase } from './testing.ts';

const SERIES = 'WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 2000)';
const MESSAGES = `CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT NOT NULL, text TEXT, date INTEGER, sent INTEGER DEFAULT 0);
  CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, country TEXT);
  ${SERIES} INSERT INTO message SELECT i, hex(i * 7919), 'message number ' || i || ' with some words', 600000000000000000 + i, i % 2 FROM c;
  INSERT INTO handle VALUES (1, '+4917012345', 'de')`;
const COLUMNS = ['ROWID', 'guid', 'text', 'date', 'sent'];
const FIRST_TABLE_PAGE_BYTES = 4096;

function expectedRow(i: number): unknown[] {
  const guid = Buffer.from(String(i * 7919))
    .toString('hex')
    .toUpperCase();
  return [i, guid, `message number ${i} with some words`, 600000000000000000n + BigInt(i), i % 2];
}

function counting(bytes: Uint8Array): PageSource & { readonly readBytes: number } {
  const source = {
    sizeBytes: bytes.length,
    readBytes: 0,
    read(offset: number, length: number) {
      source.readBytes += length;
      return bytes.subarray(offset, offset + length);
    },
  };
  return source;
}

describe('openSqlite() on a write-ahead log', () => {
  const made = makeDatabase("UPDATE message SET text = 'edited' WHERE ROWID = 7; DELETE FROM message WHERE ROWID = 9", {
    before: MESSAGES,
    wal: true,
  });

  it('reads its pages where they lie, and not the whole log', () => {
    if (made.wal === undefined) throw new Error('no log');
    const wal = counting(made.wal);
    const rows = [...openSqlite(made.main, { wal }).rows('message', ['text'])];
    expect(rows.length).toBe(1999);
    expect(rows[6]?.values).toEqual(['edited']);
    expect(wal.readBytes).toBeLessThan(made.wal.length);
    expect([...openSqlite(made.main).rows('message', ['text'])].length).toBe(2000);
  });

  it('gives what the log replaced and deleted', () => {
    const database = openSqlite(made.main, { wal: made.wal });
    const rows = [...database.deletedRows('message', COLUMNS)];
    expect(rows.map(({ values, replaced, rowid }) => [rowid, values, replaced])).toEqual(
      expect.arrayContaining([[7, expectedRow(7), true], [9, expectedRow(9), false]]), // biome-ignore format: one line reads better
    );
    expect(rows.length).toBe(2);
    const kinds = new Set([...database.freedRegions()].map((region) => `${region.file} ${region.kind}`));
    expect(kinds).toContain('database superseded');
  });

  it('gives what was never committed and what an earlier round of the log holds', () => {
    const { main, wal } = made;
    if (wal === undefined) throw new Error('no log');
    const uncommitted = wal.slice();
    const view = new DataView(uncommitted.buffer);
    for (let at = 32; at + 24 <= wal.length; at += 24 + 4096) view.setUint32(at + 4, 0);
    const openTransaction = openSqlite(main, { wal: uncommitted });
    expect([...openTransaction.rows('message', ['text'])].length).toBe(2000);
    expect([...openTransaction.deletedRows('message', ['text'])]).toContainEqual(
      expect.objectContaining({ values: ['edited'], origin: 'uncommitted', rowid: 7, replaced: true }),
    );
    const restarted = wal.slice();
    restarted[16] = (restarted[16] ?? 0) ^ 1;
    const old = openSqlite(main, { wal: restarted });
    expect([...old.freedRegions()].filter(({ kind }) => kind === 'old-salt').length).toBeGreaterThan(0);
    expect([...old.deletedRows('message', ['text'])].map(({ origin }) => origin)).toEqual(['old-salt']);
  });
});

describe('deletedRows()', () => {
  it('carves single rows whose headers are overwritten', () => {
    const { main } = makeDatabase(`${MESSAGES}; DELETE FROM message WHERE ROWID % 100 = 50`);
    const rows = [...openSqlite(main).deletedRows('message', COLUMNS)];
    expect(rows.length).toBe(20);
    for (const { values, deleted, origin } of rows) {
      const i = Number(/number (\d+)/.exec(String(values[2]))?.[1]);
      expect([i % 100, deleted, origin]).toEqual([50, true, 'freeblock']);
      expect(values.slice(1)).toEqual(expectedRow(i).slice(1));
    }
  });

  it('carves whole freed pages and never gives a live row or one of another table', () => {
    const { main } = makeDatabase(
      `${MESSAGES}; DELETE FROM message WHERE ROWID > 300; INSERT INTO handle SELECT NULL, guid, 'xx' FROM message`,
    );
    const database = openSqlite(main);
    const rows = [...database.deletedRows('message', COLUMNS)];
    expect(rows.length).toBeGreaterThan(1500);
    for (const { values, rowid, replaced } of rows) {
      const i = Number(/number (\d+)/.exec(String(values[2]))?.[1]);
      expect(i).toBeGreaterThan(300);
      expect([rowid ?? i, replaced]).toEqual([i, false]);
      expect(values.slice(1)).toEqual(expectedRow(i).slice(1));
    }
    for (const { values } of database.deletedRows('handle', ['id', 'country'])) expect(values[1]).toBe('xx');
    expect(new Set([...database.freedRegions()].map(({ kind }) => kind))).toContain('freelist');
  });

  it.each([
    ['one after the other, in pages that stay', 'ROWID > 500 AND ROWID % 100 < 3', 43],
    ['all of them, whose pages forget their chains', '1', 1990],
    ['up to the end of a page, whose gap swallows their blocks', 'ROWID > 1000 AND ROWID % 12 < 3', 229],
    ['to the last, with a page that becomes the head of the freelist', 'ROWID > 1950', 23],
  ])('carves rows deleted %s', (_, where, least) => {
    const { main } = makeDatabase(`${MESSAGES}; DELETE FROM message WHERE ${where}`);
    const rows = [...openSqlite(main).deletedRows('message', COLUMNS)];
    for (const { values } of rows) {
      const i = Number(/number (\d+)/.exec(String(values[2]))?.[1]);
      expect(values.slice(1)).toEqual(expectedRow(i).slice(1));
    }
    expect(new Set(rows.map(({ values }) => values[2])).size).toBeGreaterThanOrEqual(least);
  });

  it('stays silent where nothing was deleted, and where it was overwritten', () => {
    expect([...openSqlite(makeDatabase(MESSAGES).main).deletedRows('message', COLUMNS)]).toEqual([]);
    const { main } = makeDatabase(`PRAGMA secure_delete = ON; ${MESSAGES}; DELETE FROM message WHERE ROWID > 300`);
    expect([...openSqlite(main).deletedRows('message', COLUMNS)]).toEqual([]);
  });
});

describe('salvage', () => {
  const { main } = makeDatabase(MESSAGES);
  const all = new Map([...openSqlite(main).rows('message', COLUMNS)].map((row) => [row.rowid, row.values]));

  function checked(bytes: Uint8Array, options: Parameters<typeof openSqlite>[1] = {}) {
    const database = openSqlite(bytes, options);
    const rows = [...database.rows('message', COLUMNS)];
    for (const row of rows) expect(row.values).toEqual(all.get(row.rowid));
    expect(new Set(rows.map(({ rowid }) => rowid)).size).toBe(rows.length);
    return { rows, damage: database.damage };
  }

  it('reads every leaf when the root of a table is gone', () => {
    const root = rootOf(main);
    const bytes = main.slice().fill(0, (root - 1) * 4096, root * 4096);
    const { rows, damage } = checked(bytes);
    expect(rows.length).toBe(2000);
    expect(rows.every(({ salvaged }) => salvaged)).toBe(true);
    expect(damage.at(-1)).toMatch(/^salvaged: 2000 rows of "message"/);
  });

  it('reads leaves without page 1, with the CREATE statement given', () => {
    const bytes = main.slice().fill(0, 0, FIRST_TABLE_PAGE_BYTES);
    expect(() => openSqlite(bytes)).toThrow(expect.objectContaining({ code: 'sqlite-magic' }));
    const schema = [
      'CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT NOT NULL, text TEXT, date INTEGER, sent INTEGER)',
    ];
    const { rows, damage } = checked(bytes, { salvage: true, schema });
    expect(rows.length).toBe(2000);
    expect(damage.join('\n')).toMatch(/header is gone/);
  });

  it('finds the tables itself when only the file header is overwritten', () => {
    const bytes = main.slice().fill(0xff, 0, 100);
    expect(checked(bytes, { salvage: true }).rows.length).toBe(2000);
  });

  it('keeps what a cut file has, and each page between two damaged ones', () => {
    const cut = checked(main.subarray(0, 4096 * 20 + 100));
    expect(cut.rows.length).toBeGreaterThan(800);
    expect(cut.damage[0]).toMatch(/^truncated/);
    const holes = main.slice();
    for (let page = 4; page < main.length / 4096; page += 3) holes.fill(0xee, page * 4096, (page + 1) * 4096);
    const { rows } = checked(holes);
    expect(rows.length).toBeGreaterThan(1000);
    expect(rows.length).toBeLessThan(2000);
  });

  function rootOf(bytes: Uint8Array): number {
    const rows = [...openSqlite(bytes).rows('sqlite_schema', ['name', 'rootpage'])];
    return Number(rows.find(({ values }) => values[0] === 'message')?.values[1]);
  }
});

describe('openSqlite() on special pages', () => {
  it('reads auto-vacuum databases, and takes no pointer map for content', () => {
    const { main } = makeDatabase(
      `PRAGMA page_size = 512; PRAGMA auto_vacuum = FULL; ${MESSAGES}; DELETE FROM message WHERE ROWID % 3 = 0`,
    );
    const database = openSqlite(main);
    expect([...database.rows('message', ['ROWID'])].length).toBe(2000 - 666);
    expect(database.damage).toEqual([]);
    const maps = new Set(Array.from({ length: 40 }, (_, i) => 2 + i * 103));
    for (const { page } of database.freedRegions()) expect(maps.has(page)).toBe(false);
  });

  it('reads the sample manifest, which has pointer maps', (context) => {
    const path = '../shared/data/mvt-artifacts/ios_backup/Manifest.db';
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(readFileSync(path));
    } catch {
      return context.skip('the sample data is not here');
    }
    const database = openSqlite(bytes);
    expect([...database.rows('Files', ['fileID'])].length).toBe(3721);
    expect(database.damage).toEqual([]);
  });

  it('skips the lock-byte page of a database beyond 1 GiB', () => {
    const pageSize = 65_536;
    const lock = 0x4000_0000 / pageSize + 1;
    const small = makeDatabase(`PRAGMA page_size = ${pageSize}; CREATE TABLE t (a TEXT, b TEXT, c TEXT)`).main;
    const blank = new Uint8Array(pageSize);
    const source: PageSource = {
      sizeBytes: (lock + 1) * pageSize,
      read(offset, length) {
        if (offset < small.length) return small.subarray(offset, offset + length);
        blank.fill(0).set([13, 0, 0, 0, 0, 1, 0, 0]); // an empty leaf, whatever page it stands for
        return blank.subarray(0, length);
      },
    };
    const pages = [...openSqlite(source).freedRegions()].map(({ page }) => page);
    expect(pages).toContain(lock - 1);
    expect(pages).not.toContain(lock);
    expect(pages).toContain(lock + 1);
  });
});
