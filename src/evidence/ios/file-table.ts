import { makeByteColumn, makeNumberColumn, toHex, utf8Bytes, utf8TextLoose } from '../../base/index.ts';
import { absolutePathOf } from './domains.ts';
import type { PhoneFile, PhoneFileList } from './files.ts';
import { type HashSlots, makeHashSlots } from './hash-slots.ts';
import type { SealedFile } from './unlock.ts';

/**
 * The list of files of a backup, in columns: a full phone lists more than a million, and objects with their texts, found by maps, took 700 bytes
 * each.
 */
export interface FileTable extends PhoneFileList {
  /** @param id 40 lower-case digits of hex; @param sealed what opens the file; undefined for one that is not encrypted */
  add(id: string, domain: string, relativePath: string, sealed: SealedFile | undefined): void;
  /** The last one that was added under a domain and path. */
  find(domain: string, relativePath: string): PhoneFile | undefined;
  named(baseName: string): readonly PhoneFile[];
  /** The last one that was added under an id; @param id 40 lower-case digits of hex */
  byId(id: string): PhoneFile | undefined;
  sealedOf(id: string): SealedFile | undefined;
  /** Distinct ids. */
  idCount(): number;
}

const ID_BYTES = 20;
const IDS_PER_BLOCK = 50_000;
const SLASH = 0x2f;
const NO_BYTES = new Uint8Array(0);
const UNKNOWN = -1;
/** In place of a size: the file is not encrypted. */
const NOT_SEALED = -2;

/** Made once all is added. */
interface Indexes {
  readonly ids: HashSlots;
  readonly places: HashSlots;
  readonly names: HashSlots;
  /** The row before with the same base name, plus one. */
  readonly sameName: Uint32Array;
  readonly idCount: number;
}

/** Makes an empty table. @param hasKeys the backup is encrypted */
export function makeFileTable(hasKeys: boolean): FileTable {
  const [ids, paths, keys] = [makeIdColumn(), makeByteColumn(), makeByteColumn()];
  const [domains, sizes, classes] = [makeNumberColumn(Uint32Array), makeNumberColumn(), makeNumberColumn()];
  const domainNames: string[] = [];
  const domainNumbers = new Map<string, number>();
  const idBytes = new Uint8Array(ID_BYTES);
  let indexes: Indexes | undefined;

  const fileAt = (row: number): PhoneFile => {
    const domain = domainNames[domains.at(row)] ?? '';
    const relativePath = utf8TextLoose(paths.at(row));
    return { id: toHex(ids.at(row)), domain, relativePath, absolutePath: absolutePathOf(domain, relativePath) };
  };
  const index = (): Indexes => {
    const count = domains.length;
    const byId = makeHashSlots(count, (row, id) => same(ids.at(row), id));
    const places = makeHashSlots(count, (row, path, domain) => domains.at(row) === domain && same(paths.at(row), path));
    const names = makeHashSlots(count, (row, name) => same(baseOf(paths.at(row)), name));
    const sameName = new Uint32Array(count);
    let idCount = 0;
    for (let row = 0; row < count; row++) {
      if (byId.put(ids.at(row), 0, row) < 0) idCount++;
      places.put(paths.at(row), domains.at(row), row);
      sameName[row] = names.put(baseOf(paths.at(row)), 0, row) + 1;
    }
    return { ids: byId, places, names, sameName, idCount };
  };
  const indexed = (): Indexes => {
    indexes ??= index();
    return indexes;
  };
  const rowOf = (id: string): number => indexed().ids.get(hexInto(id, idBytes), 0);

  return {
    get length() {
      return domains.length;
    },
    *[Symbol.iterator]() {
      for (let row = 0; row < domains.length; row++) yield fileAt(row);
    },
    add(id, domain, relativePath, sealed) {
      let number = domainNumbers.get(domain);
      if (number === undefined) {
        number = domainNames.push(domain) - 1;
        domainNumbers.set(domain, number);
      }
      indexes = undefined;
      ids.add(hexInto(id, idBytes));
      paths.add(utf8Bytes(relativePath));
      domains.add(number);
      if (!hasKeys) return;
      keys.add(sealed?.wrappedKey ?? NO_BYTES);
      sizes.add(sealed === undefined ? NOT_SEALED : (sealed.sizeBytes ?? UNKNOWN));
      classes.add(sealed?.protectionClass ?? UNKNOWN);
    },
    find(domain, relativePath) {
      const number = domainNumbers.get(domain);
      const row = number === undefined ? -1 : indexed().places.get(utf8Bytes(relativePath), number);
      return row < 0 ? undefined : fileAt(row);
    },
    named(baseName) {
      const { names, sameName } = indexed();
      const found: PhoneFile[] = [];
      for (let row = names.get(utf8Bytes(baseName), 0); row >= 0; row = (sameName[row] ?? 0) - 1)
        found.push(fileAt(row));
      return found.reverse();
    },
    byId(id) {
      const row = rowOf(id);
      return row < 0 ? undefined : fileAt(row);
    },
    sealedOf(id) {
      const row = hasKeys ? rowOf(id) : -1;
      const sizeBytes = sizes.at(row);
      if (row < 0 || sizeBytes === NOT_SEALED) return undefined;
      const [key, protectionClass] = [keys.at(row), classes.at(row)];
      return {
        wrappedKey: key.length === 0 ? undefined : key,
        sizeBytes: sizeBytes === UNKNOWN ? undefined : sizeBytes,
        protectionClass: protectionClass === UNKNOWN ? undefined : protectionClass,
      };
    },
    idCount: () => indexed().idCount,
  };
}

/** Ids are all as long: where each stands need not be kept. */
function makeIdColumn(): Pick<ReturnType<typeof makeByteColumn>, 'add' | 'at'> {
  const blocks: Uint8Array[] = [];
  let count = 0;
  return {
    add(id) {
      if (count % IDS_PER_BLOCK === 0) blocks.push(new Uint8Array(IDS_PER_BLOCK * ID_BYTES));
      blocks.at(-1)?.set(id, (count % IDS_PER_BLOCK) * ID_BYTES);
      count++;
    },
    at(row) {
      const start = (row % IDS_PER_BLOCK) * ID_BYTES;
      return blocks[Math.floor(row / IDS_PER_BLOCK)]?.subarray(start, start + ID_BYTES) ?? NO_BYTES;
    },
  };
}

function baseOf(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(SLASH) + 1);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Writes digits of hex as bytes, without an object for each of a million ids. */
function hexInto(hex: string, bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(hex, 2 * i) << 4) | digit(hex, 2 * i + 1);
  return bytes;
}

function digit(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
