/**
 * sqlite: a read-only reader of SQLite 3 database files, made for evidence (https://www.sqlite.org/fileformat2.html).
 *
 * It never writes, locks, checkpoints or leaves a file beside the database, and it reads what a general library refuses: a truncated file gives
 * the rows that are there and a note for each page that is not. Pages come from whole-file bytes or from a synchronous source; of a
 * write-ahead log only the frame headers are kept, its pages are read where it lies.
 *
 * Main flow: `openSqlite` reads header, log and schema table → `rows(table, columns)` walks the b-tree leaf by leaf, with overflow chains →
 * each row decodes only the columns asked for → `damage` lists what could not be read. Where a tree is broken, rows follow from leaf pages that
 * nothing leads to and whose records fit the table (`salvaged`). `deletedRows` carves what is no part of the table any more, `freedRegions` says
 * where such bytes lie. Bounds are checked before use; pages are visited once; a step budget ends hostile files.
 */
export { openSqlite, type SqliteDatabase, type SqliteOptions } from './database.ts';
export type { DeletedRow } from './deleted.ts';
export type { FreedRegion } from './freed.ts';
export type { SqliteValue } from './record.ts';
export type { SqliteRow } from './row.ts';
export type { PageSource } from './source.ts';
