import { FormatError } from '../../base/index.ts';
import { codewordsFor } from './codewords.ts';

/** One symbol being drawn: `dark` modules, and which of them are patterns that no data and no mask may touch. */
interface Symbol {
  readonly size: number;
  readonly dark: boolean[][];
  readonly fixed: boolean[][];
}

/**
 * The modules of a QR code that holds the text, row by row, true is dark; without the quiet zone of four modules.
 *
 * @throws FormatError `qr-too-long` when the text has more than 2953 bytes of UTF-8
 */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  const found = codewordsFor(text);
  if (found === undefined) throw new FormatError('qr-too-long', 0, 'Cannot write QR code: the text is too long');
  const symbol = patterns(found.version);
  place(symbol, found.codewords);
  const masked = MASKS.map((mask, number) => withMask(symbol, mask, number));
  const best = masked.reduce((a, b) => (penalty(b) < penalty(a) ? b : a));
  return best.dark;
}

/** Finders, separators, timing, alignment, version; format bits are reserved (clause 6.3). */
function patterns(version: number): Symbol {
  const size = version * 4 + 17;
  const grid = (): boolean[][] => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const symbol = { size, dark: grid(), fixed: grid() };
  for (let i = 0; i < size; i++) {
    set(symbol, 6, i, i % 2 === 0);
    set(symbol, i, 6, i % 2 === 0);
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const)
    rings(symbol, row, column, 4, (ring) => ring !== 2 && ring !== 4);
  const centres = alignmentCentres(version, size);
  const last = size - 7;
  for (const row of centres) {
    for (const column of centres) {
      const atFinder = (row === 6 && column === 6) || (row === 6 && column === last) || (row === last && column === 6);
      if (!atFinder) rings(symbol, row, column, 2, (ring) => ring !== 1);
    }
  }
  formatBits(symbol, 0);
  versionBits(symbol, version);
  return symbol;
}

function set({ size, dark, fixed }: Symbol, row: number, column: number, value: boolean): void {
  if (row < 0 || column < 0 || row >= size || column >= size) return;
  (dark[row] ?? [])[column] = value;
  (fixed[row] ?? [])[column] = true;
}

function rings(symbol: Symbol, row: number, column: number, reach: number, dark: (ring: number) => boolean): void {
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) set(symbol, row + y, column + x, dark(Math.max(Math.abs(x), Math.abs(y))));
  }
}

/** Annex E: evenly spaced from the far edge in even steps, the first always at 6. */
function alignmentCentres(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - (count - 2 - i) * step)];
}

/** Five bits (level L = 01, mask) with a BCH(15, 5) code, masked, in two places (clause 7.9); and the dark module. */
function formatBits(symbol: Symbol, mask: number): void {
  const { size } = symbol;
  const data = (0b01 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    const near = i < 6 ? i : i < 8 ? i + 1 : size - 15 + i;
    set(symbol, near, 8, bit(i));
    set(symbol, 8, i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i, bit(i));
  }
  set(symbol, size - 8, 8, true);
}

/** From version 7 on: six bits with a BCH(18, 6) code, in two places (clause 7.10). */
function versionBits(symbol: Symbol, version: number): void {
  if (version < 7) return;
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const [far, near] = [symbol.size - 11 + (i % 3), Math.floor(i / 3)];
    set(symbol, far, near, dark);
    set(symbol, near, far, dark);
  }
}

/** Pairs of columns from the right, upwards and downwards in turn, without the timing column (clause 7.7.3). */
function place({ size, dark, fixed }: Symbol, codewords: Uint8Array): void {
  let at = 0;
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2, upwards = !upwards) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i++) {
      const row = upwards ? size - 1 - i : i;
      for (const column of [right, right - 1]) {
        if (fixed[row]?.[column] === true) continue;
        const byte = codewords[at >> 3] ?? 0; // remainder bits are light
        (dark[row] ?? [])[column] = ((byte >> (7 - (at & 7))) & 1) === 1;
        at++;
      }
    }
  }
}

/** Clause 7.8.2, table 10. */
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

function withMask(symbol: Symbol, mask: (row: number, column: number) => boolean, number: number): Symbol {
  const dark = symbol.dark.map((row, i) =>
    row.map((value, j) => (symbol.fixed[i]?.[j] === true ? value : value !== mask(i, j))),
  );
  const masked = { ...symbol, dark };
  formatBits(masked, number);
  return masked;
}

const FINDER_LIKE = [/(?=0000(1011101))/g, /(?=(1011101)0000)/g];

/** Clause 7.8.3: long runs, blocks, finder-like runs, imbalance; the mask with the least is taken. */
function penalty({ size, dark }: Symbol): number {
  const rows = dark.map((row) => row.map(Number).join(''));
  const columns = rows.map((_, column) => rows.map((row) => row[column]).join(''));
  let sum = 0;
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    for (const pattern of FINDER_LIKE) sum += 40 * [...line.matchAll(pattern)].length;
  }
  let darkCount = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const value = dark[i]?.[j];
      if (value === true) darkCount++;
      if (i > 0 && j > 0 && value === dark[i - 1]?.[j] && value === dark[i]?.[j - 1] && value === dark[i - 1]?.[j - 1])
        sum += 3;
    }
  }
  return sum + 10 * Math.floor(Math.abs(darkCount * 20 - size * size * 10) / (size * size));
}
