import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { concatBytes } from '../base/index.ts';
import type { ArchiveWriter } from './archive.ts';
import type { TableCopy } from './backup-manifest.ts';
import { advanceSequences, findTables, type TableShape, unlockJobs } from './backup-store.ts';
import { StorageError } from './storage-error.ts';

const PIECE_BYTES = 8 << 20; // a tar entry states its size first: a table is cut into pieces that fit into memory

/** Writes every table as pieces of a COPY stream, in the session's snapshot. */
export async function copyTablesOut(session: pg.Client, archive: ArchiveWriter): Promise<TableCopy[]> {
  await archive.folder('tables');
  const tables: TableCopy[] = [];
  for (const [index, { schema, name, columns }] of inForeignKeyOrder(await findTables(session)).entries()) {
    const files: string[] = [];
    const write = async (bytes: Uint8Array): Promise<void> => {
      const path = `tables/${String(index + 1).padStart(4, '0')}-${String(files.length + 1).padStart(6, '0')}.copy`;
      files.push(path);
      await archive.file(path, bytes.length, Readable.from([bytes]));
    };
    let parts: Uint8Array[] = [];
    let held = 0;
    // As a query: COPY refuses a table that has partitions.
    for await (const chunk of session.query(
      copyTo(
        `copy (select ${columns.map((column) => pg.escapeIdentifier(column)).join(', ')} from ${tableOf({ schema, name, columns }, false)}) to stdout`,
      ),
    )) {
      parts.push(chunk as Buffer); // pg-copy-streams yields buffers
      held += (chunk as Buffer).length;
      if (held < PIECE_BYTES) continue;
      await write(concatBytes(parts));
      parts = [];
      held = 0;
    }
    if (held > 0) await write(concatBytes(parts));
    tables.push({ schema, name, columns: [...columns], files });
  }
  return tables;
}

/** Loads the tables in one transaction, in place of what the migrations seeded; refuses tables that this version does not have. */
export async function copyTablesIn(
  session: pg.Client,
  tables: readonly TableCopy[],
  open: (path: string) => AsyncIterable<Uint8Array>,
): Promise<void> {
  const known = new Map((await findTables(session)).map((table) => [keyOf(table), table]));
  await session.query('begin');
  for (const table of tables) {
    const shape = known.get(keyOf(table));
    if (shape === undefined || table.columns.some((column) => !shape.columns.includes(column))) {
      throw new StorageError(
        'storage-backup-version',
        `Restore with the version that wrote it: table "${table.name}" differs here`,
        409,
      );
    }
  }
  // Migrations seed some tables; the copy brings those rows itself.
  if (known.size > 0)
    await session.query(`truncate ${[...known.values()].map((table) => tableOf(table, false)).join(', ')}`);
  for (const table of tables) {
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      for (const path of table.files) yield* open(path);
    };
    // One COPY for each table: rows that refer to rows of the same table are checked at its end.
    await pipeline(Readable.from(bytes()), session.query(copyFrom(`copy ${tableOf(table)} from stdin`)));
  }
  await advanceSequences(session);
  await unlockJobs(session);
  await session.query('commit');
}

function keyOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

function tableOf(table: Pick<TableShape, 'schema' | 'name' | 'columns'>, withColumns = true): string {
  const name = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`;
  return withColumns ? `${name} (${table.columns.map((column) => pg.escapeIdentifier(column)).join(', ')})` : name;
}

/** Referred tables first; a circle of foreign keys cannot be loaded without switching checks off, which managed databases refuse. */
function inForeignKeyOrder(tables: readonly TableShape[]): readonly TableShape[] {
  const waiting = new Map(tables.map((table) => [keyOf(table), table]));
  const ordered: TableShape[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((table) => table.refersTo.every((other) => !waiting.has(other)));
    if (ready.length === 0)
      throw new StorageError(
        'storage-backup-circle',
        `Cannot order tables: ${[...waiting.keys()].join(', ')} refer to each other`,
      );
    for (const table of ready) waiting.delete(keyOf(table));
    ordered.push(...ready);
  }
  return ordered;
}
