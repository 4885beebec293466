import type { OpenFile } from './evidence.ts';
import { findNames, makeNameSearch, type NameSearch } from './name-search.ts';

/** A piece of text in a file that an indicator may match: judge it with the exact rules. */
export interface ByteHit {
  readonly kind: 'url' | 'host' | 'email' | 'process' | 'path';
  readonly value: string;
  readonly offset: number;
  /** The host stands in the path or query of a link to another host, as in the address of a page about it. */
  readonly mentioned?: true;
}

/** What to look for; made once per scan. */
export interface ByteScanner {
  /** Bits for the hashes of hosts. */
  readonly hosts: Uint8Array;
  readonly names: NameSearch;
}

export const SCAN_WINDOW_BYTES = 4 * 1024 * 1024;
/** Longer than a host name or a file name; what lies over the edge of a chunk is read whole in the next one. */
const OVERLAP_BYTES = 512;
/** RFC 1035, section 2.3.4. */
const MAX_HOST_CHARS = 253;
const MAX_PATH_BYTES = 1024;
const MAX_URL_BYTES = 2048;
/** With 5,000 hosts one name in 400 passes by chance, and is then judged exactly. */
const HOST_BITS = 1 << 21;

/** 1 for the bytes of names: letters, digits, ".", "-", "_". */
const TOKEN = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) if (/[A-Za-z0-9._-]/.test(String.fromCharCode(byte))) TOKEN[byte] = 1;
const LOWER = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) LOWER[byte] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
/** 1 for what may stand in a link. */
const LINK = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte++) if (!/["'<>`\\^{}|]/.test(String.fromCharCode(byte))) LINK[byte] = 1;
/** What a link is made of where it is followed back; punctuation that parts one value from the next is left out. */
const LINK_CHAR = /[#$%&+\-./0-9:=?@A-Z_a-z~]/;
const [DOT, AT, SLASH] = [0x2e, 0x40, 0x2f];

/** Makes the search for hosts (also those in e-mail addresses and links) and for names of processes and files. */
export function makeByteScanner(hosts: Iterable<string>, names: Iterable<string>): ByteScanner {
  const scanner = { hosts: new Uint8Array(HOST_BITS >> 3), names: makeNameSearch(names) };
  for (const host of hosts) {
    let hash = 0;
    for (let i = host.length - 1; i >= 0; i--)
      hash = (Math.imul(hash, 31) + (LOWER[host.charCodeAt(i) & 0xff] ?? 0)) | 0;
    const bit = bitOf(hash);
    scanner.hosts[bit >> 3] = (scanner.hosts[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return scanner;
}

/** Looks through a file that is given window by window. */
export interface FileScan {
  /** Looks at a window whose first byte is byte `at` of the file. @returns how many bytes are done with: the next window begins behind them */
  take(bytes: Uint8Array, at: number, last: boolean): number;
}

/**
 * Goes once through every byte of a file and reports what may match: hosts with or without a scheme, links, e-mail addresses, process names of
 * five letters or more, paths; as bytes and as UTF-16. Sees deleted rows, logs and unknown schemas.
 *
 * @param digest takes every byte once, in order
 * @returns bytes read
 */
export function scanBytes(
  file: OpenFile,
  scanner: ByteScanner,
  found: (hit: ByteHit) => void,
  digest?: { update(bytes: Uint8Array): void },
): number {
  const scan = fileScan(scanner, found, digest);
  let base = 0;
  while (base < file.sizeBytes) {
    const bytes = file.read(base, SCAN_WINDOW_BYTES);
    if (bytes.length === 0) break;
    if (base + bytes.length >= file.sizeBytes) {
      scan.take(bytes, base, true);
      return file.sizeBytes;
    }
    base += scan.take(bytes, base, false);
  }
  return base;
}

/** `scanBytes` for windows, each of at least 2 kB unless it is the last. */
export function fileScan(
  scanner: ByteScanner,
  found: (hit: ByteHit) => void,
  digest?: { update(bytes: Uint8Array): void },
): FileScan {
  let digested = 0;
  return {
    take(bytes, base, last) {
      digest?.update(bytes.subarray(digested - base));
      digested = base + bytes.length;
      const from = base === 0 ? 0 : OVERLAP_BYTES;
      const to = last ? bytes.length : bytes.length - OVERLAP_BYTES;
      findHosts(bytes, base, from, to, scanner.hosts, found);
      findNames(bytes, from, to, scanner.names, (name, start, step) => {
        found({ kind: 'process', value: name, offset: base + start });
        if (step === 1 && bytes[start - 1] === SLASH) {
          found({ kind: 'path', value: pathBefore(bytes, start) + name, offset: base + start });
        }
      });
      return last ? bytes.length : bytes.length - 2 * OVERLAP_BYTES;
    },
  };
}

/** Looks at every dot: only there can a host be, and most bytes are none. */
function findHosts(
  bytes: Uint8Array,
  base: number,
  from: number,
  to: number,
  hosts: Uint8Array,
  found: (hit: ByteHit) => void,
): void {
  for (let at = bytes.indexOf(DOT, from); at >= 0 && at < to; at = bytes.indexOf(DOT, at)) {
    const step = bytes[at + 1] === 0 ? 2 : 1;
    if (TOKEN[bytes[at + step] ?? 0] === 0 || at < step || TOKEN[bytes[at - step] ?? 0] === 0) {
      at++;
      continue;
    }
    const limit = Math.min(bytes.length, at + MAX_HOST_CHARS * step);
    let end = at + step;
    while (end < limit && TOKEN[bytes[end] ?? 0] === 1 && (step === 1 || bytes[end + 1] === 0)) end += step;
    const floor = Math.max(0, at - MAX_HOST_CHARS * step);
    let start = at - step;
    while (start - step >= floor && TOKEN[bytes[start - step] ?? 0] === 1 && (step === 1 || bytes[start - 1] === 0)) {
      start -= step;
    }
    judgeToken(bytes, base, start, end, step, hosts, found);
    at = Math.max(at + 1, end);
  }
}

/** Hashes the labels from the right, and asks at each whether a host ends here. */
function judgeToken(
  bytes: Uint8Array,
  base: number,
  start: number,
  end: number,
  step: number,
  hosts: Uint8Array,
  found: (hit: ByteHit) => void,
): void {
  let stop = end;
  while (stop > start && bytes[stop - step] === DOT) stop -= step;
  let hash = 0;
  for (let i = stop - step; i >= start; i -= step) {
    hash = (Math.imul(hash, 31) + (LOWER[bytes[i] ?? 0] ?? 0)) | 0;
    if (i > start && bytes[i - step] !== DOT) continue;
    const bit = bitOf(hash);
    if (((hosts[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
    tellHost(bytes, base, start, stop, step, found);
    return;
  }
}

function tellHost(
  bytes: Uint8Array,
  base: number,
  start: number,
  stop: number,
  step: number,
  found: (hit: ByteHit) => void,
): void {
  const value = ascii(bytes, start, stop, step);
  const offset = base + start;
  found({ kind: 'host', value, offset, ...(isMentioned(bytes, start, step) ? { mentioned: true } : {}) });
  if (bytes[start - step] === AT) {
    const local = textBefore(bytes, start - step, step, /[A-Za-z0-9.!#$%&*+/=?^_`{|}~-]/, 64);
    found({ kind: 'email', value: `${local}@${value}`, offset });
  }
  if (bytes[start - step] === SLASH && bytes[start - 2 * step] === SLASH) {
    const scheme = textBefore(bytes, start - 3 * step, step, /[A-Za-z0-9+.-]/, 10);
    let end = stop;
    while (end < bytes.length && end - start < MAX_URL_BYTES * step && LINK[bytes[end] ?? 0] === 1) end += step;
    found({ kind: 'url', value: `${scheme}://${ascii(bytes, start, end, step)}`, offset });
  }
}

/** Whether a link leads elsewhere and only speaks of this host; one that names it with a scheme of its own may lead there. */
function isMentioned(bytes: Uint8Array, start: number, step: number): boolean {
  if (bytes[start - step] === SLASH && bytes[start - 2 * step] === SLASH) return false;
  const before = textBefore(bytes, start, step, LINK_CHAR, MAX_HOST_CHARS);
  return /^.*?:\/\/[^/?#@]+[/?#]/.test(before);
}

function bitOf(hash: number): number {
  return (hash ^ (hash >>> 13)) & (HOST_BITS - 1);
}

function ascii(bytes: Uint8Array, start: number, end: number, step: number): string {
  let text = '';
  for (let i = start; i < end; i += step) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

function textBefore(bytes: Uint8Array, end: number, step: number, allowed: RegExp, limit: number): string {
  let start = end;
  while (
    start - step >= 0 &&
    (end - start) / step < limit &&
    allowed.test(String.fromCharCode(bytes[start - step] ?? 0))
  )
    start -= step;
  return ascii(bytes, start, end, step);
}

function pathBefore(bytes: Uint8Array, at: number): string {
  let start = at;
  while (start > 0 && at - start < MAX_PATH_BYTES) {
    const byte = bytes[start - 1] ?? 0;
    if (byte !== SLASH && TOKEN[byte] === 0) break;
    start--;
  }
  return ascii(bytes, start, at, 1);
}
