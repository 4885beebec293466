import { FormatError } from '../../base/index.ts';

/** One class key as the bag holds it. */
export interface WrappedClassKey {
  readonly classId: number;
  /** Bit 1: wrapped under the device's own key; bit 2: under the key of the password. */
  readonly wrap: number;
  readonly keyType: number;
  readonly wrappedKey: Uint8Array;
}

/** The key bag of a backup (`BackupKeyBag` in Manifest.plist). */
export interface KeyBag {
  readonly version: number;
  /** 1 is a backup's. */
  readonly type: number;
  readonly uuid: Uint8Array;
  /** The bag's own WRAP, not a class's. */
  readonly wrap: number;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Since iOS 10.2 a first, long derivation (DPSL, DPIC); undefined in older bags. */
  readonly doubleProtection: { readonly salt: Uint8Array; readonly iterations: number } | undefined;
  readonly classes: readonly WrappedClassKey[];
}

/** Real bags have about 1.5 kB. */
const MAX_BYTES = 64 * 1024;
/** Real bags have about ten classes. */
const MAX_CLASSES = 64;
/** Five times what iOS sets (10,000,000): about 15 s of one core. */
const MAX_ITERATIONS = 50_000_000;
const MAX_SALT_BYTES = 1024;

/**
 * Parses a key bag: tag of four letters, length (big-endian), value; the first UUID is the bag's, each later one opens a class.
 *
 * @throws FormatError `keybag-limit`, `keybag-truncated`, `keybag-field` (missing or of a wrong size), `keybag-iterations`
 */
export function parseKeyBag(bytes: Uint8Array): KeyBag {
  if (bytes.length > MAX_BYTES) throw bad('keybag-limit', 0, `over ${MAX_BYTES} bytes`);
  const blocks = splitBlocks(bytes);
  const [header = new Map()] = blocks;
  const dpsl = header.get('DPSL');
  const dpic = header.get('DPIC');
  if ((dpsl === undefined) !== (dpic === undefined)) throw bad('keybag-field', -1, 'DPSL and DPIC belong together');
  return {
    version: integer(header, 'VERS', 0),
    type: integer(header, 'TYPE', 1),
    uuid: header.get('UUID') ?? new Uint8Array(0),
    wrap: integer(header, 'WRAP', 0),
    salt: salt(header, 'SALT'),
    iterations: iterations(header, 'ITER'),
    doubleProtection:
      dpsl === undefined ? undefined : { salt: salt(header, 'DPSL'), iterations: iterations(header, 'DPIC') },
    classes: blocks.slice(1).flatMap((block) => {
      const wrappedKey = block.get('WPKY');
      if (wrappedKey === undefined) return [];
      return [
        {
          classId: integer(block, 'CLAS'),
          wrap: integer(block, 'WRAP', 0),
          keyType: integer(block, 'KTYP', 0),
          wrappedKey,
        },
      ];
    }),
  };
}

type Block = Map<string, Uint8Array>;

function splitBlocks(bytes: Uint8Array): Block[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let block: Block = new Map();
  const blocks: Block[] = [block];
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw bad('keybag-truncated', at, 'it ends inside a field');
    const tag = String.fromCharCode(...bytes.subarray(at, at + 4));
    const end = at + 8 + view.getUint32(at + 4);
    if (end > bytes.length) throw bad('keybag-truncated', at, 'a field reaches beyond the end');
    if (tag === 'UUID' && (blocks.length > 1 || block.has('UUID'))) {
      if (blocks.length > MAX_CLASSES) throw bad('keybag-limit', at, `more than ${MAX_CLASSES} classes`);
      block = new Map();
      blocks.push(block);
    }
    // The first of two equal tags counts: a second must not change what was read.
    if (!block.has(tag)) block.set(tag, bytes.slice(at + 8, end));
    at = end;
  }
  return blocks;
}

function integer(block: Block, tag: string, fallback?: number): number {
  const value = block.get(tag);
  if (value === undefined && fallback !== undefined) return fallback;
  if (value?.length !== 4) throw bad('keybag-field', -1, `${tag} is missing or is no 4-byte integer`);
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

function iterations(block: Block, tag: string): number {
  const count = integer(block, tag);
  if (count < 1 || count > MAX_ITERATIONS) {
    throw bad(
      'keybag-iterations',
      -1,
      `${tag} asks for ${count} rounds, where phones ask for 10000000 and ${MAX_ITERATIONS} are the limit: it is damaged or made to hold up the check`,
    );
  }
  return count;
}

function salt(block: Block, tag: string): Uint8Array {
  const value = block.get(tag);
  if (value === undefined || value.length === 0 || value.length > MAX_SALT_BYTES) {
    throw bad('keybag-field', -1, `${tag} is missing or of an impossible size`);
  }
  return value;
}

function bad(code: string, offset: number, why: string): FormatError {
  return new FormatError(code, offset, `Cannot read key bag: ${why}`);
}
