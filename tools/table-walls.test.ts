import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ownerOf, tablesOf, tableViolations } from './table-walls.ts';

const tables = new Set(['people', 'files', 'file_recipients']);
const seen = (file: string, text: string): string[] =>
  tableViolations(file, text, tables).map((line) => line.split(':')[0] ?? '');

describe('tableViolations()', () => {
  it.each([
    ['a store that reads its own table', 'src/files/store.ts', 'sql`select f.id from files f`', []],
    [
      'a store that joins a foreign one',
      'src/files/store.ts',
      'sql`select 1 from files f join people p on true`',
      ['table-wall'],
    ],
    ['a foreign table in a list', 'src/files/store.ts', 'sql<{ a: 1 }>`select 1 from files f, people`', ['table-wall']],
    ['a foreign table by its quoted name', 'src/files/store.ts', 'sql`select 1 from "people"`', ['table-wall']],
    ['a foreign table in capitals', 'src/files/store.ts', 'sql`DELETE FROM PEOPLE`', ['table-wall']],
    ['a fragment that names one', 'src/files/store.ts', 'const t = sql`people p`;', ['table-wall']],
    ['Kysely with a foreign table', 'src/files/store-a.ts', "db.selectFrom('people as p')", ['table-wall']],
    ['a join of Kysely', 'src/files/store-a.ts', "q.leftJoin('people', 'a', 'b')", ['table-wall']],
    ['sql.table of a foreign one', 'src/files/store.ts', "sql.table('people')", ['table-wall']],
    ['query() with a foreign one', 'src/files/store.ts', "pool.query('select 1 from people')", ['table-wall']],
    [
      'a column or alias called like a table',
      'src/files/store.ts',
      'sql`select f.people, 1 as people, 2 as "people" from files f`',
      [],
    ],
    ['a text that holds the word', 'src/files/store.ts', "sql`select 'from people' from files -- people`", []],
    ['SQL outside a store', 'src/files/routes.ts', 'sql`select 1`', ['sql-outside-store']],
    ['Kysely outside a store', 'src/files/routes.ts', "db.insertInto('files')", ['sql-outside-store']],
    ['a method called query that takes no SQL', 'src/files/routes.ts', 'map.query(key)', []],
    ['a text that is called sql', 'src/formats/sqlite/tokens.ts', "sql.startsWith('create')", []],
    ['a join of texts', 'src/files/routes.ts', "list.join('people')", []],
    ['a test, which sets the scene by hand', 'src/files/files.test.ts', 'sql`delete from people`', []],
    ['storage, which is the database itself', 'src/storage/backup.ts', 'sql`select 1 from people`', []],
  ])('judges %s', (_what, file, text, expected) => {
    expect(seen(file, text)).toEqual(expected);
  });
});

describe('the table of owners', () => {
  it('knows every table of the migrations', () => {
    const created = tablesOf(globSync('src/storage/migrations/*.sql').map((file) => readFileSync(file, 'utf8')));
    expect(created.size).toBeGreaterThan(50);
    expect([...created].filter((table) => ownerOf(table) === undefined)).toEqual([]);
  });

  it('takes the nearest family and nothing for a table that it does not name', () => {
    expect([ownerOf('access_views'), ownerOf('people_tokens'), ownerOf('device_states')]).toEqual([
      'privacy',
      'people',
      'access',
    ]);
    expect(ownerOf('surprise')).toBeUndefined();
    expect(ownerOf('a_b_c', { 'a_*': 'one', 'a_b_*': 'two' })).toBe('two');
  });

  it('sees tables however the migration spells them', () => {
    expect([...tablesOf(['CREATE TABLE IF NOT EXISTS one (', 'create unlogged table "two" ('])]).toEqual([
      'one',
      'two',
    ]);
  });
});
