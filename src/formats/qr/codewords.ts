import { utf8Bytes } from '../../base/index.ts';
import { LEVEL_L } from './blocks.data.ts';

/** Codewords that a symbol of this version holds, data and checks together. */
function codewordsOf(version: number): number {
  const size = version * 4 + 17;
  const alignments = version === 1 ? 0 : Math.floor(version / 7) + 2;
  // Everything but finders with their separators (8 × 8), both timing rows, format bits and the dark module …
  let modules = size * size - 3 * 64 - 2 * (size - 16) - 31;
  // … and alignment patterns: those in line with the timing rows share five modules with them.
  if (alignments > 0) modules -= 25 * (alignments * alignments - 3) - 5 * 2 * (alignments - 2);
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

/**
 * The codewords of a text in byte mode at level L, data and checks interleaved, in the smallest version that holds them.
 *
 * @returns undefined when the text is longer than the largest version holds (2953 bytes)
 */
export function codewordsFor(text: string): { readonly version: number; readonly codewords: Uint8Array } | undefined {
  const bytes = utf8Bytes(text);
  for (const [index, [checkBytes, blocks]] of LEVEL_L.entries()) {
    const version = index + 1;
    const dataBytes = codewordsOf(version) - checkBytes * blocks;
    const headerBits = 4 + (version < 10 ? 8 : 16);
    if (headerBits + bytes.length * 8 > dataBytes * 8) continue;
    return { version, codewords: interleave(dataOf(bytes, version, dataBytes), checkBytes, blocks) };
  }
  return undefined;
}

/** Mode indicator 0100 (byte), count, bytes, terminator, and the pad bytes of clause 7.4.10. */
function dataOf(bytes: Uint8Array, version: number, dataBytes: number): Uint8Array {
  const data = new Uint8Array(dataBytes);
  let at = 0;
  const push = (value: number, bits: number): void => {
    for (let bit = bits - 1; bit >= 0; bit--, at++) {
      if ((value >> bit) & 1) data[at >> 3] = (data[at >> 3] ?? 0) | (0x80 >> (at & 7));
    }
  };
  push(0b0100, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  at = Math.min(dataBytes * 8, at + 4);
  for (let place = Math.ceil(at / 8), pad = 0xec; place < dataBytes; place++, pad ^= 0xec ^ 0x11) data[place] = pad;
  return data;
}

/** Cuts the data into blocks, the shorter ones first, and takes one codeword of each in turn (clause 7.6). */
function interleave(data: Uint8Array, checkBytes: number, count: number): Uint8Array {
  const short = Math.floor(data.length / count);
  const longFrom = count - (data.length % count);
  const blocks = Array.from({ length: count }, (_, block) => {
    const start = block * short + Math.max(0, block - longFrom);
    return data.subarray(start, start + short + (block >= longFrom ? 1 : 0));
  });
  const divisor = divisorOf(checkBytes);
  const checks = blocks.map((block) => remainderOf(block, divisor));
  const out: number[] = [];
  for (let place = 0; place <= short; place++) {
    for (const block of blocks) if (place < block.length) out.push(block[place] ?? 0);
  }
  for (let place = 0; place < checkBytes; place++) for (const check of checks) out.push(check[place] ?? 0);
  return Uint8Array.from(out);
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function product(a: number, b: number): number {
  let result = 0;
  for (let bit = 7; bit >= 0; bit--) {
    result = (result << 1) ^ ((result >> 7) * 0x11d);
    result ^= ((b >> bit) & 1) * a;
  }
  return result;
}

/** The generator polynomial ∏ (x - 2^i) of this degree, without its leading 1. */
function divisorOf(degree: number): Uint8Array {
  const divisor = new Uint8Array(degree);
  divisor[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = product(root, 2)) {
    for (let place = 0; place < degree; place++) {
      divisor[place] = product(divisor[place] ?? 0, root) ^ (divisor[place + 1] ?? 0);
    }
  }
  return divisor;
}

function remainderOf(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const remainder = new Uint8Array(divisor.length);
  for (const byte of data) {
    const factor = byte ^ (remainder[0] ?? 0);
    remainder.copyWithin(0, 1);
    remainder[remainder.length - 1] = 0;
    for (const [place, value] of divisor.entries()) remainder[place] = (remainder[place] ?? 0) ^ product(value, factor);
  }
  return remainder;
}
