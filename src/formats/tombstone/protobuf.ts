import { FormatError } from '../../base/index.ts';

/** A field of a message: a number for wire types 0, 1 and 5, else the bytes. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number | Uint8Array;
  /** The unsigned 64-bit value of a number. */
  readonly exact?: bigint;
}

/** A tombstone's own message has some thousand (memory mappings). */
const MAX_FIELDS = 200_000;

/** Splits a message into its fields (protobuf.dev, "Encoding"); throws FormatError `tombstone-protobuf`. Groups are refused. */
export function protobufFields(bytes: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw bad(at, 'it ends inside a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw bad(at, 'a number is longer than ten bytes');
  };
  const numeric = (number: number, exact: bigint): void => {
    // Negative int32 and int64 are ten-byte varints.
    const signed = BigInt.asIntN(64, exact);
    fields.push({ number, value: Number(signed), exact });
  };
  while (at < bytes.length) {
    if (fields.length >= MAX_FIELDS) throw bad(at, `more than ${MAX_FIELDS} fields`);
    const key = Number(varint());
    const number = Math.floor(key / 8);
    if (number < 1 || number > 0x1fff_ffff) throw bad(at, 'a field number is out of range');
    const type = key % 8;
    const size = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? Number(varint()) : 0;
    if (size > bytes.length - at) throw bad(at, 'a field reaches beyond the end');
    if (type === 0) numeric(number, varint());
    else if (type === 1) numeric(number, view.getBigUint64(at, true));
    else if (type === 5) numeric(number, BigInt(view.getUint32(at, true)));
    else if (type === 2) fields.push({ number, value: bytes.subarray(at, at + size) });
    else throw bad(at, `wire type ${type} is not known`);
    at += size;
  }
  return fields;
}

function bad(offset: number, why: string): FormatError {
  return new FormatError('tombstone-protobuf', offset, `Cannot parse tombstone: ${why}`);
}
