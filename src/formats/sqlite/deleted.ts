import { cellPointers, localBytes, newCell, newPage, type Page, readCell, setPage, TABLE_LEAF, tableLeaves } from './btree.ts'; // biome-ignore format: one line reads better
import { type CarvedRecord, type CarveRules, carveRange } from './carve.ts';
import { minimumColumns, recordEnd, varintAt, varintEnd } from './fit.ts';
import { freelistPages, freeRanges } from './freed.ts';
import { type Image, remark } from './image.ts';
import { decodeRecord, type RecordPlan, type SqliteValue } from './record.ts';
import { fitsPage, ownerOf, quietly } from './salvage.ts';
import type { TableShape } from './schema.ts';
import { walFrames } from './wal.ts';

export interface DeletedRow {
  readonly deleted: true;
  /** Null where the first bytes of its cell are overwritten. */
  readonly rowid: number | null;
  readonly values: readonly SqliteValue[];
  readonly origin: 'freeblock' | 'gap' | 'freelist' | 'superseded' | 'uncommitted' | 'old-salt';
  readonly page: number;
  /** A row with this rowid is in the table, with other content: this is an older version of it. */
  readonly replaced: boolean;
}

type Candidate = Omit<DeletedRow, 'replaced'> & { readonly hash: number };
type Origin = DeletedRow['origin'];

const MAX_ROWS = 100_000;
/** Rows of fewer columns are too alike to be told from chance outside the table's own pages. */
const MIN_COLUMNS = 3;

/** Yields carved rows of a table, see SqliteDatabase.deletedRows. */
export function* deletedRows(
  image: Image,
  shape: TableShape,
  shapes: readonly TableShape[],
  plan: RecordPlan,
): Generator<DeletedRow> {
  if (shape.columns.length < 2) return;
  const found = new Map<string, Candidate>();
  const add = (record: CarvedRecord, origin: Origin, page: number): void => {
    if (found.size >= MAX_ROWS) return;
    const { bytes, start, end, rowid } = record;
    const hash = recordHash(bytes, start, end);
    const key = `${hash}:${rowid}`;
    if (found.has(key)) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = decodeRecord(bytes, view, start, end, rowid, plan, image.encoding);
    found.set(key, { deleted: true, rowid: rowid === null ? null : Number(rowid), values, origin, page, hash });
  };
  const own = new Set<number>();
  const page = newPage(image);
  quietly(image, () => {
    if (shape.rootPage === 0) return;
    for (const _ of tableLeaves(image, shape.rootPage, page, own)) carvePage(image, page, shape, undefined, add);
  });
  if (shape.columns.length >= MIN_COLUMNS) fromOtherPages(image, shape, shapes, own, add);
  if (found.size >= MAX_ROWS) remark(image, `deleted rows of "${shape.name}": only the first ${MAX_ROWS} are given`);
  if (found.size > 0) yield* withoutLive(image, shape, [...found.values()]);
}

type Add = (record: CarvedRecord, origin: Origin, page: number) => void;

function fromOtherPages(
  image: Image,
  shape: TableShape,
  shapes: readonly TableShape[],
  own: ReadonlySet<number>,
  add: Add,
): void {
  const page = newPage(image);
  const size = image.pageSizeBytes;
  const take = (number: number, bytes: Uint8Array, origin: Origin, overwrittenBytes = 0): void => {
    image.budget.spend();
    if (bytes.length < size || number < 1) return;
    const isPage = setPage(page, number, bytes);
    const emptied = origin === 'freelist' && page.type === TABLE_LEAF && page.cells === 0;
    if (overwrittenBytes > 0 || emptied) {
      carveEmptied(image, page, overwrittenBytes || cellPointers(page), shape, shapes, add);
      return;
    }
    if (!isPage || page.type !== TABLE_LEAF) return;
    if (!fitsPage(image, page, shape)) return;
    if (own.has(number) || ownerOf(image, page, shapes) === shape) carvePage(image, page, shape, origin, add);
  };
  for (const [number, overwrittenBytes] of freelistPages(image)) {
    if (number * size <= image.source.sizeBytes || image.wal !== undefined) {
      take(number, pageOrNothing(image, number), 'freelist', overwrittenBytes);
    }
  }
  if (image.wal === undefined) return;
  for (const number of image.wal.pages.keys()) take(number, image.source.read((number - 1) * size, size), 'superseded');
  for (const frame of walFrames(image.wal)) {
    if (frame.state !== 'current') take(frame.page, image.wal.source.read(frame.offset, size), frame.state);
  }
}

function pageOrNothing(image: Image, number: number): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0);
  quietly(image, () => {
    if (number <= image.pageCount) bytes = image.page(number);
  });
  return bytes;
}

/** Carves a freed page that tells no table any more: takes the records that fit this one and no other. */
function carveEmptied(
  image: Image,
  page: Page,
  from: number,
  shape: TableShape,
  shapes: readonly TableShape[],
  add: Add,
): void {
  const others = shapes.filter((other) => other !== shape && !other.withoutRowid);
  const to = image.usable;
  image.budget.spend(1 + Math.floor(Math.max(0, to - from) / 16));
  for (const record of carveRange(page.bytes, from, to, 'emptied', rulesOf(image, shape))) {
    const { bytes, start, end } = record;
    const fitsOther = others.some(
      (other) =>
        recordEnd(bytes, start, end, other, minimumColumns(other, image.schemaIncomplete), image.encoding) === end,
    );
    if (!fitsOther) add(record, 'freelist', page.number);
  }
}

function rulesOf(image: Image, shape: TableShape): CarveRules {
  return {
    shape,
    minColumns: minimumColumns(shape, image.schemaIncomplete),
    maxLocal: image.usable - 35,
    encoding: image.encoding,
  };
}

/** Takes the intact cells of a page that is no part of the table (`origin`), and carves its free ranges. */
function carvePage(image: Image, page: Page, shape: TableShape, origin: Origin | undefined, add: Add): void {
  const rules = rulesOf(image, shape);
  if (origin !== undefined) {
    const cell = newCell(page);
    for (let i = 0; i < page.cells; i++) {
      const at = page.view.getUint16(cellPointers(page) + 2 * i);
      const size = varintAt(page.bytes, at, page.bytes.length);
      // The pages of an overflow chain may hold something else by now.
      if (size < 0 || localBytes(image.usable, size, true) !== size) continue;
      quietly(image, () => {
        readCell(image, page, at, cell);
        add({ rowid: cell.rowid, bytes: page.bytes, start: cell.start, end: cell.end }, origin, page.number);
      });
    }
  }
  for (const { kind, from, to } of freeRanges(page)) {
    image.budget.spend(1 + Math.floor((to - from) / 16));
    const how = kind === 'gap' && page.cells === 0 ? 'emptied' : kind;
    for (const record of carveRange(page.bytes, from, to, how, rules)) {
      add(record, origin ?? kind, page.number);
    }
  }
}

/** Drops what equals a live row: balancing a tree leaves copies of rows behind. */
function* withoutLive(image: Image, shape: TableShape, candidates: readonly Candidate[]): Generator<DeletedRow> {
  const hashes = new Set(candidates.map((candidate) => candidate.hash));
  const rowids = new Set(candidates.map((candidate) => candidate.rowid));
  const liveHashes = new Set<number>();
  const liveRowids = new Set<number>();
  const page = newPage(image);
  const cell = newCell(page);
  quietly(image, () => {
    if (shape.rootPage === 0) return;
    for (const _ of tableLeaves(image, shape.rootPage, page, new Set())) {
      for (let i = 0; i < page.cells; i++) {
        const at = page.view.getUint16(cellPointers(page) + 2 * i);
        const size = varintAt(page.bytes, at, page.bytes.length);
        if (size < 0 || localBytes(image.usable, size, true) !== size) continue;
        if (at + size > page.bytes.length) continue;
        readCell(image, page, at, cell);
        const hash = recordHash(page.bytes, cell.start, cell.end);
        if (hashes.has(hash)) liveHashes.add(hash);
        if (rowids.has(Number(cell.rowid))) liveRowids.add(Number(cell.rowid));
      }
    }
  });
  const known = new Set(candidates.filter(({ rowid }) => rowid !== null).map(({ hash }) => hash));
  for (const { hash, ...row } of candidates) {
    if (liveHashes.has(hash) || (row.rowid === null && known.has(hash))) continue;
    yield { ...row, replaced: row.rowid !== null && liveRowids.has(row.rowid) };
  }
}

/** FNV-1a over a record without its header size and first type, which a freed cell may have lost. */
function recordHash(bytes: Uint8Array, start: number, end: number): number {
  varintAt(bytes, start, end);
  varintAt(bytes, varintEnd(), end);
  let hash = 0x811c9dc5;
  for (let i = varintEnd(); i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 0;
}
