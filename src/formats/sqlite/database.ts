import { FormatError } from '../../base/index.ts';
import { indexCells, leafCell, newCell, newPage, tableLeaves } from './btree.ts';
import { type DeletedRow, deletedRows } from './deleted.ts';
import { type FreedRegion, freedRegions } from './freed.ts';
import { type Image, note, readImage } from './image.ts';
import { decodeRecord, type RecordPlan, type SqliteValue } from './record.ts';
import type { SqliteRow } from './row.ts';
import { findOrphans, type Orphans, orphanRows } from './salvage.ts';
import { parseTable, type TableShape } from './schema.ts';
import { readSchema } from './schema-table.ts';
import { type PageSource, sourceOf } from './source.ts';

export interface SqliteDatabase {
  readonly tables: readonly string[];
  readonly views: readonly string[];
  /** What could not be read so far, one sentence each, at most 100; empty means complete. */
  readonly damage: readonly string[];
  /** Lower-case names of the stored columns in their declared order, or undefined when there is no such table. */
  columns(table: string): readonly string[] | undefined;
  /**
   * Yields the rows of a table with the asked columns, in their order; a column that the table lacks is null, one that the row lacks its default.
   *
   * Pages that cannot be read are skipped and noted in `damage`; rows on pages that thereby lost their way follow with `salvaged`.
   * @throws FormatError `sqlite-no-table`, `sqlite-steps`
   */
  rows(table: string, columns: readonly string[]): Generator<SqliteRow>;
  /**
   * Yields rows that are in the table no more, carved from freed space, freed pages and the write-ahead log, or older versions of rows (`replaced`).
   *
   * Only records whose whole shape fits the table are given, none that equals a live row, at most 100,000. None for WITHOUT ROWID tables.
   * @throws FormatError `sqlite-no-table`, `sqlite-steps`
   */
  deletedRows(table: string, columns: readonly string[]): Generator<DeletedRow>;
  /** Yields where the files hold bytes that are no part of the database any more: database first, then log, each in the order of offsets. */
  freedRegions(): Generator<FreedRegion>;
}

export interface SqliteOptions {
  readonly wal?: Uint8Array | PageSource | undefined;
  /** Cells and pages visited over the life of the reader. */
  readonly maxSteps?: number;
  /** Open also when page 1 is gone: tables are then found by their CREATE statements, wherever these still stand. */
  readonly salvage?: boolean;
  /** CREATE TABLE statements for tables whose own is lost; rows are then found by shape alone. Only with `salvage`. */
  readonly schema?: readonly string[];
}

/** A 2 GB database has about 20 million rows. */
const MAX_STEPS = 50_000_000;
/** File format, section 2.6. */
const SCHEMA_TABLE = parseTable('sqlite_schema', 1, 'CREATE TABLE sqlite_schema (type TEXT, name TEXT, tbl_name TEXT, rootpage INTEGER, sql TEXT)'); // biome-ignore format: one line reads better

/** Opens a database; throws FormatError `sqlite-magic`, `sqlite-page-size`, `sqlite-steps`. */
export function openSqlite(input: Uint8Array | PageSource, options: SqliteOptions = {}): SqliteDatabase {
  const salvage = options.salvage ?? false;
  const image = readImage(sourceOf(input), {
    wal: options.wal === undefined ? undefined : sourceOf(options.wal),
    maxSteps: options.maxSteps ?? MAX_STEPS,
    salvage,
  });
  const schema = readSchema(image, salvage, options.schema ?? []);
  const shapes = new Map<string, TableShape>();
  const find = (table: string): TableShape | undefined => {
    const name = table.toLowerCase();
    if (name === 'sqlite_schema' || name === 'sqlite_master') return SCHEMA_TABLE;
    const known = shapes.get(name);
    const entry = schema.tables.get(name);
    if (known !== undefined || entry === undefined) return known;
    const shape = parseTable(entry.name, entry.rootPage, entry.sql);
    shapes.set(name, shape);
    return shape;
  };
  const get = (table: string): TableShape => {
    const shape = find(table);
    if (shape === undefined) throw new FormatError('sqlite-no-table', -1, `Cannot read table: no "${table}"`);
    return shape;
  };
  const allShapes = (): TableShape[] => [...schema.tables.keys()].flatMap((name) => find(name) ?? []);
  let orphans: Orphans | undefined;
  return {
    tables: [...schema.tables.values()].map((table) => table.name),
    views: schema.views,
    damage: image.damage,
    columns(table) {
      const shape = find(table);
      return shape?.declared.map((position) => shape.columns[position]?.name ?? '');
    },
    *rows(table, columns) {
      const shape = get(table);
      const plan = planFor(shape, columns);
      if (shape.withoutRowid) return yield* indexRows(image, shape, plan);
      const before = image.faults;
      if (shape.rootPage > 0) yield* tableRows(image, shape, plan);
      if (image.faults > before || shape.rootPage === 0 || schema.damaged) {
        orphans ??= findOrphans(image, allShapes());
        yield* orphanRows(image, shape, orphans, plan);
      }
    },
    *deletedRows(table, columns) {
      const shape = get(table);
      if (!shape.withoutRowid) yield* deletedRows(image, shape, allShapes(), planFor(shape, columns));
    },
    freedRegions: () => freedRegions(image),
  };
}

function planFor(shape: TableShape, columns: readonly string[]): RecordPlan {
  const names = new Map(shape.columns.map((column, i) => [column.name, i]));
  const positions = columns.map((column) => {
    const name = column.toLowerCase();
    const position = names.get(name);
    if (position === undefined) return /^(rowid|oid|_rowid_)$/.test(name) ? -2 : -1;
    return position === shape.rowidColumn ? -2 : position;
  });
  return {
    positions,
    fallbacks: positions.map((position) => shape.columns[position]?.fallback ?? null),
    highest: Math.max(-1, ...positions),
  };
}

function* tableRows(image: Image, shape: TableShape, plan: RecordPlan): Generator<SqliteRow> {
  const page = newPage(image);
  const cell = newCell(page);
  for (const _ of tableLeaves(image, shape.rootPage, page, new Set())) {
    for (let i = 0; i < page.cells; i++) {
      if (!leafCell(image, page, i, cell)) continue;
      let values: SqliteValue[];
      try {
        values = decodeRecord(cell.bytes, cell.view, cell.start, cell.end, cell.rowid, plan, image.encoding);
      } catch (error) {
        note(image, `row ${cell.rowid} of "${shape.name}"`, error);
        continue;
      }
      yield { rowid: Number(cell.rowid), values, salvaged: false };
    }
  }
}

function* indexRows(image: Image, shape: TableShape, plan: RecordPlan): Generator<SqliteRow> {
  for (const cell of indexCells(image, shape.rootPage, new Set())) {
    let values: SqliteValue[];
    try {
      values = decodeRecord(cell.bytes, cell.view, cell.start, cell.end, null, plan, image.encoding);
    } catch (error) {
      note(image, `a row of "${shape.name}"`, error);
      continue;
    }
    yield { rowid: 0, values, salvaged: false };
  }
}
