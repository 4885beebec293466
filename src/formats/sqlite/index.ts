/**
 * sqlite: a read-only reader of SQLite 3 database files, made for evidence (https://www.sqlite.org/fileformat2.html).
 *
 * It never writes, locks, checkpoints or leaves a file beside the database, and it reads what a general library refuses: a truncated file gives
 * the rows that are there and a note for each page that is not. Pages come from whole-file bytes or from a synchronous source; a
 * write-ahead log is applied in memory up to its last commit.
 *
 * Main flow: `openSqlite` reads the header and the schema table → `rows(table, columns)` walks the table b-tree leaf by leaf, with overflow
 * chains → each row decodes only the columns asked for → `damage` lists what could not be read. Bounds are checked before use; pages
 * are visited once; a step budget ends hostile files. WITHOUT ROWID tables are not read and say so.
 */
export { openSqlite, type PageSource, type SqliteDatabase } from './database.ts';
export type { SqliteValue } from './record.ts';
