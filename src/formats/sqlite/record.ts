import { FormatError } from '../../base/index.ts';

export type SqliteValue = null | number | bigint | string | Uint8Array;

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** A varint: its value, and where the next field begins. */
export interface Varint {
  value: number;
  next: number;
}

/** More columns than SQLite's own upper limit (SQLITE_MAX_COLUMN can be raised to 32,767). */
const MAX_COLUMNS = 32_767;

const decoders = {
  'utf-8': new TextDecoder('utf-8', { ignoreBOM: true }),
  'utf-16le': new TextDecoder('utf-16le', { ignoreBOM: true }),
  'utf-16be': new TextDecoder('utf-16be', { ignoreBOM: true }),
};

/**
 * Reads a varint (file format, section 1.6); values beyond 2^53 lose low bits, which bounds checks then refuse.
 *
 * @param into receives the answer, so that a hot loop allocates nothing
 */
export function readVarint(bytes: Uint8Array, at: number, into: Varint): void {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new FormatError('sqlite-truncated', at, 'Cannot read varint: cell ends inside it');
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      into.value = value;
      into.next = at + i + 1;
      return;
    }
  }
  const last = bytes[at + 8];
  if (last === undefined) throw new FormatError('sqlite-truncated', at, 'Cannot read varint: cell ends inside it');
  let exact = 0n;
  for (let i = 0; i < 8; i++) exact = (exact << 7n) | BigInt((bytes[at + i] ?? 0) & 0x7f);
  into.value = Number(BigInt.asIntN(64, (exact << 8n) | BigInt(last)));
  into.next = at + 9;
}

/**
 * Decodes the wanted columns of a record (file format, section 2.1); columns that the record lacks are null.
 *
 * @param wanted stored column positions in the order of the answer; -1 gives null
 */
export function decodeRecord(payload: Uint8Array, wanted: readonly number[], encoding: TextEncoding): SqliteValue[] {
  const varint: Varint = { value: 0, next: 0 };
  readVarint(payload, 0, varint);
  const headerEnd = varint.value;
  if (headerEnd < varint.next || headerEnd > payload.length) {
    throw new FormatError('sqlite-record', 0, 'Cannot read record: header is longer than the payload');
  }
  const highest = Math.max(-1, ...wanted);
  const types: number[] = [];
  const offsets: number[] = [];
  let at = varint.next;
  let body = headerEnd;
  while (at < headerEnd && types.length <= highest) {
    readVarint(payload, at, varint);
    at = varint.next;
    const size = serialSize(varint.value);
    if (size < 0 || body + size > payload.length || types.length >= MAX_COLUMNS) {
      throw new FormatError('sqlite-record', at, 'Cannot read record: a value reaches beyond the payload');
    }
    types.push(varint.value);
    offsets.push(body);
    body += size;
  }
  return wanted.map((column) => {
    const type = types[column];
    const offset = offsets[column];
    return type === undefined || offset === undefined ? null : decodeValue(payload, type, offset, encoding);
  });
}

function serialSize(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type < 0 || type === 10 || type === 11) return -1;
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? -1;
}

function decodeValue(bytes: Uint8Array, type: number, at: number, encoding: TextEncoding): SqliteValue {
  if (type === 0) return null;
  if (type === 8) return 0;
  if (type === 9) return 1;
  if (type >= 12) {
    const value = bytes.subarray(at, at + Math.floor((type - 12) / 2));
    return type % 2 === 0 ? value.slice() : decodeText(value, encoding);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  switch (type) {
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getInt16(0);
    case 3:
      return view.getInt8(0) * 65_536 + view.getUint16(1);
    case 4:
      return view.getInt32(0);
    case 5:
      return view.getInt16(0) * 4_294_967_296 + view.getUint32(2);
    case 6: {
      const value = view.getBigInt64(0);
      const plain = Number(value);
      return Number.isSafeInteger(plain) ? plain : value;
    }
    default:
      return view.getFloat64(0);
  }
}

function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  if (encoding === 'utf-8' && bytes.length < 48) {
    let text = '';
    let i = 0;
    for (; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (i === bytes.length) return text;
  }
  return decoders[encoding].decode(bytes);
}
