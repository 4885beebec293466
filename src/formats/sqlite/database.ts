import { FormatError, type StepBudget, stepBudget } from '../../base/index.ts';
import { decodeRecord, readVarint, type SqliteValue, type TextEncoding, type Varint } from './record.ts';
import { parseTable, type TableShape } from './schema.ts';
import { readWal, type WalImage } from './wal.ts';

/** Synchronous access to a database file; `read` may return fewer bytes only at the end. The answer may be overwritten by the next read, also of another file. */
export interface PageSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

export interface SqliteRow {
  readonly rowid: number;
  readonly values: readonly SqliteValue[];
}

export interface SqliteDatabase {
  readonly tables: readonly string[];
  /** What could not be read so far, one sentence each, at most 100; empty means complete. */
  readonly damage: readonly string[];
  /** Lower-case column names, or undefined when there is no such table. */
  columns(table: string): readonly string[] | undefined;
  /**
   * Yields the rows of a table with the asked columns, in their order; a column that the table lacks is null.
   * Pages that cannot be read are skipped and noted in `damage`. Throws FormatError `sqlite-no-table`, `sqlite-without-rowid`, `sqlite-steps`.
   */
  rows(table: string, columns: readonly string[]): Generator<SqliteRow>;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Deeper than any real b-tree: 20 levels of 4 children hold 10^12 pages. */
const MAX_DEPTH = 20;
/** One row of more than this is not evidence that we decode; the byte scan still sees it. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
/** Cells and pages visited over the life of a reader; a 2 GB database has about 20 million rows. */
const MAX_STEPS = 50_000_000;
const MAX_NOTES = 100;

interface Image {
  readonly usable: number;
  readonly pageCount: number;
  readonly encoding: TextEncoding;
  readonly budget: StepBudget;
  readonly damage: string[];
  page(number: number): Uint8Array;
}

/** Opens a database; throws FormatError `sqlite-*` when header or schema cannot be read at all. */
export function openSqlite(
  input: Uint8Array | PageSource,
  options: { wal?: Uint8Array; maxSteps?: number } = {},
): SqliteDatabase {
  const source = input instanceof Uint8Array ? sourceOf(input) : input;
  const image = readImage(source, options.wal, options.maxSteps ?? MAX_STEPS);
  const tables = readSchema(image);
  const find = (table: string): TableShape | undefined => tables.get(table.toLowerCase());
  return {
    tables: [...tables.values()].map((table) => table.name),
    damage: image.damage,
    columns: (table) => find(table)?.columns,
    *rows(table, columns) {
      const shape = find(table);
      if (shape === undefined) throw new FormatError('sqlite-no-table', -1, `Cannot read table: no "${table}"`);
      if (shape.withoutRowid) {
        throw new FormatError('sqlite-without-rowid', -1, `Cannot read table: "${table}" is WITHOUT ROWID`);
      }
      yield* tableRows(image, shape, columns);
    },
  };
}

function sourceOf(bytes: Uint8Array): PageSource {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

function readImage(source: PageSource, walBytes: Uint8Array | undefined, maxSteps: number): Image {
  const header = source.read(0, HEADER_BYTES).slice();
  if (header.length < HEADER_BYTES || String.fromCharCode(...header.subarray(0, 16)) !== MAGIC) {
    throw new FormatError('sqlite-magic', 0, 'Cannot open database: it does not begin as SQLite 3');
  }
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const declared = view.getUint16(16);
  const pageSize = declared === 1 ? 65_536 : declared;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw new FormatError('sqlite-page-size', 16, `Cannot open database: page size ${pageSize} is impossible`);
  }
  const usable = pageSize - (header[20] ?? 0);
  if (usable < 480) throw new FormatError('sqlite-page-size', 20, 'Cannot open database: too many reserved bytes');
  const encoding = ([undefined, 'utf-8', 'utf-16le', 'utf-16be'] as const)[view.getUint32(56)] ?? 'utf-8';
  const wal: WalImage | undefined = walBytes === undefined ? undefined : readWal(walBytes, pageSize);
  const pageCount = wal?.pageCount ?? Math.ceil(source.sizeBytes / pageSize);
  const damage: string[] = [];
  // The header's own count is valid only when the change counter agrees (file format, section 1.3.8).
  const claimed = view.getUint32(24) === view.getUint32(92) ? view.getUint32(28) : 0;
  if (wal === undefined && claimed > pageCount) damage.push(`truncated: ${pageCount} of ${claimed} pages present`);
  return {
    usable,
    pageCount,
    encoding,
    budget: stepBudget(maxSteps, 'sqlite-steps'),
    damage,
    page(number) {
      const bytes = wal?.pages.get(number) ?? source.read((number - 1) * pageSize, pageSize);
      if (number < 1 || number > pageCount || bytes.length < pageSize) {
        throw new FormatError(
          'sqlite-truncated',
          (number - 1) * pageSize,
          `Cannot read page ${number}: file ends before`,
        );
      }
      return bytes;
    },
  };
}

function readSchema(image: Image): Map<string, TableShape> {
  const master: TableShape = {
    name: 'sqlite_schema',
    rootPage: 1,
    columns: ['type', 'name', 'tbl_name', 'rootpage', 'sql'],
    rowidColumn: -1,
    withoutRowid: false,
  };
  const tables = new Map<string, TableShape>();
  for (const { values } of tableRows(image, master, ['type', 'name', 'rootpage', 'sql'])) {
    const [type, name, rootPage, sql] = values;
    if (type !== 'table' || typeof name !== 'string' || typeof rootPage !== 'number' || typeof sql !== 'string')
      continue;
    if (rootPage > 0) tables.set(name.toLowerCase(), parseTable(name, rootPage, sql));
  }
  return tables;
}

function* tableRows(image: Image, shape: TableShape, columns: readonly string[]): Generator<SqliteRow> {
  const wanted = columns.map((column) => shape.columns.indexOf(column.toLowerCase()));
  const rowidAt = wanted.map((column) => column >= 0 && column === shape.rowidColumn);
  for (const { rowid, payload } of leafCells(image, shape.rootPage, 0, { visited: new Set(), pages: [] })) {
    let values: SqliteValue[];
    try {
      values = decodeRecord(payload, wanted, image.encoding);
    } catch (error) {
      note(image, `row ${rowid} of "${shape.name}"`, error);
      continue;
    }
    for (let i = 0; i < values.length; i++) if (rowidAt[i]) values[i] = rowid;
    yield { rowid, values };
  }
}

interface Cell {
  readonly rowid: number;
  readonly payload: Uint8Array;
}

/** One walk through a b-tree: pages seen, and one page buffer per depth, since only one page of a depth is in use at a time. */
interface Walk {
  readonly visited: Set<number>;
  readonly pages: Uint8Array[];
}

/** Walks a table b-tree (file format, section 1.6) in rowid order; damage is noted, not thrown, except the step budget. */
function* leafCells(image: Image, number: number, depth: number, walk: Walk): Generator<Cell> {
  image.budget.spend();
  if (walk.visited.has(number) || depth > MAX_DEPTH) {
    note(image, `page ${number}`, new FormatError('sqlite-loop', -1, 'reached twice or nested too deep'));
    return;
  }
  walk.visited.add(number);
  let page: Uint8Array;
  try {
    // A copy: the source may reuse its buffer while the consumer of a row reads elsewhere.
    const bytes = image.page(number);
    page = walk.pages[depth] ??= new Uint8Array(bytes.length);
    page.set(bytes);
  } catch (error) {
    note(image, `page ${number}`, error);
    return;
  }
  const base = number === 1 ? HEADER_BYTES : 0;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const type = page[base];
  const count = view.getUint16(base + 3);
  if ((type !== 13 && type !== 5) || base + 12 + count * 2 > page.length) {
    note(
      image,
      `page ${number}`,
      new FormatError('sqlite-page', -1, `type ${type} with ${count} cells is no table page`),
    );
    return;
  }
  const pointers = base + (type === 13 ? 8 : 12);
  for (let i = 0; i < count; i++) {
    image.budget.spend();
    const at = view.getUint16(pointers + 2 * i);
    if (type === 5) {
      if (at + 4 > page.length)
        note(image, `page ${number}`, new FormatError('sqlite-page', at, 'cell outside the page'));
      else yield* leafCells(image, view.getUint32(at), depth + 1, walk);
      continue;
    }
    let cell: Cell;
    try {
      cell = readLeafCell(image, page, at);
    } catch (error) {
      note(image, `page ${number}`, error);
      continue;
    }
    yield cell;
  }
  if (type === 5) yield* leafCells(image, view.getUint32(base + 8), depth + 1, walk);
}

function readLeafCell(image: Image, page: Uint8Array, at: number): Cell {
  const varint: Varint = { value: 0, next: 0 };
  readVarint(page, at, varint);
  const size = varint.value;
  readVarint(page, varint.next, varint);
  const [rowid, start] = [varint.value, varint.next];
  if (size < 0 || size > MAX_PAYLOAD_BYTES || size > image.pageCount * image.usable) {
    throw new FormatError('sqlite-payload', at, `payload of ${size} bytes is beyond the file`);
  }
  // File format, section 1.6: how much of a payload stays on the leaf page.
  const maxLocal = image.usable - 35;
  if (size <= maxLocal) {
    if (start + size > page.length) throw new FormatError('sqlite-truncated', at, 'cell reaches beyond its page');
    return { rowid, payload: page.subarray(start, start + size) };
  }
  const minLocal = Math.floor(((image.usable - 12) * 32) / 255) - 23;
  const candidate = minLocal + ((size - minLocal) % (image.usable - 4));
  const local = candidate <= maxLocal ? candidate : minLocal;
  if (start + local + 4 > page.length) throw new FormatError('sqlite-truncated', at, 'cell reaches beyond its page');
  const payload = new Uint8Array(size);
  payload.set(page.subarray(start, start + local));
  let next = new DataView(page.buffer, page.byteOffset + start + local).getUint32(0);
  // The chain ends by count, so a loop in it costs no more than the payload's own length.
  for (let filled = local; filled < size; ) {
    image.budget.spend();
    const overflow = image.page(next);
    next = new DataView(overflow.buffer, overflow.byteOffset).getUint32(0);
    const part = overflow.subarray(4, Math.min(image.usable, 4 + size - filled));
    payload.set(part, filled);
    filled += part.length;
  }
  return { rowid, payload };
}

/** Keeps the reason of a skipped part; a used-up budget or a bug is not damage and goes on up. */
function note(image: Image, where: string, error: unknown): void {
  if (!(error instanceof FormatError) || error.code === 'sqlite-steps') throw error;
  if (image.damage.length < MAX_NOTES) image.damage.push(`${where}: ${error.message}`);
}
