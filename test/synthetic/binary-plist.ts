/** A reference to another object of a keyed archive. */
export class Uid {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

export type PlistInput = string | number | boolean | Uint8Array | Uid | Date | readonly PlistInput[] | PlistInputDict;
export interface PlistInputDict {
  readonly [key: string]: PlistInput;
}

/** Writes a binary property list ("bplist00"), as iOS writes them; integers are of 1, 2, 4 or 8 bytes. */
export function writeBinaryPlist(root: PlistInput): Uint8Array {
  const objects: Buffer[] = [];
  const top = add(root, objects);
  const refBytes = 2;
  // References were written with two bytes: enough for the small lists of a generated phone.
  if (objects.length > 0xffff) throw new Error('Cannot write property list: too many objects');
  let at = 8;
  const offsets = objects.map((object) => {
    const offset = at;
    at += object.length;
    return offset;
  });
  const table = Buffer.alloc(offsets.length * 4);
  for (const [i, offset] of offsets.entries()) table.writeUInt32BE(offset, i * 4);
  const trailer = Buffer.alloc(32);
  trailer[6] = 4;
  trailer[7] = refBytes;
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(top), 16);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return Buffer.concat([Buffer.from('bplist00'), ...objects, table, trailer]);
}

function add(value: PlistInput, objects: Buffer[]): number {
  const index = objects.length;
  objects.push(Buffer.alloc(0));
  objects[index] = encode(value, objects);
  return index;
}

function encode(value: PlistInput, objects: Buffer[]): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 0x09 : 0x08]);
  if (typeof value === 'number') return Number.isInteger(value) ? integer(value) : real(0x23, value);
  if (typeof value === 'string') {
    const ascii = /^[\0-\x7f]*$/.test(value);
    const bytes = ascii ? Buffer.from(value) : Buffer.from(value, 'utf16le').swap16();
    return Buffer.concat([head(ascii ? 0x50 : 0x60, value.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(0x40, value.length), value]);
  if (value instanceof Uid) return Buffer.from([0x81, value.index >> 8, value.index & 0xff]);
  if (value instanceof Date) return real(0x33, value.getTime() / 1000 - 978_307_200);
  if (isList(value)) {
    return Buffer.concat([head(0xa0, value.length), ...value.map((item) => reference(add(item, objects)))]);
  }
  const entries = Object.entries(value);
  const keys = entries.map(([key]) => reference(add(key, objects)));
  const values = entries.map(([, item]) => reference(add(item, objects)));
  return Buffer.concat([head(0xd0, entries.length), ...keys, ...values]);
}

function isList(value: PlistInput): value is readonly PlistInput[] {
  return Array.isArray(value);
}

function head(kind: number, count: number): Buffer {
  return count < 15 ? Buffer.from([kind | count]) : Buffer.concat([Buffer.from([kind | 15]), integer(count)]);
}

function integer(value: number): Buffer {
  if (value >= 0 && value < 256) return Buffer.from([0x10, value]);
  const buffer = Buffer.alloc(9);
  buffer[0] = 0x13;
  buffer.writeBigInt64BE(BigInt(value), 1);
  return buffer;
}

function real(kind: number, value: number): Buffer {
  const buffer = Buffer.alloc(9);
  buffer[0] = kind;
  buffer.writeDoubleBE(value, 1);
  return buffer;
}

function reference(index: number): Buffer {
  return Buffer.from([index >> 8, index & 0xff]);
}
