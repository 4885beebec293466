import type { OpenFile } from './evidence.ts';

/** A piece of text in a file that an indicator may match: judge it with the exact rules. */
export interface ByteHit {
  readonly kind: 'host' | 'email' | 'process' | 'path';
  readonly value: string;
  readonly offset: number;
}

/** What to look for; cheap filters made once per scan. */
export interface ByteScanner {
  readonly names: Uint8Array;
  readonly endings: Uint8Array;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Longer than a host name or a file name; a token over the edge of a chunk is read whole in the next one. */
const OVERLAP_BYTES = 512;
const MAX_TOKEN_BYTES = 253;
const MAX_PATH_BYTES = 1024;
const FILTER_SIZE = 1 << 16;
/** Shorter process names mean nothing without their context. */
const MIN_PROCESS_CHARS = 5;

/** 1 for the bytes of names: letters, digits, ".", "-", "_". */
const TOKEN = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) if (/[A-Za-z0-9._-]/.test(String.fromCharCode(byte))) TOKEN[byte] = 1;
const LOWER = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) LOWER[byte] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;

/** Makes filters for hosts (also those in e-mail addresses) by their last bytes, for process names and last path components by their first. */
export function makeByteScanner(hosts: Iterable<string>, names: Iterable<string>): ByteScanner {
  const scanner = { names: new Uint8Array(FILTER_SIZE), endings: new Uint8Array(FILTER_SIZE) };
  for (const host of hosts) {
    const bytes = new TextEncoder().encode(host);
    scanner.endings[endingOf(bytes, bytes.length)] = 1;
  }
  for (const name of names) {
    const bytes = new TextEncoder().encode(name);
    if (bytes.length >= MIN_PROCESS_CHARS) scanner.names[startOf(bytes, 0, bytes.length)] = 1;
  }
  return scanner;
}

/**
 * Goes once through every byte of a file and reports what the filters let pass: hosts with or without a scheme, e-mail addresses, process
 * names of five letters or more, paths. Sees deleted rows, logs and unknown schemas; text in UTF-16 it does not see.
 *
 * @returns bytes read
 */
export function scanBytes(file: OpenFile, scanner: ByteScanner, found: (hit: ByteHit) => void): number {
  let base = 0;
  while (base < file.sizeBytes) {
    const bytes = file.read(base, CHUNK_BYTES);
    if (bytes.length === 0) break;
    const last = base + bytes.length >= file.sizeBytes;
    scanChunk(bytes, base, base === 0 ? 0 : OVERLAP_BYTES, last, scanner, found);
    if (last) return file.sizeBytes;
    base += bytes.length - 2 * OVERLAP_BYTES;
  }
  return base;
}

/** Tokens that begin before `from` belong to the chunk before; those that begin in the last overlap to the next one. */
function scanChunk(
  bytes: Uint8Array,
  base: number,
  from: number,
  last: boolean,
  scanner: ByteScanner,
  found: (hit: ByteHit) => void,
): void {
  const { names, endings } = scanner;
  const end = bytes.length;
  const stop = last ? end : end - OVERLAP_BYTES;
  let at = from;
  if (from > 0) while (at > 0 && at < end && TOKEN[bytes[at] ?? 0] === 1 && TOKEN[bytes[at - 1] ?? 0] === 1) at++;
  while (at < stop) {
    if (TOKEN[bytes[at] ?? 0] === 0) {
      at++;
      continue;
    }
    const start = at;
    let dots = 0;
    do {
      if (bytes[at] === 0x2e) dots++;
      at++;
    } while (at < end && TOKEN[bytes[at] ?? 0] === 1);
    const length = at - start;
    if (length < 4 || length > MAX_TOKEN_BYTES) continue;
    if (dots > 0 && endings[endingOf(bytes, at)] === 1) {
      const value = ascii(bytes, start, at);
      found({ kind: 'host', value, offset: base + start });
      if (bytes[start - 1] === 0x40) {
        found({ kind: 'email', value: `${localPart(bytes, start - 1)}@${value}`, offset: base + start });
      }
    }
    if (length >= MIN_PROCESS_CHARS && names[startOf(bytes, start, length)] === 1) {
      const value = ascii(bytes, start, at);
      found({ kind: 'process', value, offset: base + start });
      if (bytes[start - 1] === 0x2f)
        found({ kind: 'path', value: pathBefore(bytes, start) + value, offset: base + start });
    }
  }
}

/** Hash of the last four bytes, a trailing dot left out. */
function endingOf(bytes: Uint8Array, end: number): number {
  const stop = bytes[end - 1] === 0x2e ? end - 1 : end;
  let hash = 0;
  for (let i = stop - 4; i < stop; i++) hash = (hash * 31 + (LOWER[bytes[i] ?? 0] ?? 0)) & 0xffffff;
  return (hash ^ (hash >>> 8)) & (FILTER_SIZE - 1);
}

function startOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = start; i < start + 5; i++) hash = (hash * 31 + (bytes[i] ?? 0)) & 0xffffff;
  return (hash ^ (hash >>> 8)) & (FILTER_SIZE - 1);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function localPart(bytes: Uint8Array, at: number): string {
  let start = at;
  while (
    start > 0 &&
    at - start < 64 &&
    /[A-Za-z0-9.!#$%&*+/=?^_`{|}~-]/.test(String.fromCharCode(bytes[start - 1] ?? 0))
  )
    start--;
  return ascii(bytes, start, at);
}

function pathBefore(bytes: Uint8Array, at: number): string {
  let start = at;
  while (start > 0 && at - start < MAX_PATH_BYTES) {
    const byte = bytes[start - 1] ?? 0;
    if (byte !== 0x2f && TOKEN[byte] === 0) break;
    start--;
  }
  return ascii(bytes, start, at);
}
