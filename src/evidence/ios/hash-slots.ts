/** Slots that are tried one after the other: hostile keys that all hash alike must not make the table slow. */
const MAX_PROBES = 64;

/**
 * Numbers of rows by the bytes of a key, in one typed array: a `Map` of a million texts takes a hundred megabytes. What finds no slot near its
 * hash goes into such a map after all, so that time stays linear whatever the keys are.
 */
export interface HashSlots {
  /** @returns the row that had the key before, or -1 */
  put(key: Uint8Array, seed: number, row: number): number;
  /** @returns the row, or -1 */
  get(key: Uint8Array, seed: number): number;
}

/**
 * Makes a table for so many rows.
 *
 * @param isSame whether a row has the key, which is the bytes and the seed together
 */
export function makeHashSlots(
  rows: number,
  isSame: (row: number, key: Uint8Array, seed: number) => boolean,
): HashSlots {
  const size = Math.max(16, Math.ceil(rows * 1.5));
  // A row plus one; 0 is free.
  const slots = new Uint32Array(size);
  const crowded = new Map<string, number>();
  /** The slot that has the key or may take it; -1 where none is near. */
  const seek = (key: Uint8Array, seed: number): number => {
    const start = (hashOf(key, seed) >>> 0) % size;
    for (let i = 0; i < MAX_PROBES; i++) {
      const slot = start + i < size ? start + i : start + i - size;
      const row = (slots[slot] ?? 0) - 1;
      if (row < 0 || isSame(row, key, seed)) return slot;
    }
    return -1;
  };
  return {
    put(key, seed, row) {
      const slot = seek(key, seed);
      if (slot < 0) {
        const text = `${seed} ${key.join()}`;
        const before = crowded.get(text) ?? -1;
        crowded.set(text, row);
        return before;
      }
      const before = (slots[slot] ?? 0) - 1;
      slots[slot] = row + 1;
      return before;
    },
    get(key, seed) {
      const slot = seek(key, seed);
      return slot < 0 ? (crowded.get(`${seed} ${key.join()}`) ?? -1) : (slots[slot] ?? 0) - 1;
    },
  };
}

/** FNV-1a, and the finaliser of MurmurHash3: neighbouring names must not fill whole stretches. */
function hashOf(key: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), 0x01000193);
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
