import type { CheckReport } from '../../detection/api.ts';

/** What the page tells its worker: begin, or the answer to a question. */
export type ToWorker =
  | {
      readonly type: 'begin';
      readonly evidence: WorkerEvidence;
      readonly password: string;
      /** Files of indicators, as bytes with their names. */
      readonly indicators: readonly { readonly name: string; readonly bytes: Uint8Array }[];
      readonly level: 'quick' | 'thorough';
      /** Also makes the index of hashes that a server compares later indicators with. */
      readonly wantSightings: boolean;
      readonly nowMs: number;
    }
  | { readonly type: 'file'; readonly id: number; readonly file: File | undefined; readonly why?: string }
  | { readonly type: 'names'; readonly id: number; readonly batch: NameBatch };

/** Folders nested deeper are not read, as on the command line; the report says which. */
export const MAX_DEPTH = 40;

/** Some names of files in a folder; empty at the end. */
export interface NameBatch {
  readonly names: readonly string[];
  /** Folders met on the way that lie deeper than MAX_DEPTH. */
  readonly tooDeep: readonly string[];
}

/**
 * Evidence as a worker reaches it. Folders that the person picked are handles, which a worker may hold; folders that were dropped stay with
 * the page, which hands over one file at a time: a backup has a million, and the browser keeps ten kilobytes for each that it knows.
 */
export type WorkerEvidence =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'handle'; readonly handle: FileSystemDirectoryHandle }
  | { readonly kind: 'page'; readonly name: string };

/** What a check gives. */
export interface CheckResult {
  readonly report: CheckReport;
  /** The report as a page of its own. */
  readonly html: string;
  readonly indicatorCount: number;
  /** pavise.sightings/1, where it was wanted. */
  readonly sightings: Uint8Array<ArrayBuffer> | undefined;
}

/** What a worker tells the page. */
export type FromWorker =
  | { readonly type: 'progress'; readonly text: string; readonly done: number; readonly total: number | undefined }
  | { readonly type: 'open'; readonly id: number; readonly path: string }
  | { readonly type: 'list'; readonly id: number; readonly pass: number }
  | { readonly type: 'done'; readonly result: CheckResult }
  | { readonly type: 'unknown' }
  | { readonly type: 'failed'; readonly why: string };
