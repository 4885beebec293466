import { FormatError, type StepBudget, stepBudget } from '../../base/index.ts';
import type { TextEncoding } from './record.ts';
import type { PageSource } from './source.ts';
import { readWal, type Wal } from './wal.ts';

export const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const MAX_NOTES = 100;
/** Pages looked at to guess the size of a page when the header is gone. */
const GUESS_PAGES = 64;

/** A database as its committed pages stand: the file with its write-ahead log over it. */
export interface Image {
  readonly source: PageSource;
  readonly wal: Wal | undefined;
  readonly pageSizeBytes: number;
  /** Page size less the reserved bytes at its end. */
  readonly usable: number;
  readonly pageCount: number;
  readonly encoding: TextEncoding;
  readonly autoVacuum: boolean;
  /** First trunk page of the freelist; 0 when there is none or the header is gone. */
  readonly freelist: number;
  readonly headerIntact: boolean;
  /** Some tables may be unknown, so that a row that suits a known one by half may be of another. */
  schemaIncomplete: boolean;
  readonly budget: StepBudget;
  readonly damage: string[];
  /** All faults met, also those beyond the last note. */
  faults: number;
  /** Reads a page, which the next read may overwrite; throws FormatError `sqlite-truncated`. */
  page(number: number): Uint8Array;
}

export interface ImageOptions {
  readonly wal?: PageSource | undefined;
  readonly maxSteps: number;
  readonly salvage: boolean;
}

/** Reads header and write-ahead log; throws FormatError `sqlite-magic`, `sqlite-page-size`. */
export function readImage(source: PageSource, options: ImageOptions): Image {
  const { header, wal } = readHeader(source, options);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const intact = hasMagic(header);
  const pageSizeBytes = intact ? declaredPageSize(view) : guessPageSize(source);
  const usable = pageSizeBytes - (intact ? view.getUint8(20) : 0);
  if (usable < 480) throw new FormatError('sqlite-page-size', 20, 'Cannot open database: too many reserved bytes');
  const committed = wal !== undefined && wal.pageSizeBytes === pageSizeBytes && wal.pageCount > 0;
  const filePages = Math.ceil(source.sizeBytes / pageSizeBytes);
  // The log's claim cannot exceed what file and log hold: loops over the pages rely on it.
  const pageCount = committed ? Math.min(wal.pageCount, filePages + wal.pages.size) : filePages;
  const encoding = ([undefined, 'utf-8', 'utf-16le', 'utf-16be'] as const)[intact ? view.getUint32(56) : 1] ?? 'utf-8';
  const image: Image = {
    source,
    wal: wal?.pageSizeBytes === pageSizeBytes ? wal : undefined,
    pageSizeBytes,
    usable,
    pageCount,
    encoding,
    autoVacuum: intact && view.getUint32(52) !== 0,
    freelist: intact ? view.getUint32(32) : 0,
    headerIntact: intact,
    schemaIncomplete: false,
    budget: stepBudget(options.maxSteps, 'sqlite-steps'),
    damage: [],
    faults: 0,
    page(number) {
      const at = committed ? wal.pages.get(number) : undefined;
      const bytes =
        at !== undefined && wal !== undefined
          ? wal.source.read(at, pageSizeBytes)
          : source.read((number - 1) * pageSizeBytes, pageSizeBytes);
      if (number < 1 || number > pageCount || bytes.length < pageSizeBytes) {
        const offset = (number - 1) * pageSizeBytes;
        throw new FormatError('sqlite-truncated', offset, `Cannot read page ${number}: file ends before`);
      }
      return bytes;
    },
  };
  if (!intact)
    note(image, 'page 1', new FormatError('sqlite-magic', 0, 'the header is gone, the page size was guessed'));
  // The header's own count is valid only when the change counter agrees (file format, section 1.3.8).
  const claimed = intact && view.getUint32(24) === view.getUint32(92) ? view.getUint32(28) : 0;
  if (!committed && claimed > pageCount) {
    image.damage.push(`truncated: ${pageCount} of ${claimed} pages present`);
    image.faults++;
  }
  return image;
}

/** Adds a note that is no fault of the file's bytes. */
export function remark(image: Image, text: string): void {
  if (image.damage.length < MAX_NOTES) image.damage.push(text);
}

/** Keeps the reason of a skipped part; a used-up budget or a bug is not damage and goes on up. */
export function note(image: Image, where: string, error: unknown): void {
  if (!(error instanceof FormatError) || error.code === 'sqlite-steps') throw error;
  image.faults++;
  remark(image, `${where}: ${error.message}`);
}

/** Whether a page is no b-tree, overflow or freelist page: the lock-byte page (section 1.4) or a pointer map (section 1.8). */
export function isSpecialPage(image: Image, number: number): boolean {
  const lockPage = Math.floor(0x4000_0000 / image.pageSizeBytes) + 1;
  if (number === lockPage) return true;
  if (!image.autoVacuum || number < 2) return false;
  const group = Math.floor(image.usable / 5) + 1;
  const map = Math.floor((number - 2) / group) * group + 2;
  return number === (map === lockPage ? map + 1 : map);
}

function readHeader(source: PageSource, options: ImageOptions): { header: Uint8Array; wal: Wal | undefined } {
  const main = source.read(0, HEADER_BYTES).slice();
  if (!hasMagic(main)) {
    // A database that was never checkpointed lies in its log alone.
    const alone = options.wal === undefined ? undefined : readWal(options.wal, undefined);
    const header = alone === undefined ? undefined : headerInWal(alone);
    if (header !== undefined) return { header, wal: alone };
    if (!options.salvage || main.length < HEADER_BYTES) {
      throw new FormatError('sqlite-magic', 0, 'Cannot open database: it does not begin as SQLite 3');
    }
    return { header: main, wal: alone };
  }
  const pageSize = declaredPageSize(new DataView(main.buffer, main.byteOffset, main.byteLength));
  const wal = options.wal === undefined ? undefined : readWal(options.wal, pageSize);
  return { header: (wal === undefined ? undefined : headerInWal(wal)) ?? main, wal };
}

function headerInWal(wal: Wal): Uint8Array | undefined {
  const at = wal.pages.get(1);
  const header = at === undefined ? undefined : wal.source.read(at, HEADER_BYTES).slice();
  if (header === undefined || !hasMagic(header)) return undefined;
  const declared = new DataView(header.buffer).getUint16(16);
  return (declared === 1 ? 65_536 : declared) === wal.pageSizeBytes ? header : undefined;
}

function hasMagic(header: Uint8Array): boolean {
  return header.length === HEADER_BYTES && String.fromCharCode(...header.subarray(0, 16)) === MAGIC;
}

function declaredPageSize(header: DataView): number {
  const declared = header.getUint16(16);
  const pageSize = declared === 1 ? 65_536 : declared;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw new FormatError('sqlite-page-size', 16, `Cannot open database: page size ${pageSize} is impossible`);
  }
  return pageSize;
}

/** Takes the smallest page size that nearly as many pages suit as the best: multiples of the true size suit as well, its parts do not. */
function guessPageSize(source: PageSource): number {
  const scores: { readonly size: number; readonly score: number }[] = [];
  for (let size = 512; size <= 65_536; size *= 2) {
    const pages = Math.min(GUESS_PAGES, Math.floor(source.sizeBytes / size) - 1);
    let hits = 0;
    for (let i = 1; i <= pages; i++) if (looksLikeTree(source.read(i * size, 12), size)) hits++;
    scores.push({ size, score: pages < 1 ? 0 : hits / pages });
  }
  const best = Math.max(...scores.map(({ score }) => score));
  const chosen = scores.find(({ score }) => score > 0 && score >= 0.75 * best);
  if (chosen === undefined) {
    throw new FormatError('sqlite-magic', 0, 'Cannot open database: no page of it looks like SQLite');
  }
  return chosen.size;
}

function looksLikeTree(head: Uint8Array, pageSize: number): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const type = view.getUint8(0);
  const [count, content] = [view.getUint16(3), view.getUint16(5) || 65_536];
  return (type === 13 || type === 10 || type === 5 || type === 2) && count > 0 && 8 + 2 * count <= content && content <= pageSize && view.getUint8(7) <= 60; // biome-ignore format: one line reads better
}
