import type { PageSource } from '../formats/sqlite/index.ts';

export type MaybePromise<T> = T | Promise<T>;

/** What a thing seen on a phone proves: interfaces.md, `evidence`. */
export type EvidenceKind = 'received' | 'visited' | 'connected' | 'present' | 'executed' | 'permitted' | 'structure';

/** Kinds of things that indicators can match. `app` is an Android package or an iOS bundle id, `hash` a file's digest in hex. */
export type SightingKind =
  | 'url'
  | 'host'
  | 'process'
  | 'email'
  | 'path'
  | 'profile'
  | 'app'
  | 'certificate'
  | 'hash'
  | 'property';

/** One thing that indicators can match, where it stood, and what that proves. */
export interface Sighting {
  readonly kind: SightingKind;
  readonly value: string;
  /** Path within a domain, where `value` is the absolute one. */
  readonly relativePath?: string;
  /** Of a path: which of its parts may be the name of a known process; `folders` where the last one is a sighting of its own. */
  readonly processParts?: 'all' | 'folders';
  /** Of a process: its source never cuts names, so that 16 characters are all of it. */
  readonly uncut?: true;
  readonly evidence: EvidenceKind;
  /** The app itself, or the file or certificate of an app, that the phone lists as installed; else the thing merely left its name. */
  readonly installed?: true;
  readonly artefact: string;
  readonly path: string;
  readonly locator: string;
  readonly atMs: number | undefined;
}

/** One moment of the timeline. `what` is a short label ("message received"), `detail` may hold personal data and stays in the report. */
export interface TimelineEvent {
  readonly atMs: number;
  readonly artefact: string;
  readonly path: string;
  readonly what: string;
  readonly detail: string;
  /** Device-local time whose zone the evidence does not tell. */
  readonly zoneUnknown?: true;
}

export type Artefact = {
  readonly artefact: string;
  readonly path: string;
  readonly records: number;
} & (
  | { readonly status: 'examined' | 'absent'; readonly why: null }
  | { readonly status: 'unreadable'; readonly why: string }
);

/** What is known of the phone that evidence came from; empty strings where it does not say. */
export interface PhoneIdentity {
  readonly productType: string;
  readonly osVersion: string;
  readonly buildVersion: string;
  readonly name: string;
  readonly udid: string;
}

/** Fills what is not known with empty strings. */
export function identityOf(known: Partial<PhoneIdentity>): PhoneIdentity {
  return { productType: '', osVersion: '', buildVersion: '', name: '', udid: '', ...known };
}

export interface EvidenceFile {
  /** Forward slashes, relative to the root of the tree. */
  readonly path: string;
  /** -1 where it is known only once the file is open. */
  readonly sizeBytes: number;
  readonly modifiedAtMs?: number;
}

/** Synchronous reading; the answer of `read` may be overwritten by the next one, also of another file. */
export interface OpenFile extends PageSource {
  /** Why the content is not whole, where that is known from outside of it: cut off, padding gone. */
  readonly damage?: string;
  close(): void;
}

/**
 * Evidence as it was given: a folder, or one file that is then the only entry of its tree.
 *
 * Files open at once or by promise, and are then read synchronously: promises per read cost ten times the reading itself.
 */
export interface EvidenceTree {
  /** Name in messages. */
  readonly name: string;
  readonly single: boolean;
  files(): Iterable<EvidenceFile> | AsyncIterable<EvidenceFile>;
  /** @returns undefined when there is no such file; throws when there is one that cannot be opened */
  open(path: string): MaybePromise<OpenFile | undefined>;
  /** The content of a file that `open` would take into memory whole and that is too large for it to be wise; undefined for all others. */
  stream?(path: string): AsyncIterable<Uint8Array> | undefined;
  /** Once `files` came to its end: what it passed over, with the reason; links where they are no part of the evidence. */
  skipped?(withLinks: boolean): readonly Artefact[];
  /** When a file was modified, where asking costs and `files` therefore leaves it out. */
  modifiedAtMs?(path: string): number | undefined;
}

/** Takes what a module reads, as it is read: a phone has millions of records, and only matches are kept. */
export interface Emit<R> {
  record(record: R): void;
  sighting(sighting: Sighting): void;
  /** Undefined when no timeline is wanted: call as `emit.event?.(…)`. */
  readonly event: ((event: TimelineEvent) => void) | undefined;
}

/** Reader of one kind of artefact in a source of type `S`; its records are of type `R`. */
export interface ArtefactModule<S, R> {
  readonly artefact: string;
  /** @returns one row per file of this artefact, or one row that says it is absent; FormatError for what the module cannot pin to a file */
  read(source: S, emit: Emit<R>): Promise<readonly Artefact[]>;
}

/** Reads a whole file of at most `limitBytes`; undefined when it is larger. The bytes are the caller's own. */
export function readWhole(file: OpenFile, limitBytes: number): Uint8Array | undefined {
  return file.sizeBytes > limitBytes ? undefined : file.read(0, file.sizeBytes).slice();
}

export function absent(artefact: string, path: string): Artefact {
  return { artefact, path, records: 0, status: 'absent', why: null };
}

export function examined(artefact: string, path: string, records: number): Artefact {
  return { artefact, path, records, status: 'examined', why: null };
}

export function unreadable(artefact: string, path: string, records: number, why: string): Artefact {
  return { artefact, path, records, status: 'unreadable', why };
}
