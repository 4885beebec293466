import { concatBytes, utf8Bytes } from '../../base/index.ts';

/** What the directory must say of an entry whose data has been written. */
export interface WrittenEntry {
  readonly name: string;
  readonly crc32: number;
  readonly sizeBytes: number;
  /** Offset of its local header. */
  readonly headerOffset: number;
}

// UTF-8 name (bit 11) and data descriptor (bit 3), APPNOTE 4.4.4.
const FLAGS = 0x0808;
const VERSION_ZIP64 = 45;
const MADE_BY_UNIX = (3 << 8) | VERSION_ZIP64;
// 1980-01-01, the earliest date that DOS knows: protected files must not tell when they were written.
const DOS_DATE = 0x0021;
const REGULAR_FILE_0600 = 0o100600 * 0x10000;
const ALL_ONES = 0xffffffff;

/** Header before the data of a stored entry whose size and CRC follow in a descriptor. */
export function zipLocalHeader(name: string): Uint8Array<ArrayBuffer> {
  const nameBytes = utf8Bytes(name);
  const { out, view } = blank(30 + nameBytes.length + 20);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, VERSION_ZIP64, true);
  view.setUint16(6, FLAGS, true);
  view.setUint16(12, DOS_DATE, true);
  view.setUint32(18, ALL_ONES, true);
  view.setUint32(22, ALL_ONES, true);
  view.setUint16(26, nameBytes.length, true);
  view.setUint16(28, 20, true);
  out.set(nameBytes, 30);
  view.setUint16(30 + nameBytes.length, 1, true); // zip64 extra, sizes still zero: the descriptor has them
  view.setUint16(32 + nameBytes.length, 16, true);
  return out;
}

/** Zip64 descriptor after the data. */
export function zipDescriptor(entry: WrittenEntry): Uint8Array<ArrayBuffer> {
  const { out, view } = blank(24);
  view.setUint32(0, 0x08074b50, true);
  view.setUint32(4, entry.crc32, true);
  setUint64(view, 8, entry.sizeBytes);
  setUint64(view, 16, entry.sizeBytes);
  return out;
}

/** Central directory and the three end records, to be written at `offset`. */
export function zipDirectory(entries: readonly WrittenEntry[], offset: number): Uint8Array<ArrayBuffer> {
  const records = entries.map(directoryRecord);
  const sizeBytes = records.reduce((sum, record) => sum + record.length, 0);
  return concatBytes([...records, endRecords(entries.length, sizeBytes, offset)]);
}

function directoryRecord(entry: WrittenEntry): Uint8Array {
  const nameBytes = utf8Bytes(entry.name);
  const { out, view } = blank(46 + nameBytes.length + 28);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, MADE_BY_UNIX, true);
  view.setUint16(6, VERSION_ZIP64, true);
  view.setUint16(8, FLAGS, true);
  view.setUint16(14, DOS_DATE, true);
  view.setUint32(16, entry.crc32, true);
  view.setUint32(20, ALL_ONES, true);
  view.setUint32(24, ALL_ONES, true);
  view.setUint16(28, nameBytes.length, true);
  view.setUint16(30, 28, true);
  view.setUint32(38, REGULAR_FILE_0600, true);
  view.setUint32(42, ALL_ONES, true);
  out.set(nameBytes, 46);
  const extra = 46 + nameBytes.length;
  view.setUint16(extra, 1, true);
  view.setUint16(extra + 2, 24, true);
  setUint64(view, extra + 4, entry.sizeBytes);
  setUint64(view, extra + 12, entry.sizeBytes);
  setUint64(view, extra + 20, entry.headerOffset);
  return out;
}

function endRecords(count: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const { out, view } = blank(56 + 20 + 22);
  view.setUint32(0, 0x06064b50, true); // zip64 end of central directory, APPNOTE 4.3.14
  setUint64(view, 4, 44);
  view.setUint16(12, MADE_BY_UNIX, true);
  view.setUint16(14, VERSION_ZIP64, true);
  setUint64(view, 24, count);
  setUint64(view, 32, count);
  setUint64(view, 40, directoryBytes);
  setUint64(view, 48, directoryOffset);
  view.setUint32(56, 0x07064b50, true); // its locator, 4.3.15
  setUint64(view, 64, directoryOffset + directoryBytes);
  view.setUint32(72, 1, true);
  view.setUint32(76, 0x06054b50, true); // end of central directory, 4.3.16
  view.setUint16(84, 0xffff, true);
  view.setUint16(86, 0xffff, true);
  view.setUint32(88, ALL_ONES, true);
  view.setUint32(92, ALL_ONES, true);
  return out;
}

function blank(length: number): { out: Uint8Array<ArrayBuffer>; view: DataView } {
  const out = new Uint8Array(length);
  return { out, view: new DataView(out.buffer) };
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}
