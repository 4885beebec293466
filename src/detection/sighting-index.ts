import { FormatError } from '../base/index.ts';
import type { EvidenceKind, Sighting } from '../evidence/index.ts';
import { VALUE_KINDS, type ValueKind, valuesOfSighting } from './sighting-values.ts';

/**
 * The index of what stood on a phone, by hash: what later indicators are compared with when the evidence is long gone.
 *
 * pavise.sightings/1: the magic, flags (1: some did not fit), number of records (big-endian 32 bits), then the records in ascending order of
 * their hash, the first 8 bytes of SHA-256(kind ‖ 0 ‖ value). A record: one byte of kind (bits 3 to 6) and evidence (bits 0 to 2), what the hash
 * is above the one before, in 6 bytes or where it takes more (bit 7) in 8; the first day since 2000 in 2 bytes, 0 where unknown; the days from
 * there to the last one, 7 bits a byte, lowest first.
 */
const MAGIC = 'pavise.sightings/1\n';
const HEADER_BYTES = MAGIC.length + 5;
const MIN_RECORD_BYTES = 10;
const MAX_RECORD_BYTES = 14;
const LONG = 0x80;
const FLAG_TRUNCATED = 1;
/** A phone of 300,000 messages and 200,000 visits has some 470,000 values. */
export const MAX_SIGHTINGS = 600_000;
/** Weakest first: of one value the strongest evidence is kept. `installed` is `present` of what the phone lists as installed. */
const EVIDENCE = [
  'structure',
  'received',
  'visited',
  'connected',
  'permitted',
  'present',
  'installed',
  'executed',
] as const;
const DAY_MS = 86_400_000;
const EPOCH_MS = Date.UTC(2000, 0, 1);
const MAX_DAY = 0xffff;
/** Values whose place is remembered, so that a common host or folder is hashed once in a while instead of each time. */
const MAX_REMEMBERED = 20_000;

/** SHA-256 of a text in UTF-8. */
export type TextDigest = (text: string) => Uint8Array;

export interface SightingIndex {
  /** Takes a sighting; give it to `ExamineOptions.sighting`. */
  readonly add: (sighting: Sighting) => void;
  readonly count: () => number;
  /** The index as it is sent and kept. */
  readonly encode: () => Uint8Array<ArrayBuffer>;
}

/** Makes an empty index. Holds 20 bytes a value and a small memory of common ones, never the values themselves. */
export function makeSightingIndex(digest: TextDigest): SightingIndex {
  const table = new HashTable();
  const remembered = new Map<string, number>();
  let truncated = false;
  const slotOf = (kind: ValueKind, value: string): number => {
    const key = `${kind}\0${value}`;
    const isRare = kind === 'url' || kind === 'path';
    const known = isRare ? undefined : remembered.get(key);
    if (known !== undefined) return known;
    const hash = digest(key);
    const slot = table.place(word(hash, 0), word(hash, 4));
    if (slot < 0) truncated = true;
    else if (table.grown()) remembered.clear();
    else if (!isRare) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, slot);
    }
    return slot;
  };
  return {
    add(sighting) {
      const rank = EVIDENCE.indexOf(
        sighting.evidence === 'present' && sighting.installed ? 'installed' : sighting.evidence,
      );
      const day = dayOf(sighting.atMs);
      valuesOfSighting(sighting, (kind, value) => {
        const slot = slotOf(kind, value);
        if (slot >= 0) table.see(slot, (VALUE_KINDS.indexOf(kind) << 3) | rank, day);
      });
    },
    count: () => table.count,
    encode: () => encodeTable(table, truncated),
  };
}

/** The 8 bytes under which a value stands in the index. */
export function hashOfValue(digest: TextDigest, kind: ValueKind, value: string): Uint8Array {
  return digest(`${kind}\0${value}`).subarray(0, 8);
}

/** Milliseconds since 1970 at which a day of a record begins; null for an unknown one. */
export function timeOfDay(day: number): number | null {
  return day === 0 ? null : EPOCH_MS + day * DAY_MS;
}

function dayOf(atMs: number | undefined): number {
  const day = atMs === undefined ? 0 : Math.floor((atMs - EPOCH_MS) / DAY_MS);
  return day >= 1 && day <= MAX_DAY ? day : 0;
}

/** Open addressing over typed arrays: hundreds of thousands of objects would take ten times the memory. */
class HashTable {
  count = 0;
  high = new Uint32Array(1024);
  low = new Uint32Array(1024);
  /** Kind and evidence plus one; 0 is an empty slot. */
  code = new Uint8Array(1024);
  first = new Uint16Array(1024);
  last = new Uint16Array(1024);
  private hasGrown = false;

  /** Finds the slot of a hash or takes a new one; -1 when the table is full. */
  place(high: number, low: number): number {
    this.hasGrown = false;
    let slot = this.find(high, low);
    if (this.code[slot] !== 0) return slot;
    if (this.count >= MAX_SIGHTINGS) return -1;
    if (this.count * 5 >= this.code.length * 3) {
      this.grow();
      slot = this.find(high, low);
    }
    this.count++;
    this.high[slot] = high;
    this.low[slot] = low;
    this.code[slot] = 255; // taken; `see` follows and writes the true one
    return slot;
  }

  /** Whether the last `place` moved the slots. */
  grown(): boolean {
    return this.hasGrown;
  }

  /** Notes a sighting: the stronger evidence stays, the days widen. */
  see(slot: number, code: number, day: number): void {
    const known = this.code[slot] ?? 0;
    if (known === 255 || (known - 1) >> 3 !== code >> 3 || known - 1 < code) this.code[slot] = code + 1;
    if (day === 0) return;
    const [first = 0, last = 0] = [this.first[slot], this.last[slot]];
    if (first === 0 || day < first) this.first[slot] = day;
    if (day > last) this.last[slot] = day;
  }

  private find(high: number, low: number): number {
    const mask = this.code.length - 1;
    let slot = low & mask;
    while (this.code[slot] !== 0 && (this.low[slot] !== low || this.high[slot] !== high)) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { high, low, code, first, last } = this;
    const size = code.length * 2;
    this.high = new Uint32Array(size);
    this.low = new Uint32Array(size);
    this.code = new Uint8Array(size);
    this.first = new Uint16Array(size);
    this.last = new Uint16Array(size);
    for (let i = 0; i < code.length; i++) {
      if (code[i] === 0) continue;
      const slot = this.find(high[i] ?? 0, low[i] ?? 0);
      this.high[slot] = high[i] ?? 0;
      this.low[slot] = low[i] ?? 0;
      this.code[slot] = code[i] ?? 0;
      this.first[slot] = first[i] ?? 0;
      this.last[slot] = last[i] ?? 0;
    }
    this.hasGrown = true;
  }
}

function encodeTable(table: HashTable, truncated: boolean): Uint8Array<ArrayBuffer> {
  const { high, low, code, first, last } = table;
  const slots = new Uint32Array(table.count);
  let n = 0;
  for (let i = 0; i < code.length; i++) if (code[i] !== 0) slots[n++] = i;
  slots.sort((a, b) => (high[a] ?? 0) - (high[b] ?? 0) || (low[a] ?? 0) - (low[b] ?? 0));
  const bytes = new Uint8Array(HEADER_BYTES + n * MAX_RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  bytes[MAGIC.length] = truncated ? FLAG_TRUNCATED : 0;
  view.setUint32(MAGIC.length + 1, n);
  let at = HEADER_BYTES;
  let [lastHigh, lastLow] = [0, 0];
  for (const slot of slots) {
    const [nextHigh = 0, nextLow = 0] = [high[slot], low[slot]];
    const above = nextHigh - lastHigh - (nextLow < lastLow ? 1 : 0);
    const isLong = above > 0xffff;
    bytes[at++] = ((code[slot] ?? 1) - 1) | (isLong ? LONG : 0);
    if (isLong) view.setUint32(at, above);
    else view.setUint16(at, above);
    at += isLong ? 4 : 2;
    view.setUint32(at, (nextLow - lastLow) >>> 0);
    view.setUint16(at + 4, first[slot] ?? 0);
    at += 6;
    let span = (last[slot] ?? 0) - (first[slot] ?? 0);
    for (; span > 0x7f; span >>>= 7) bytes[at++] = (span & 0x7f) | 0x80;
    bytes[at++] = span;
    [lastHigh, lastLow] = [nextHigh, nextLow];
  }
  return bytes.slice(0, at);
}

/** A decoded index in columns: objects for all records would take a hundred megabytes. */
export interface DecodedSightings {
  readonly count: number;
  /** The phone held more than fits. */
  readonly truncated: boolean;
  /** 8 bytes a record, ascending. */
  readonly hashes: Uint8Array;
  /** Kind and evidence as one number; `meaningOf` reads it. */
  readonly codes: Uint8Array;
  readonly firstDays: Uint16Array;
  readonly lastDays: Uint16Array;
}

/**
 * Reads an index, checking every record.
 *
 * Throws FormatError `sightings-magic`, `sightings-size`, `sightings-record`, `sightings-order` (records must ascend, none twice).
 */
export function decodeSightings(bytes: Uint8Array): DecodedSightings {
  for (let i = 0; i < MAGIC.length; i++) {
    if (bytes[i] !== MAGIC.charCodeAt(i))
      throw new FormatError('sightings-magic', i, 'Cannot read sightings: they do not begin as pavise.sightings/1');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length < HEADER_BYTES ? -1 : view.getUint32(MAGIC.length + 1);
  if (count < 0 || count > MAX_SIGHTINGS || bytes.length < HEADER_BYTES + count * MIN_RECORD_BYTES)
    throw new FormatError(
      'sightings-size',
      MAGIC.length,
      'Cannot read sightings: shorter than their number of records',
    );
  const flags = bytes[MAGIC.length] ?? 0;
  if (flags > FLAG_TRUNCATED) throw badRecord(MAGIC.length, 'unknown flags');
  const decoded = {
    count,
    truncated: flags === FLAG_TRUNCATED,
    hashes: new Uint8Array(count * 8),
    codes: new Uint8Array(count),
    firstDays: new Uint16Array(count),
    lastDays: new Uint16Array(count),
  };
  const hashes = new DataView(decoded.hashes.buffer);
  let [at, high, low] = [HEADER_BYTES, 0, 0];
  for (let i = 0; i < count; i++) {
    const start = at;
    // A record is at most 14 bytes long; the last ones may be shorter, and then nothing is left for the length to hide.
    if (bytes.length - at < MIN_RECORD_BYTES) throw cut(at);
    const code = bytes[at++] ?? 0;
    const isLong = code >= LONG;
    if (isLong && bytes.length - at < MIN_RECORD_BYTES + 1) throw cut(at);
    const above = isLong ? view.getUint32(at) : view.getUint16(at);
    at += isLong ? 4 : 2;
    const sum = low + view.getUint32(at);
    const nextHigh = high + above + (sum > 0xffffffff ? 1 : 0);
    if ((i > 0 && above === 0 && sum === low) || nextHigh > 0xffffffff)
      throw new FormatError('sightings-order', start, 'Cannot read sightings: hashes do not ascend');
    [high, low] = [nextHigh, sum >>> 0];
    const first = view.getUint16(at + 4);
    at += 6;
    let span = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw cut(start);
      span |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw badRecord(start, 'a number is not in its shortest form');
        break;
      }
      if (shift === 14) throw badRecord(start, 'a number is too long');
    }
    if ((code & 0x7f) >> 3 >= VALUE_KINDS.length || (isLong && above <= 0xffff)) throw badRecord(start, 'unknown kind');
    if (first + span > MAX_DAY || (first === 0 && span > 0)) throw badRecord(start, 'days that cannot be');
    hashes.setUint32(i * 8, high);
    hashes.setUint32(i * 8 + 4, low);
    decoded.codes[i] = code & 0x7f;
    decoded.firstDays[i] = first;
    decoded.lastDays[i] = first + span;
  }
  if (at !== bytes.length) throw new FormatError('sightings-size', at, 'Cannot read sightings: something follows them');
  return decoded;
}

function cut(at: number): FormatError {
  return new FormatError('sightings-size', at, 'Cannot read sightings: they are cut off');
}

function badRecord(at: number, what: string): FormatError {
  return new FormatError('sightings-record', at, `Cannot read sightings: ${what}`);
}

/** What the code of a record says. */
export function meaningOf(code: number): {
  readonly kind: ValueKind;
  readonly evidence: EvidenceKind;
  readonly installed: boolean;
} {
  const [kind, evidence] = [VALUE_KINDS[code >> 3], EVIDENCE[code & 7]];
  if (kind === undefined || evidence === undefined) throw new RangeError(`no such code: ${code}`);
  return {
    kind,
    evidence: evidence === 'installed' ? 'present' : evidence,
    installed: evidence === 'installed',
  };
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
