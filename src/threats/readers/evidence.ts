import type { PageSource } from '../../formats/sqlite/index.ts';

/** What a thing seen on a phone proves: interfaces.md, `evidence`. */
export type EvidenceKind = 'received' | 'visited' | 'connected' | 'present' | 'executed' | 'permitted' | 'structure';

export interface Sighting {
  readonly kind: 'url' | 'host' | 'process' | 'email' | 'path' | 'profile';
  readonly value: string;
  /** Path within a domain, where `value` is the absolute one. */
  readonly relativePath?: string;
  readonly evidence: EvidenceKind;
  readonly artefact: string;
  readonly path: string;
  readonly locator: string;
  readonly atMs: number | undefined;
}

export type Artefact = {
  readonly artefact: string;
  readonly path: string;
  readonly records: number;
} & (
  | { readonly status: 'examined' | 'absent'; readonly why: null }
  | { readonly status: 'unreadable'; readonly why: string }
);

export interface EvidenceFile {
  /** Forward slashes, relative to the folder. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Synchronous reading; the answer of `read` may be overwritten by the next one, also of another file. */
export interface OpenFile extends PageSource {
  close(): void;
}

/** A folder of evidence, read synchronously: promises per read cost ten times the reading itself. */
export interface EvidenceFolder {
  files(): Iterable<EvidenceFile>;
  /** @returns undefined when there is no such file; throws when there is one that cannot be opened */
  open(path: string): OpenFile | undefined;
}

/** Seconds between 1970-01-01 and 2001-01-01, the epoch of Core Data. */
const APPLE_EPOCH_SECONDS = 978_307_200;
const MAX_APPLE_SECONDS = 7_258_118_400;

/** Apple seconds, or nanoseconds as newer message databases have them, to milliseconds since 1970; undefined for zero and nonsense. */
export function appleTimeMs(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return undefined;
  const seconds = number > 1e12 ? number / 1e9 : number;
  return seconds > MAX_APPLE_SECONDS ? undefined : Math.round((seconds + APPLE_EPOCH_SECONDS) * 1000);
}

/** Reads a whole file of at most `limitBytes`; undefined when it is larger. */
export function readWhole(file: OpenFile, limitBytes: number): Uint8Array | undefined {
  return file.sizeBytes > limitBytes ? undefined : file.read(0, file.sizeBytes).slice();
}
