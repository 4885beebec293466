import type { OpenFile } from '../evidence/index.ts';
import { type byteScannerOf, type FileFindings, scanFile, scanStream } from './file-scan.ts';
import type { Finding } from './finding.ts';
import type { Platform } from './indicators/index.ts';

/** Files between two words of progress. */
const PROGRESS_EVERY = 64;
const MAX_WAITING = 20_000;

/** Where the scan counts what it has read, and keeps what can wait no longer. */
interface ScanRecord {
  readonly found: { add(finding: Finding): void };
  bytesRead: number;
  files: number;
}

interface ScanOptions {
  progress(text: string, done: number, total: number | undefined): void;
  readonly signal?: AbortSignal;
}

/** The byte scan of the files of one tree. */
export interface TreeScan {
  /** Says who takes what is found from now on, of which system the phone is, and how many files there will be; hands over what has waited. */
  giveTo(take: (finding: Finding) => void, platform: Platform | undefined, fileCount: number | undefined): void;
  /** Scans a file of an iPhone's archive, which is read but once, while it is still being opened. */
  passBy(file: OpenFile, name: string): void;
  visit(file: OpenFile, name: string): void;
  pass(stream: AsyncIterable<Uint8Array>, name: string): Promise<void>;
}

/** What is found while an archive that is read but once is being opened waits for the modules, which tell it better. */
export function scanOfTree(
  scanner: ReturnType<typeof byteScannerOf>,
  record: ScanRecord,
  { progress, signal }: ScanOptions,
): TreeScan {
  const waiting: Finding[] = [];
  // Beyond what may wait, the same may be counted twice.
  let take = (finding: Finding): void => {
    if (waiting.length < MAX_WAITING) waiting.push(finding);
    else record.found.add(finding);
  };
  let total: number | undefined;
  let platform: Platform | undefined;
  const keep = ({ bytesRead, findings }: FileFindings): void => {
    record.bytesRead += bytesRead;
    record.files++;
    if (record.files % PROGRESS_EVERY === 0) progress('Reading every file', record.files, total);
    for (const finding of findings) take(finding);
  };
  return {
    giveTo(taker, system, fileCount) {
      take = taker;
      platform = system;
      total = fileCount;
      for (const finding of waiting.splice(0)) take(finding);
    },
    passBy(file, name) {
      signal?.throwIfAborted();
      keep(scanFile(scanner, file, name, 'ios'));
    },
    visit(file, name) {
      signal?.throwIfAborted();
      keep(scanFile(scanner, file, name, platform));
    },
    async pass(stream, name) {
      signal?.throwIfAborted();
      keep(await scanStream(scanner, stream, name, platform));
    },
  };
}
