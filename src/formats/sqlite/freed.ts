import { FormatError } from '../../base/index.ts';
import { cellPointers, newPage, type Page, setPage } from './btree.ts';
import { type Image, isSpecialPage } from './image.ts';
import { walFrames } from './wal.ts';

/** Bytes that are no part of the database any more, but evidence. */
export interface FreedRegion {
  readonly kind:
    | 'freeblock'
    | 'gap'
    | 'freelist'
    /** A whole page over which the log has a newer one. */
    | 'superseded'
    /** Frames of the log after its last commit. */
    | 'uncommitted'
    /** Frames of an earlier round of the log. */
    | 'old-salt';
  readonly file: 'database' | 'wal';
  /** In that file. */
  readonly offset: number;
  readonly lengthBytes: number;
  readonly page: number;
}

/** A range within a page. */
export interface PageRange {
  readonly kind: 'freeblock' | 'gap';
  readonly from: number;
  readonly to: number;
}

export function* freedRegions(image: Image): Generator<FreedRegion> {
  const freelist = freelistPages(image);
  const page = newPage(image);
  const size = image.pageSizeBytes;
  const wal = image.wal;
  const filePages = Math.floor(image.source.sizeBytes / size);
  for (let number = 1; number <= filePages; number++) {
    image.budget.spend();
    const offset = (number - 1) * size;
    const whole = { file: 'database', offset, lengthBytes: size, page: number } as const;
    if (wal?.pages.has(number) || number > image.pageCount) yield { kind: 'superseded', ...whole };
    else if (freelist.has(number)) yield { kind: 'freelist', ...whole };
    else if (!isSpecialPage(image, number)) {
      yield* rangesIn(page, number, image.source.read(offset, size), 'database', offset);
    }
  }
  if (wal === undefined) return;
  for (const { page: number, offset, state } of walFrames(wal)) {
    image.budget.spend();
    const whole = { file: 'wal', offset, lengthBytes: size, page: number } as const;
    if (state !== 'current') yield { kind: state, ...whole };
    else if (freelist.has(number)) yield { kind: 'freelist', ...whole };
    else if (!isSpecialPage(image, number)) yield* rangesIn(page, number, wal.source.read(offset, size), 'wal', offset);
  }
}

function* rangesIn(
  page: Page,
  number: number,
  bytes: Uint8Array,
  file: 'database' | 'wal',
  offset: number,
): Generator<FreedRegion> {
  if (bytes.length < page.bytes.length || !setPage(page, number, bytes)) return;
  for (const { kind, from, to } of freeRanges(page)) {
    yield { kind, file, offset: offset + from, lengthBytes: to - from, page: number };
  }
}

/** The gap before the content of a b-tree page, and its chain of free blocks (file format, section 1.6). */
export function freeRanges(page: Page): PageRange[] {
  const { view, base } = page;
  const ranges: PageRange[] = [];
  const pointersEnd = cellPointers(page) + 2 * page.cells;
  const content = view.getUint16(base + 5) || 65_536;
  if (content > pointersEnd && content <= page.bytes.length)
    ranges.push({ kind: 'gap', from: pointersEnd, to: content });
  let last = pointersEnd;
  for (let at = view.getUint16(base + 1); at >= last && at + 4 <= page.bytes.length; ) {
    const to = at + view.getUint16(at + 2);
    if (to < at + 4 || to > page.bytes.length) break;
    ranges.push({ kind: 'freeblock', from: at, to });
    // Blocks ascend; a smaller offset is the end of the chain, or a loop.
    last = to;
    at = view.getUint16(at);
  }
  return ranges;
}

/**
 * Numbers of the pages on the freelist (file format, section 1.5), trunks included; a chain that makes no sense ends.
 *
 * @returns by page how many of its first bytes the list itself has overwritten: none but in a trunk
 */
export function freelistPages(image: Image): Map<number, number> {
  const pages = new Map<number, number>();
  let trunk = image.freelist;
  while (trunk > 0 && trunk <= image.pageCount && !pages.has(trunk)) {
    image.budget.spend();
    pages.set(trunk, 0);
    let bytes: Uint8Array;
    try {
      bytes = image.page(trunk);
    } catch (error) {
      if (error instanceof FormatError) break; // beyond the end of a truncated file: what was freed there is gone
      throw error;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = Math.min(view.getUint32(4), Math.floor(image.usable / 4) - 2);
    image.budget.spend(count);
    pages.set(trunk, 8 + 4 * count);
    for (let i = 0; i < count; i++) {
      const leaf = view.getUint32(8 + 4 * i);
      if (leaf > 0 && leaf <= image.pageCount && !pages.has(leaf)) pages.set(leaf, 0);
    }
    trunk = view.getUint32(0);
  }
  return pages;
}
