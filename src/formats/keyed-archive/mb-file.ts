import { FormatError } from '../../base/index.ts';

/** What a backup knows of a file (`Files.file` in Manifest.db); fields that the archive lacks are undefined. */
export interface MbFile {
  readonly relativePath: string | undefined;
  readonly sizeBytes: number | undefined;
  /** Unix mode with the file's type. */
  readonly mode: number | undefined;
  readonly userId: number | undefined;
  readonly groupId: number | undefined;
  readonly inode: number | undefined;
  /** Seconds since 1970. */
  readonly bornAtSeconds: number | undefined;
  readonly modifiedAtSeconds: number | undefined;
  readonly statusChangedAtSeconds: number | undefined;
  readonly protectionClass: number | undefined;
  /** Class (4 bytes, little-endian) and 40 wrapped bytes, as formats/keybag takes it. */
  readonly encryptionKey: Uint8Array | undefined;
  readonly digest: Uint8Array | undefined;
  readonly linkTarget: string | undefined;
}

type Fields = { -readonly [K in keyof MbFile]: MbFile[K] };

// CFBinaryPList.c, CFBinaryPlistTrailer.
const TRAILER_BYTES = 32;
const APPLE_EPOCH_SECONDS = 978_307_200;
/** A real one has about 1 kB and 15 keys. */
const MAX_BYTES = 1024 * 1024;
const MAX_KEYS = 64;
/** Longer than any path of iOS. */
const MAX_TEXT_CHARS = 16_384;

/**
 * Reads an MBFile from its archive: the two hops that its fields need, no tree of the whole.
 *
 * @throws FormatError `mbfile-shape` (no binary property list, or no MBFile in it), `mbfile-bounds`
 */
export function readMbFile(bytes: Uint8Array): MbFile {
  try {
    return new Reader(bytes).file();
  } catch (error) {
    // Every position is read through a DataView, which refuses what lies outside.
    if (error instanceof RangeError)
      throw new FormatError('mbfile-bounds', -1, 'Cannot read MBFile: it reaches outside its bytes');
    throw error;
  }
}

function bad(why: string): FormatError {
  return new FormatError('mbfile-shape', -1, `Cannot read MBFile: ${why}`);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #offsetSize: number;
  readonly #referenceSize: number;
  readonly #tableAt: number;
  readonly #objectCount: number;
  /** Where the references of $objects stand, and how many there are. */
  #objectsAt = 0;
  #objects = 0;

  constructor(bytes: Uint8Array) {
    const trailer = bytes.length - TRAILER_BYTES;
    if (trailer < 8 || bytes.length > MAX_BYTES || bytes[0] !== 0x62 || bytes[5] !== 0x74)
      throw bad('it is no binary property list');
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offsetSize = this.#view.getUint8(trailer + 6);
    this.#referenceSize = this.#view.getUint8(trailer + 7);
    this.#objectCount = this.#view.getUint32(trailer + 12);
    this.#tableAt = this.#view.getUint32(trailer + 28);
    if (this.#offsetSize < 1 || this.#offsetSize > 4 || this.#referenceSize < 1 || this.#referenceSize > 4)
      throw bad('its numbers have an impossible size');
  }

  file(): MbFile {
    const top = this.#offsetOf(this.#view.getUint32(this.#bytes.length - TRAILER_BYTES + 20));
    const objects = this.#lookup(top, '$objects');
    if (objects < 0 || this.#bytes[objects] === undefined || (this.#bytes[objects] ?? 0) >> 4 !== 0xa)
      throw bad('it has no $objects');
    this.#objects = this.#count(objects);
    this.#objectsAt = this.#bodyOf(objects);
    const file = this.#archived(1);
    const type = this.#resolve(this.#lookup(file, '$class'));
    if (type < 0 || this.#textAt(this.#lookup(type, '$classname')) !== 'MBFile')
      throw bad('its object is of another class');
    return this.#fields(file);
  }

  #fields(dict: number): MbFile {
    const fields: Fields = {
      relativePath: undefined,
      sizeBytes: undefined,
      mode: undefined,
      userId: undefined,
      groupId: undefined,
      inode: undefined,
      bornAtSeconds: undefined,
      modifiedAtSeconds: undefined,
      statusChangedAtSeconds: undefined,
      protectionClass: undefined,
      encryptionKey: undefined,
      digest: undefined,
      linkTarget: undefined,
    };
    const count = this.#keys(dict);
    const from = this.#bodyOf(dict);
    for (let i = 0; i < count; i++) {
      const at = from + i * this.#referenceSize;
      const key = this.#textAt(this.#offsetOf(this.#unsigned(at, this.#referenceSize)));
      if (key !== undefined)
        this.#take(fields, key, this.#offsetOf(this.#unsigned(at + count * this.#referenceSize, this.#referenceSize)));
    }
    return fields;
  }

  #take(fields: Fields, key: string, at: number): void {
    switch (key) {
      case 'RelativePath':
        fields.relativePath = this.#textAt(this.#resolve(at));
        break;
      case 'Size':
        fields.sizeBytes = this.#numberAt(at);
        break;
      case 'Mode':
        fields.mode = this.#numberAt(at);
        break;
      case 'UserID':
        fields.userId = this.#numberAt(at);
        break;
      case 'GroupID':
        fields.groupId = this.#numberAt(at);
        break;
      case 'InodeNumber':
        fields.inode = this.#numberAt(at);
        break;
      case 'Birth':
        fields.bornAtSeconds = this.#secondsAt(at);
        break;
      case 'LastModified':
        fields.modifiedAtSeconds = this.#secondsAt(at);
        break;
      case 'LastStatusChange':
        fields.statusChangedAtSeconds = this.#secondsAt(at);
        break;
      case 'ProtectionClass':
        fields.protectionClass = this.#numberAt(at);
        break;
      case 'EncryptionKey':
        fields.encryptionKey = this.#dataAt(at);
        break;
      case 'Digest':
        fields.digest = this.#dataAt(at);
        break;
      case 'Target':
        fields.linkTarget = this.#textAt(this.#resolve(at));
        break;
      default:
    }
  }

  /** Position of the value of a key; -1 when the dictionary lacks it. */
  #lookup(dict: number, key: string): number {
    if (dict < 0) return -1;
    const count = this.#keys(dict);
    const from = this.#bodyOf(dict);
    for (let i = 0; i < count; i++) {
      const at = from + i * this.#referenceSize;
      if (this.#textAt(this.#offsetOf(this.#unsigned(at, this.#referenceSize))) === key) {
        return this.#offsetOf(this.#unsigned(at + count * this.#referenceSize, this.#referenceSize));
      }
    }
    return -1;
  }

  #keys(dict: number): number {
    if (this.#view.getUint8(dict) >> 4 !== 0xd) throw bad('a dictionary is none');
    const count = this.#count(dict);
    if (count > MAX_KEYS) throw bad(`a dictionary has more than ${MAX_KEYS} keys`);
    return count;
  }

  /** Follows a reference into $objects; another value is itself, and nil is -1. */
  #resolve(at: number): number {
    if (at < 0 || this.#view.getUint8(at) >> 4 !== 8) return at;
    const uid = this.#unsigned(at + 1, (this.#view.getUint8(at) & 15) + 1);
    return uid === 0 ? -1 : this.#archived(uid);
  }

  #archived(uid: number): number {
    if (uid >= this.#objects) throw bad('a reference leads nowhere');
    return this.#offsetOf(this.#unsigned(this.#objectsAt + uid * this.#referenceSize, this.#referenceSize));
  }

  #textAt(at: number): string | undefined {
    if (at < 0) return undefined;
    const kind = this.#view.getUint8(at) >> 4;
    if (kind !== 5 && kind !== 6) return undefined;
    const from = this.#bodyOf(at);
    const count = this.#count(at);
    if (count > MAX_TEXT_CHARS) throw bad(`a text has more than ${MAX_TEXT_CHARS} characters`);
    let text = '';
    if (kind === 5) for (let i = from; i < from + count; i++) text += String.fromCharCode(this.#view.getUint8(i));
    else for (let i = 0; i < count; i++) text += String.fromCharCode(this.#view.getUint16(from + 2 * i));
    return text;
  }

  /** Data itself, or an archived NSData. */
  #dataAt(at: number): Uint8Array | undefined {
    const object = this.#resolve(at);
    if (object < 0) return undefined;
    const kind = this.#view.getUint8(object) >> 4;
    const data = kind === 0xd ? this.#resolve(this.#lookup(object, 'NS.data')) : object;
    if (data < 0 || this.#view.getUint8(data) >> 4 !== 4) return undefined;
    const from = this.#bodyOf(data);
    const count = this.#count(data);
    if (from + count > this.#bytes.length) throw new RangeError();
    return this.#bytes.slice(from, from + count);
  }

  #numberAt(at: number): number | undefined {
    const marker = this.#view.getUint8(at);
    const [kind, power] = [marker >> 4, marker & 15];
    if (kind === 1 && power <= 2) return this.#unsigned(at + 1, 1 << power);
    if (kind === 1 && power === 3) return Number(this.#view.getBigInt64(at + 1));
    if (kind === 2 && power === 3) return this.#view.getFloat64(at + 1);
    return undefined;
  }

  /** Unix seconds; older iOS has a date of its own or an archived NSDate. */
  #secondsAt(at: number): number | undefined {
    const object = this.#resolve(at);
    if (object < 0) return undefined;
    const kind = this.#view.getUint8(object) >> 4;
    if (kind === 3) return this.#view.getFloat64(object + 1) + APPLE_EPOCH_SECONDS;
    if (kind !== 0xd) return this.#numberAt(object);
    const time = this.#lookup(object, 'NS.time');
    const seconds = time < 0 ? undefined : this.#numberAt(time);
    return seconds === undefined ? undefined : seconds + APPLE_EPOCH_SECONDS;
  }

  #count(at: number): number {
    const low = this.#view.getUint8(at) & 15;
    if (low !== 15) return low;
    const size = this.#view.getUint8(at + 1) & 15;
    if (size > 2) throw bad('a length has an impossible size');
    return this.#unsigned(at + 2, 1 << size);
  }

  /** Where the content behind marker and length begins. */
  #bodyOf(at: number): number {
    return (this.#view.getUint8(at) & 15) === 15 ? at + 2 + (1 << (this.#view.getUint8(at + 1) & 15)) : at + 1;
  }

  #offsetOf(index: number): number {
    if (index >= this.#objectCount) throw bad('a reference leads nowhere');
    return this.#unsigned(this.#tableAt + index * this.#offsetSize, this.#offsetSize);
  }

  #unsigned(at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#view.getUint8(at + i);
    return value;
  }
}
