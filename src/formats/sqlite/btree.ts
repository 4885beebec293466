import { FormatError } from '../../base/index.ts';
import { HEADER_BYTES, type Image, note } from './image.ts';
import { readRowid, readVarint, type Varint } from './record.ts';

/** Deeper than any real b-tree: 20 levels of 4 children hold 10^12 pages. */
const MAX_DEPTH = 20;
/** One row of more than this is not evidence that we decode; the byte scan still sees it. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** Page types (file format, section 1.6). */
export const TABLE_LEAF = 13;
const TABLE_INTERIOR = 5;
const INDEX_LEAF = 10;
const INDEX_INTERIOR = 2;

/** A copy of a b-tree page: the source may reuse its buffer while the consumer of a row reads elsewhere. */
export interface Page {
  number: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the b-tree header begins: after the file header on page 1. */
  base: number;
  type: number;
  cells: number;
}

/** Where the record of a cell lies; `bytes` is the page's own, or a new array when the record overflows. */
export interface Cell {
  rowid: number | bigint | null;
  bytes: Uint8Array;
  view: DataView;
  start: number;
  end: number;
  /** Bytes of the record that lie on the page itself. */
  localEnd: number;
  /** First byte after the cell on its page. */
  cellEnd: number;
}

/** A page and a cell to be filled again and again by one walk. */
export function newPage(image: Image): Page {
  const bytes = new Uint8Array(image.pageSizeBytes);
  return { number: 0, bytes, view: new DataView(bytes.buffer), base: 0, type: 0, cells: 0 };
}

export function newCell(page: Page): Cell {
  return { rowid: null, bytes: page.bytes, view: page.view, start: 0, end: 0, localEnd: 0, cellEnd: 0 };
}

/** Takes the content of a page over and reads its b-tree header; false when it is no b-tree page. */
export function setPage(page: Page, number: number, bytes: Uint8Array): boolean {
  page.bytes.set(bytes);
  page.number = number;
  page.base = number === 1 ? HEADER_BYTES : 0;
  page.type = page.bytes[page.base] ?? 0;
  page.cells = page.view.getUint16(page.base + 3);
  const known =
    page.type === TABLE_LEAF ||
    page.type === TABLE_INTERIOR ||
    page.type === INDEX_LEAF ||
    page.type === INDEX_INTERIOR;
  return known && cellPointers(page) + 2 * page.cells <= page.bytes.length;
}

/** Where the cell pointers begin. */
export function cellPointers(page: Page): number {
  return page.base + (page.type === TABLE_LEAF || page.type === INDEX_LEAF ? 8 : 12);
}

/**
 * Walks a table b-tree in rowid order and yields `page`, filled with one leaf after the other; damage is noted, not thrown, but for the budget.
 *
 * @param visited pages seen: a second visit is a loop or an attack
 */
export function* tableLeaves(image: Image, root: number, page: Page, visited: Set<number>): Generator<Page> {
  const stack = [{ number: root, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { number, depth } = next;
    if (!visit(image, number, depth, page, visited)) continue;
    if (page.type === TABLE_LEAF) {
      image.budget.spend(1 + page.cells);
      yield page;
      continue;
    }
    if (page.type !== TABLE_INTERIOR) {
      note(image, `page ${number}`, new FormatError('sqlite-page', -1, `type ${page.type} is no table page`));
      continue;
    }
    image.budget.spend(1 + page.cells);
    stack.push({ number: page.view.getUint32(page.base + 8), depth: depth + 1 });
    for (let i = page.cells - 1; i >= 0; i--) {
      const at = page.view.getUint16(cellPointers(page) + 2 * i);
      if (at + 4 <= page.bytes.length) stack.push({ number: page.view.getUint32(at), depth: depth + 1 });
      else note(image, `page ${number}`, new FormatError('sqlite-page', at, 'cell outside the page'));
    }
  }
}

/** Walks an index b-tree, as a WITHOUT ROWID table has it, in key order; interior cells are rows too. */
export function* indexCells(image: Image, number: number, visited: Set<number>, depth = 0): Generator<Cell> {
  const page = newPage(image);
  if (!visit(image, number, depth, page, visited)) return;
  const leaf = page.type === INDEX_LEAF;
  if (!leaf && page.type !== INDEX_INTERIOR) {
    note(image, `page ${number}`, new FormatError('sqlite-page', -1, `type ${page.type} is no index page`));
    return;
  }
  image.budget.spend(1 + page.cells);
  const cell = newCell(page);
  for (let i = 0; i < page.cells; i++) {
    const at = page.view.getUint16(cellPointers(page) + 2 * i);
    if (!leaf && at + 4 <= page.bytes.length) {
      yield* indexCells(image, page.view.getUint32(at), visited, depth + 1);
    }
    if (tryCell(image, page, leaf ? at : at + 4, cell)) yield cell;
  }
  if (!leaf) yield* indexCells(image, page.view.getUint32(page.base + 8), visited, depth + 1);
}

function visit(image: Image, number: number, depth: number, page: Page, visited: Set<number>): boolean {
  if (visited.has(number) || depth > MAX_DEPTH) {
    note(image, `page ${number}`, new FormatError('sqlite-loop', -1, 'reached twice or nested too deep'));
    return false;
  }
  visited.add(number);
  try {
    if (setPage(page, number, image.page(number))) return true;
    const why = `type ${page.type} with ${page.cells} cells is no page of a tree`;
    note(image, `page ${number}`, new FormatError('sqlite-page', -1, why));
  } catch (error) {
    note(image, `page ${number}`, error);
  }
  return false;
}

/** Reads the cell with index `i` of a leaf; a damaged one is noted and gives false. */
export function leafCell(image: Image, page: Page, i: number, cell: Cell): boolean {
  return tryCell(image, page, page.view.getUint16(cellPointers(page) + 2 * i), cell);
}

function tryCell(image: Image, page: Page, at: number, cell: Cell): boolean {
  try {
    readCell(image, page, at, cell);
    return true;
  } catch (error) {
    note(image, `page ${page.number}`, error);
    return false;
  }
}

const cursor: Varint = { value: 0, next: 0 };

/** Reads the cell at `at` with its overflow chain; throws FormatError `sqlite-…`. */
export function readCell(image: Image, page: Page, at: number, cell: Cell): void {
  const table = page.type === TABLE_LEAF;
  readVarint(page.bytes, at, cursor);
  const size = cursor.value;
  cell.rowid = table ? readRowid(page.bytes, cursor.next, cursor) : null;
  const start = cursor.next;
  if (size < 0 || size > MAX_PAYLOAD_BYTES || size > image.pageCount * image.usable) {
    throw new FormatError('sqlite-payload', at, `payload of ${size} bytes is beyond the file`);
  }
  const local = localBytes(image.usable, size, table);
  const localEnd = start + local;
  if (localEnd + (local < size ? 4 : 0) > page.bytes.length) {
    throw new FormatError('sqlite-truncated', at, 'cell reaches beyond its page');
  }
  cell.localEnd = localEnd;
  if (local === size) {
    cell.bytes = page.bytes;
    cell.view = page.view;
    cell.start = start;
    cell.end = cell.cellEnd = localEnd;
    return;
  }
  cell.cellEnd = localEnd + 4;
  cell.bytes = new Uint8Array(size);
  cell.view = new DataView(cell.bytes.buffer);
  cell.start = 0;
  cell.end = size;
  cell.bytes.set(page.bytes.subarray(start, localEnd));
  readOverflow(image, page.view.getUint32(localEnd), cell.bytes, local);
}

/** File format, section 1.6: how much of a payload stays on the page of its cell. */
export function localBytes(usable: number, size: number, table: boolean): number {
  const maxLocal = table ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (size <= maxLocal) return size;
  const minLocal = Math.floor(((usable - 12) * 32) / 255) - 23;
  const candidate = minLocal + ((size - minLocal) % (usable - 4));
  return candidate <= maxLocal ? candidate : minLocal;
}

/** The chain ends by count, so that a loop in it costs no more than the payload's own length. */
function readOverflow(image: Image, first: number, payload: Uint8Array, from: number): void {
  let next = first;
  for (let filled = from; filled < payload.length; ) {
    image.budget.spend();
    const overflow = image.page(next);
    next = new DataView(overflow.buffer, overflow.byteOffset).getUint32(0);
    const part = overflow.subarray(4, Math.min(image.usable, 4 + payload.length - filled));
    payload.set(part, filled);
    filled += part.length;
  }
}
