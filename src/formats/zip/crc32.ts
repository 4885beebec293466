/** Slicing-by-8 tables of the reflected polynomial 0xEDB88320 (APPNOTE 4.4.7). */
const TABLES = buildTables();

/**
 * Continues a CRC-32 over `bytes`; start with 0.
 *
 * In Node `zlib.crc32` gives the same value several times faster; this one is for browsers.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const t = TABLES;
  let crc = ~before;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low =
      crc ^
      (byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24));
    crc =
      word(t, 0x700 + (low & 0xff)) ^
      word(t, 0x600 + ((low >>> 8) & 0xff)) ^
      word(t, 0x500 + ((low >>> 16) & 0xff)) ^
      word(t, 0x400 + (low >>> 24)) ^
      word(t, 0x300 + byteAt(bytes, at + 4)) ^
      word(t, 0x200 + byteAt(bytes, at + 5)) ^
      word(t, 0x100 + byteAt(bytes, at + 6)) ^
      word(t, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ word(t, (crc ^ byteAt(bytes, at)) & 0xff);
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[i] = value;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = word(tables, i - 256);
    tables[i] = (previous >>> 8) ^ word(tables, previous & 0xff);
  }
  return tables;
}

function word(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
