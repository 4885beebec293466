import { concatBytes } from '../../base/index.ts';
import { isPlistDict, PlistUid, type PlistValue } from './value.ts';

const APPLE_EPOCH_MS = 978_307_200_000;

/** Writes a binary property list for tests; equal values are not shared. */
export function writeBinaryPlist(value: PlistValue): Uint8Array<ArrayBuffer> {
  const objects: Uint8Array[] = [];
  add(value, objects);
  const table: Uint8Array[] = [];
  let offset = 8;
  for (const object of objects) {
    table.push(integer(offset, 4));
    offset += object.length;
  }
  const trailer = new Uint8Array(32);
  trailer.set([4, 4], 6);
  trailer.set(integer(objects.length, 4), 12);
  trailer.set(integer(offset, 4), 28);
  return concatBytes([new TextEncoder().encode('bplist00'), ...objects, ...table, trailer]);
}

/** A keyed archive of the objects behind `$null`; the root is the first of them. */
export function keyedArchive(objects: readonly PlistValue[]): Uint8Array<ArrayBuffer> {
  return writeBinaryPlist({
    $version: 100000,
    $objects: ['$null', ...objects],
    $archiver: 'NSKeyedArchiver',
    $top: { root: new PlistUid(1) },
  });
}

function add(value: PlistValue, objects: Uint8Array[]): number {
  const index = objects.push(new Uint8Array(0)) - 1;
  objects[index] = encode(value, objects);
  return index;
}

function encode(value: PlistValue, objects: Uint8Array[]): Uint8Array {
  if (value === null) return Uint8Array.of(0);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 9 : 8);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) {
    if (value >= 0 && value < 2 ** 32) return concatBytes([Uint8Array.of(0x12), integer(Number(value), 4)]);
    const bytes = new Uint8Array(9).fill(0x13, 0, 1);
    new DataView(bytes.buffer).setBigInt64(1, BigInt(value));
    return bytes;
  }
  if (typeof value === 'number') return real(0x23, value);
  if (value instanceof Date) return real(0x33, (value.getTime() - APPLE_EPOCH_MS) / 1000);
  if (value instanceof Uint8Array) return concatBytes([head(4, value.length), value]);
  if (value instanceof PlistUid) return concatBytes([Uint8Array.of(0x81), integer(value.uid, 2)]);
  if (typeof value === 'string') return text(value);
  if (!isPlistDict(value)) {
    const references = value.map((item) => integer(add(item, objects), 4));
    return concatBytes([head(0xa, value.length), ...references]);
  }
  const entries = Object.entries(value);
  const keys = entries.map(([key]) => integer(add(key, objects), 4));
  const values = entries.map(([, item]) => integer(add(item ?? null, objects), 4));
  return concatBytes([head(0xd, entries.length), ...keys, ...values]);
}

function text(value: string): Uint8Array {
  const ascii = [...value].every((char) => char < '\x80');
  const units = Array.from({ length: value.length }, (_, i) => value.charCodeAt(i));
  const body = ascii ? Uint8Array.from(units) : concatBytes(units.map((unit) => integer(unit, 2)));
  return concatBytes([head(ascii ? 5 : 6, value.length), body]);
}

function head(kind: number, count: number): Uint8Array {
  return count < 15 ? Uint8Array.of((kind << 4) | count) : concatBytes([Uint8Array.of((kind << 4) | 15, 0x12), integer(count, 4)]); // biome-ignore format: one line reads better
}

function real(marker: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9).fill(marker, 0, 1);
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function integer(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes.subarray(4 - size);
}
