import { crc32, deflateRawSync } from 'node:zlib';
import { concatBytes, utf8Bytes } from '../../base/index.ts';

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly stored?: boolean;
  /** Sizes and checksum behind the data, as streaming writers do. */
  readonly descriptor?: boolean;
  readonly zip64?: boolean;
  readonly flags?: number;
  readonly method?: number;
  /** What the directory claims in place of the truth. */
  readonly claim?: { readonly sizeBytes?: number; readonly crc32?: number; readonly headerOffset?: number };
}

/** Makes a zip as foreign tools do: deflated, with or without descriptors and zip64 fields. */
export function makeZip(parts: readonly ZipPart[]): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const packed = part.stored ? part.data : new Uint8Array(deflateRawSync(part.data));
    const sum = crc32(part.data);
    const method = part.method ?? (part.stored ? 0 : 8);
    const flags = (part.flags ?? 0) | (part.descriptor ? 8 : 0);
    const local = header(30, 0x04034b50, part.name, (view) => {
      view.setUint16(6, flags, true);
      view.setUint16(8, method, true);
      if (part.descriptor) return;
      view.setUint32(14, sum, true);
      view.setUint32(18, packed.length, true);
      view.setUint32(22, part.data.length, true);
    });
    const size = part.claim?.sizeBytes ?? part.data.length;
    const at = part.claim?.headerOffset ?? offset;
    const extra = part.zip64 ? zip64Extra(size, packed.length, at) : new Uint8Array(0);
    const record = header(46, 0x02014b50, part.name, (view) => {
      view.setUint16(8, flags, true);
      view.setUint16(10, method, true);
      view.setUint32(12, 0x58a168fd, true); // 2024-05-01 13:07:58
      view.setUint32(16, part.claim?.crc32 ?? sum, true);
      view.setUint32(20, part.zip64 ? 0xffffffff : packed.length, true);
      view.setUint32(24, part.zip64 ? 0xffffffff : size, true);
      view.setUint16(30, extra.length, true);
      view.setUint32(42, part.zip64 ? 0xffffffff : at, true);
    });
    const tail = part.descriptor ? descriptor(sum, packed.length, part.data.length) : new Uint8Array(0);
    out.push(local, packed, tail);
    offset += local.length + packed.length + tail.length;
    directory.push(record, extra);
  }
  const records = concatBytes(directory);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, parts.length, true);
  view.setUint16(10, parts.length, true);
  view.setUint32(12, records.length, true);
  view.setUint32(16, offset, true);
  return concatBytes([...out, records, end]);
}

function header(length: number, signature: number, name: string, fill: (view: DataView) => void): Uint8Array {
  const nameBytes = utf8Bytes(name);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  view.setUint16(length === 30 ? 26 : 28, nameBytes.length, true);
  fill(view);
  return concatBytes([bytes, nameBytes]);
}

function descriptor(sum: number, packed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of [0x08074b50, sum, packed, size].entries()) view.setUint32(4 * i, value, true);
  return bytes;
}

function zip64Extra(size: number, packed: number, at: number): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, 24, true);
  for (const [i, value] of [size, packed, at].entries()) view.setBigUint64(4 + 8 * i, BigInt(value), true);
  return bytes;
}
