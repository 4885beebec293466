import type { OpenFile } from '../evidence.ts';

/** A part of a dumpstate file: what one service wrote, or the system properties. */
export interface DumpSection {
  /** Name of the service, or one of the titles that are read. */
  readonly service: string;
  /** Bytes of the file, header line excluded. */
  readonly from: number;
  readonly to: number;
}

export const PROPERTIES = 'SYSTEM PROPERTIES';
/** What lists the programs that run: `ps` and `top`; before Android 8 `ps` had the second title. */
export const PROCESS_TITLES = ['PROCESSES AND THREADS', 'PROCESSES', 'CPU INFO'] as const;
const TITLES: ReadonlySet<string> = new Set([PROPERTIES, ...PROCESS_TITLES]);

export const SECTION_WINDOW_BYTES = 1024 * 1024;
/** Headers are shorter; of other lines only the start matters. */
const MAX_HEADER_BYTES = 256;
/** A phone has about 300 services. */
const MAX_SECTIONS = 20_000;
const [NEWLINE, DASH, LETTER_D] = [0x0a, 0x2d, 0x44];

/** With a priority the service stands behind it (AOSP dumpsys, `writeDumpHeader`). */
const SERVICE = /^DUMP OF SERVICE (?:(?:CRITICAL|HIGH|NORMAL|DEFAULT) )?(\S+):\s*$/;
const FENCE = /^-{78,}/;
/** "------ SYSTEM PROPERTIES (getprop) ------", AOSP dumpstate. */
const TITLE = /^------ (.+?) (?:\(.*\) )?------\s*$/;

/**
 * Finds the sections of a dumpstate or dumpsys file in one pass over its bytes; memory does not grow with the file.
 *
 * A section ends at the next line of 78 dashes, the next service or the next title.
 */
export function findSections(file: OpenFile): readonly DumpSection[] {
  const finder = sectionFinder();
  for (let at = 0; at < file.sizeBytes; ) {
    const bytes = file.read(at, SECTION_WINDOW_BYTES);
    if (bytes.length === 0) break;
    at += finder.take(bytes, at, at + bytes.length >= file.sizeBytes);
  }
  return finder.end(file.sizeBytes);
}

/** Finds sections in bytes that are given window by window. */
export interface SectionFinder {
  /** Looks at a window whose first byte is byte `at` of the file. @returns how many bytes are done with: the next window begins behind them */
  take(bytes: Uint8Array, at: number, last: boolean): number;
  /** Sections so far; the one that is open ends at `at`. */
  soFar(at: number): readonly DumpSection[];
  end(sizeBytes: number): readonly DumpSection[];
}

export function sectionFinder(): SectionFinder {
  const sections: DumpSection[] = [];
  let open: { service: string; from: number } | undefined;
  const soFar = (at: number): readonly DumpSection[] =>
    open === undefined || sections.length >= MAX_SECTIONS ? sections : [...sections, { ...open, to: at }];
  const lines = headerLines((text, at, next) => {
    const service = SERVICE.exec(text)?.[1];
    const title = service === undefined ? TITLE.exec(text)?.[1] : undefined;
    if (service === undefined && title === undefined && !FENCE.test(text)) return;
    if (open !== undefined && sections.length < MAX_SECTIONS) sections.push({ ...open, to: at });
    open = undefined;
    if (service !== undefined) open = { service, from: next };
    else if (title !== undefined && TITLES.has(title)) open = { service: title, from: next };
  });
  return { take: lines, soFar, end: soFar };
}

/** Calls `found` for lines that begin with "------" or "DUMP": text, start, start of the next line. */
function headerLines(found: (text: string, at: number, next: number) => void): SectionFinder['take'] {
  const decoder = new TextDecoder();
  let insideLine = false;
  return (bytes, at, last) => {
    let start = insideLine ? bytes.indexOf(NEWLINE) + 1 : 0;
    if (insideLine && start === 0) return bytes.length;
    insideLine = false;
    // A header must not be cut by the end of the window: the next one begins with its line.
    while (start < bytes.length && (last || start === 0 || start + MAX_HEADER_BYTES <= bytes.length)) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline;
      if (mayBeHeader(bytes, start)) {
        const text = decoder.decode(bytes.subarray(start, Math.min(end, start + MAX_HEADER_BYTES)));
        found(text, at + start, at + Math.min(end + 1, bytes.length));
      }
      if (newline < 0) {
        insideLine = true;
        start = bytes.length;
      } else start = end + 1;
    }
    return start;
  };
}

function mayBeHeader(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start];
  if (first === LETTER_D) return bytes[start + 1] === 0x55 && bytes[start + 4] === 0x20;
  return first === DASH && bytes[start + 1] === DASH && bytes[start + 5] === DASH;
}
