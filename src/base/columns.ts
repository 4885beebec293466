const BLOCK_BYTES = 1024 * 1024;
const PIECE = 16_384;

/** Pieces of bytes, row by row, in blocks: nothing is copied when it grows, and a piece costs its bytes and eight more. */
export interface ByteColumn {
  add(bytes: Uint8Array): void;
  /** A view of a row's bytes; none beyond the last row. */
  at(row: number): Uint8Array;
}

/** Makes an empty column. */
export function makeByteColumn(): ByteColumn {
  const blocks: Uint8Array[] = [];
  const [blockOf, endOf] = [makeNumberColumn(Uint32Array), makeNumberColumn(Uint32Array)];
  let filled = 0;
  return {
    add(bytes) {
      // A piece never spans blocks; one that is longer than a block has its own.
      if (filled + bytes.length > (blocks.at(-1)?.length ?? -1)) {
        blocks.push(new Uint8Array(Math.max(BLOCK_BYTES, bytes.length)));
        filled = 0;
      }
      blocks.at(-1)?.set(bytes, filled);
      filled += bytes.length;
      blockOf.add(blocks.length - 1);
      endOf.add(filled);
    },
    at(row) {
      const block = blockOf.at(row);
      const start = row > 0 && blockOf.at(row - 1) === block ? endOf.at(row - 1) : 0;
      return blocks[block]?.subarray(start, endOf.at(row)) ?? new Uint8Array(0);
    },
  };
}

/** Numbers, row by row. */
export interface NumberColumn {
  readonly length: number;
  add(value: number): void;
  /** 0 beyond the last row. */
  at(row: number): number;
}

/** Makes an empty column of numbers that the array can hold; it grows by pieces, so that nothing is copied and little stands empty. */
export function makeNumberColumn(Kind: typeof Uint32Array | typeof Float64Array = Float64Array): NumberColumn {
  const pieces: (Uint32Array | Float64Array)[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(value) {
      let piece = pieces[Math.floor(length / PIECE)];
      if (piece === undefined) {
        piece = new Kind(PIECE);
        pieces.push(piece);
      }
      piece[length++ % PIECE] = value;
    },
    at: (row) => pieces[Math.floor(row / PIECE)]?.[row % PIECE] ?? 0,
  };
}
