/** Shorter names mean nothing without their context. */
const MIN_NAME_BYTES = 5;
const BLOCKS = 1 << 16;

/**
 * Tables to find many names at once (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): two bytes tell how far no name can end
 * its first five bytes, so that most bytes are never looked at.
 */
export interface NameSearch {
  readonly shifts: Uint8Array;
  /** First pattern whose first five bytes end in this block, or -1. */
  readonly heads: Int32Array;
  readonly chain: Int32Array;
  readonly patterns: readonly { readonly name: string; readonly bytes: Uint8Array; readonly step: 1 | 2 }[];
}

const WORD = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) if (/[A-Za-z0-9._-]/.test(String.fromCharCode(byte))) WORD[byte] = 1;

/** Prepares the search for names of five bytes or more, as bytes and as UTF-16; shorter ones are left out. */
export function makeNameSearch(names: Iterable<string>): NameSearch {
  const patterns: { name: string; bytes: Uint8Array; step: 1 | 2 }[] = [];
  for (const name of new Set(names)) {
    const bytes = new TextEncoder().encode(name);
    if (bytes.length < MIN_NAME_BYTES) continue;
    patterns.push({ name, bytes, step: 1 });
    if (bytes.length === name.length) patterns.push({ name, bytes: widen(bytes), step: 2 });
  }
  const shifts = new Uint8Array(BLOCKS).fill(MIN_NAME_BYTES - 1);
  const heads = new Int32Array(BLOCKS).fill(-1);
  const chain = new Int32Array(patterns.length).fill(-1);
  for (const [i, { bytes }] of patterns.entries()) {
    for (let end = 1; end < MIN_NAME_BYTES; end++) {
      const block = blockOf(bytes[end - 1] ?? 0, bytes[end] ?? 0);
      shifts[block] = Math.min(shifts[block] ?? 0, MIN_NAME_BYTES - 1 - end);
    }
    const last = blockOf(bytes[MIN_NAME_BYTES - 2] ?? 0, bytes[MIN_NAME_BYTES - 1] ?? 0);
    chain[i] = heads[last] ?? -1;
    heads[last] = i;
  }
  return { shifts, heads, chain, patterns };
}

/**
 * Finds names that stand as whole words and begin between `from` and `to`.
 * @param found gets the name, where it begins, and the bytes per character
 */
export function findNames(
  bytes: Uint8Array,
  from: number,
  to: number,
  search: NameSearch,
  found: (name: string, start: number, step: 1 | 2) => void,
): void {
  const { shifts, heads, chain, patterns } = search;
  if (patterns.length === 0) return;
  const end = Math.min(bytes.length, to + MIN_NAME_BYTES - 1);
  let at = from + MIN_NAME_BYTES - 1;
  while (at < end) {
    const block = ((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0);
    const shift = shifts[block] ?? 0;
    if (shift > 0) {
      at += shift;
      continue;
    }
    const start = at - MIN_NAME_BYTES + 1;
    for (let i = heads[block] ?? -1; i >= 0; i = chain[i] ?? -1) {
      const pattern = patterns[i];
      if (pattern !== undefined && standsAt(bytes, start, pattern.bytes, pattern.step)) {
        found(pattern.name, start, pattern.step);
      }
    }
    at++;
  }
}

function standsAt(bytes: Uint8Array, start: number, name: Uint8Array, step: number): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  const before = start - step;
  const after = start + name.length;
  return WORD[bytes[before] ?? 0] === 0 && WORD[bytes[after] ?? 0] === 0;
}

/** UTF-16LE without the last zero byte, so that big-endian text matches from its first letter on, too. */
function widen(bytes: Uint8Array): Uint8Array {
  const wide = new Uint8Array(bytes.length * 2 - 1);
  for (const [i, byte] of bytes.entries()) wide[i * 2] = byte;
  return wide;
}

function blockOf(first: number, second: number): number {
  return (first << 8) | second;
}
