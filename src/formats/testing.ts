/** A small seeded generator (xorshift32), so that a failing input can be made again. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Values that break parsers: ends of ranges, signs, lengths of one and two bytes. */
const EDGES = [0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** Changes a vector: single bytes, whole integers, parts copied, moved or cut out, the end cut off. */
export function mutate(vector: Uint8Array, random: (limit: number) => number): Uint8Array {
  let bytes = new Uint8Array(vector);
  const changes = 1 + random(4);
  for (let i = 0; i < changes && bytes.length > 0; i++) {
    // Half of the changes hit the first part, where headers stand.
    const at = random(2) === 0 ? random(bytes.length) : random(Math.min(bytes.length, 128));
    switch (random(8)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes[at] = EDGES[random(EDGES.length)] ?? 0;
        break;
      case 3:
        bytes.fill(EDGES[random(EDGES.length)] ?? 0, at, at + 1 + random(8));
        break;
      case 4:
        bytes = bytes.subarray(0, bytes.length - random(Math.min(bytes.length, 64)));
        break;
      case 5:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length));
        break;
      case 6:
        bytes[at] = ((bytes[at] ?? 0) + 1 + random(2) * 254) & 0xff;
        break;
      default:
        bytes = bytes.subarray(0, random(8) === 0 ? random(bytes.length) : bytes.length);
    }
  }
  return bytes;
}
