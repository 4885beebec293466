import type { PageSource } from './source.ts';

const WAL_HEADER_BYTES = 32; // file format, section 4.1
const FRAME_HEADER_BYTES = 24;
/** Frames of a log of 16 GB with pages of 4 kB; real logs have some thousand. */
const MAX_FRAMES = 4_000_000;

/** A write-ahead log: where the pages that it puts over the database lie. The log itself stays with its source. */
export interface Wal {
  readonly source: PageSource;
  readonly pageSizeBytes: number;
  /** Page number to the offset of its content in the log, up to the last commit. */
  readonly pages: ReadonlyMap<number, number>;
  /** Size of the database after the last commit, in pages; 0 when the log holds no commit. */
  readonly pageCount: number;
  /** Of the last commit frame's content in the log; 0 when there is none. */
  readonly lastCommitOffset: number;
}

/** One frame; what is not `current` is no part of the database, but evidence. */
export interface WalFrame {
  readonly page: number;
  /** Of the page's content in the log. */
  readonly offset: number;
  readonly state: 'current' | 'superseded' | 'uncommitted' | 'old-salt';
}

/**
 * Reads the frame headers of a write-ahead log.
 *
 * @returns undefined when it is empty, is no log, or has another page size than asked for
 */
export function readWal(source: PageSource, pageSizeBytes: number | undefined): Wal | undefined {
  const header = source.read(0, WAL_HEADER_BYTES).slice();
  if (header.length < WAL_HEADER_BYTES) return undefined;
  const view = new DataView(header.buffer);
  const magic = view.getUint32(0);
  const size = view.getUint32(8);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return undefined;
  if (size < 512 || size > 65_536 || (size & (size - 1)) !== 0) return undefined;
  if (pageSizeBytes !== undefined && size !== pageSizeBytes) return undefined;
  const pages = new Map<number, number>();
  let pending = new Map<number, number>();
  let [pageCount, lastCommitOffset] = [0, 0];
  for (const frame of frameHeaders(source, size)) {
    if (!frame.saltsMatch) break;
    pending.set(frame.page, frame.offset);
    if (frame.committedPages === 0) continue;
    for (const [number, offset] of pending) pages.set(number, offset);
    pending = new Map();
    pageCount = frame.committedPages;
    lastCommitOffset = frame.offset;
  }
  return { source, pageSizeBytes: size, pages, pageCount, lastCommitOffset };
}

/** Every frame of the log in its order, with what it is to the database. */
export function* walFrames(wal: Wal): Generator<WalFrame> {
  let current = true;
  for (const { page, offset, saltsMatch } of frameHeaders(wal.source, wal.pageSizeBytes)) {
    current &&= saltsMatch;
    if (!current) yield { page, offset, state: 'old-salt' };
    else if (offset > wal.lastCommitOffset) yield { page, offset, state: 'uncommitted' };
    else yield { page, offset, state: wal.pages.get(page) === offset ? 'current' : 'superseded' };
  }
}

interface FrameHeader {
  readonly page: number;
  readonly offset: number;
  readonly committedPages: number;
  readonly saltsMatch: boolean;
}

function* frameHeaders(source: PageSource, pageSizeBytes: number): Generator<FrameHeader> {
  const salts = source.read(16, 8).slice();
  const stepBytes = FRAME_HEADER_BYTES + pageSizeBytes;
  let left = MAX_FRAMES;
  for (let at = WAL_HEADER_BYTES; at + stepBytes <= source.sizeBytes && left-- > 0; at += stepBytes) {
    const head = source.read(at, FRAME_HEADER_BYTES);
    if (head.length < FRAME_HEADER_BYTES) return;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    yield {
      page: view.getUint32(0),
      offset: at + FRAME_HEADER_BYTES,
      committedPages: view.getUint32(4),
      saltsMatch: salts.every((byte, i) => head[8 + i] === byte),
    };
  }
}
