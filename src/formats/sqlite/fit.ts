import { serialSize, type TextEncoding } from './record.ts';
import type { Affinity, TableShape } from './schema.ts';

const strict = {
  'utf-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true }),
};
/** Control characters other than tab, line feed and carriage return. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** Where the varint that `varintAt` read ends. */
let next = 0;

/** Reads a varint that must end before `limit` and be below 2^53; -1 when it does not. */
export function varintAt(bytes: Uint8Array, at: number, limit: number): number {
  let value = 0;
  for (let i = at; i < limit && i < at + 8; i++) {
    const byte = bytes[i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      next = i + 1;
      return value <= Number.MAX_SAFE_INTEGER ? value : -1;
    }
  }
  return -1;
}

export function varintEnd(): number {
  return next;
}

/**
 * Checks that a record with the shape of the table begins at `start`, and gives where it ends, or -1.
 *
 * Made for carving, so it would rather miss a row than invent one: types must suit the columns, NOT NULL and the rowid's column hold, text must
 * decode and be free of control characters, the header must end exactly with its last type.
 * @param minColumns fewer than all when columns may have been added after the row was written
 */
export function recordEnd(
  bytes: Uint8Array,
  start: number,
  limit: number,
  shape: TableShape,
  minColumns: number,
  encoding: TextEncoding,
): number {
  const headerBytes = varintAt(bytes, start, limit);
  const headerEnd = start + headerBytes;
  let at = next;
  const { columns } = shape;
  if (headerBytes < 1 + minColumns || headerEnd > limit) return -1;
  let body = headerEnd;
  let count = 0;
  while (at < headerEnd) {
    const type = varintAt(bytes, at, headerEnd);
    const column = columns[count];
    if (type < 0 || column === undefined) return -1;
    at = next;
    if (count === shape.rowidColumn ? type !== 0 : !suits(type, column.affinity, column.notNull)) return -1;
    body += serialSize(type);
    if (body > limit) return -1;
    count++;
  }
  if (count < minColumns) return -1;
  return valuesMakeSense(bytes, start, headerEnd, encoding) ? body : -1;
}

/** How many columns a row must have: the later ones may have been added after it was written. All, where other tables may be unknown. */
export function minimumColumns(shape: TableShape, schemaIncomplete: boolean): number {
  return schemaIncomplete ? shape.columns.length : Math.max(1, Math.ceil(shape.columns.length / 2));
}

function suits(type: number, affinity: Affinity, notNull: boolean): boolean {
  if (type === 10 || type === 11) return false;
  if (type === 0) return !notNull;
  switch (affinity) {
    case 'integer':
    case 'real':
      return type < 10;
    case 'numeric':
      return type < 10 || type % 2 === 1; // dates as text
    case 'text':
      return type >= 12; // Core Data keeps some text as blobs
    case 'none':
      return true;
  }
}

function valuesMakeSense(bytes: Uint8Array, start: number, headerEnd: number, encoding: TextEncoding): boolean {
  varintAt(bytes, start, headerEnd);
  let at = next;
  let from = headerEnd;
  while (at < headerEnd) {
    const type = varintAt(bytes, at, headerEnd);
    at = next;
    const size = serialSize(type);
    if (type === 7) {
      const value = new DataView(bytes.buffer, bytes.byteOffset + from).getFloat64(0);
      if (!Number.isFinite(value) || (value !== 0 && (Math.abs(value) > 1e20 || Math.abs(value) < 1e-20))) return false;
    }
    if (type >= 13 && type % 2 === 1 && !isText(bytes.subarray(from, from + size), encoding)) return false;
    from += size;
  }
  return true;
}

function isText(bytes: Uint8Array, encoding: TextEncoding): boolean {
  try {
    return !CONTROL.test(strict[encoding].decode(bytes));
  } catch {
    return false; // not valid in this encoding
  }
}
