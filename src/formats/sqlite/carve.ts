import { recordEnd, varintAt, varintEnd } from './fit.ts';
import type { TextEncoding } from './record.ts';
import type { TableShape } from './schema.ts';

/** A record found in freed bytes; `bytes` is a repaired copy where its first bytes were overwritten. */
export interface CarvedRecord {
  readonly rowid: number | bigint | null;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a record must be like. */
export interface CarveRules {
  readonly shape: TableShape;
  readonly minColumns: number;
  /** Most bytes of a record that does not overflow. */
  readonly maxLocal: number;
  readonly encoding: TextEncoding;
}

/** The header that SQLite writes over the first bytes of a freed cell: next block and size (file format, section 1.6). */
const FREEBLOCK_BYTES = 4;
/** Free bytes too few for a block of their own. */
const MAX_FRAGMENT_BYTES = 3;
/** Lost cells in a row: a page of 64 KiB holds no more rows worth reading. */
const MAX_CHAIN = 1000;
/** Columns below which a record with overwritten header is not taken. */
const MIN_REPAIR_COLUMNS = 3;

/**
 * Yields the whole records of a table's shape in a free range of a page, each byte used once.
 *
 * @param kind `emptied` for a page that lost all its rows: SQLite then forgets its chain of blocks, whose headers are still there
 */
export function* carveRange(
  bytes: Uint8Array,
  from: number,
  to: number,
  kind: 'freeblock' | 'gap' | 'emptied',
  rules: CarveRules,
): Generator<CarvedRecord> {
  const range = { bytes, to, lost: new Map<number, Found | undefined>(), ...rules };
  // Where a cell may begin whose first four bytes are overwritten: at the block, and behind each cell that merged into it.
  let boundary = kind === 'freeblock' ? from : -1;
  for (let at = from; at + FREEBLOCK_BYTES <= to; ) {
    // In a gap lie blocks that it has swallowed: their headers are there, behind the cell that was freed last.
    const may =
      kind === 'freeblock' ? at === boundary : (kind === 'emptied' || at === boundary) && claimsBlock(bytes, at, to);
    const lost = may ? lostCell(range, at) : undefined;
    const cell = lost ?? wholeCell(range, at);
    if (cell === undefined) {
      at++;
      continue;
    }
    yield cell.record;
    at = cell.next;
    boundary = at;
  }
}

interface Range extends CarveRules {
  readonly bytes: Uint8Array;
  readonly to: number;
  /** Lost cells that were looked for, by where they begin. */
  readonly lost: Map<number, Found | undefined>;
}

interface Found {
  readonly record: CarvedRecord;
  readonly next: number;
}

/** A cell with payload length, rowid and record: the length must be exactly the record's. */
function wholeCell({ bytes, to, shape, minColumns, maxLocal, encoding }: Range, at: number): Found | undefined {
  const size = varintAt(bytes, at, to);
  if (size < 1 + minColumns || size > maxLocal) return undefined;
  const rowid = varintAt(bytes, varintEnd(), to);
  if (rowid < 1) return undefined;
  const start = varintEnd();
  if (start + size > to) return undefined;
  const end = recordEnd(bytes, start, start + size, shape, minColumns, encoding);
  return end === start + size ? { record: { rowid, bytes, start, end }, next: end } : undefined;
}

/** Whether the header of a free block stands here: text, as most of a page is, claims more than a page has. */
function claimsBlock(bytes: Uint8Array, at: number, to: number): boolean {
  const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return size > FREEBLOCK_BYTES && at + size <= to;
}

function lostCell(range: Range, at: number, depth = 0): Found | undefined {
  if (range.lost.has(at) || depth > MAX_CHAIN) return range.lost.get(at);
  const found = repairedCell(range, at, depth);
  range.lost.set(at, found);
  return found;
}

/**
 * A freed cell whose first four bytes are gone: payload length, (part of) the rowid, perhaps header size and first type. Rows deleted in a row leave
 * several behind each other in one block.
 */
function repairedCell(range: Range, at: number, depth: number): Found | undefined {
  const { bytes, to, shape, encoding } = range;
  const columns = shape.columns.length;
  if (columns < MIN_REPAIR_COLUMNS) return undefined;
  const claimed = at + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  const fits = (end: number): boolean =>
    to - end <= MAX_FRAGMENT_BYTES || end === claimed || followed(range, end, depth);
  // The record's own header is whole: between it and the lost bytes stands the rest of the rowid.
  for (let start = at + FREEBLOCK_BYTES; start <= at + 9; start++) {
    const end = recordEnd(bytes, start, to, shape, range.minColumns, encoding);
    if (end < 0 || !fits(end) || !leavesRoom(start - at, end - start) || !endsVarint(bytes, at, start)) continue;
    return { record: { rowid: null, bytes, start, end }, next: end };
  }
  // The header size is lost, and with two bytes before it the first type too: only all columns, and a rowid column's NULL, can stand there.
  for (const lostType of [false, true]) {
    if (lostType && shape.rowidColumn !== 0) continue;
    const start = at + (lostType ? 2 : 3);
    const copy = repair(bytes, at + FREEBLOCK_BYTES, to, columns, lostType);
    if (copy === undefined) continue;
    const length = recordEnd(copy, 0, copy.length, shape, columns, encoding);
    if (length < 0 || !fits(start + length) || !leavesRoom(start - at, length)) continue;
    return { record: { rowid: null, bytes: copy.slice(0, length), start: 0, end: length }, next: start + length };
  }
  return undefined;
}

/** Payload length and rowid need at least this much before the record. */
function leavesRoom(before: number, size: number): boolean {
  const lengthBytes = size < 0x80 ? 1 : size < 0x4000 ? 2 : 3;
  return before >= lengthBytes + 1 && before <= lengthBytes + 9;
}

/** The bytes of the rowid that are left end a varint where the record begins. */
function endsVarint(bytes: Uint8Array, at: number, start: number): boolean {
  for (let i = at + FREEBLOCK_BYTES; i < start; i++) {
    if ((bytes[i] ?? 0) >= 0x80 === (i === start - 1)) return false;
  }
  return true;
}

function followed(range: Range, end: number, depth: number): boolean {
  for (let at = end; at <= end + MAX_FRAGMENT_BYTES; at++) {
    if (wholeCell(range, at) !== undefined) return true;
    // Without the header of a block before it, zeros would pass for a row of NULLs.
    if (claimsBlock(range.bytes, at, range.to) && lostCell(range, at, depth + 1) !== undefined) return true;
  }
  return false;
}

/** Puts header size, and a NULL as first type where that is lost, before the types that are left. */
function repair(
  bytes: Uint8Array,
  from: number,
  to: number,
  columns: number,
  lostType: boolean,
): Uint8Array | undefined {
  let at = from;
  for (let i = lostType ? 1 : 0; i < columns; i++) {
    if (varintAt(bytes, at, to) < 0) return undefined;
    at = varintEnd();
  }
  const headerBytes = at - from + (lostType ? 2 : 1);
  if (headerBytes >= 0x80) return undefined; // such a header takes two bytes, and one of them could not be lost alone
  const head = lostType ? [headerBytes, 0] : [headerBytes];
  const copy = new Uint8Array(head.length + to - from);
  copy.set(head);
  copy.set(bytes.subarray(from, to), head.length);
  return copy;
}
