import { FormatError, utf8TextLoose } from '../../base/index.ts';

export type TypedValue = null | number | bigint | string | Uint8Array | TypedObject;

export interface TypedObject {
  /** The object's class and its ancestors. */
  readonly classes: readonly string[];
  /** The encoded values in their order; unnamed, as the format has them. Strings of Foundation are Uint8Array in UTF-8. */
  readonly values: readonly TypedValue[];
}

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_STEPS = 1_000_000;

// Head bytes; as signed bytes they are what integers below them cannot be.
const HEAD = { int16: 0x81, int32: 0x82, real: 0x83, fresh: 0x84, nil: 0x85, end: 0x86, int64: 0x87 } as const;
/** Back references count from here. */
const FIRST_REFERENCE = 0x92;

/**
 * Decodes an archive: the values of its top-level groups.
 *
 * @throws FormatError `typedstream-magic`, `typedstream-truncated`, `typedstream-shape`, `typedstream-limit`
 */
export function parseTypedStream(bytes: Uint8Array): TypedValue[] {
  if (bytes.length > MAX_BYTES) throw bad('typedstream-limit', 0, `over ${MAX_BYTES} bytes`);
  return new Decoder(bytes).top();
}

function bad(code: string, offset: number, why: string): FormatError {
  return new FormatError(code, offset, `Cannot parse typedstream: ${why}`);
}

/** A class in the table of shared objects. */
class ClassChain {
  readonly names: string[] = [];
}

class Decoder {
  #at = 0;
  #steps = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #strings: Uint8Array[] = [];
  readonly #objects: (TypedValue | ClassChain)[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const signature = utf8TextLoose(bytes.subarray(2, 13));
    if (bytes[0] !== 4 || bytes[1] !== 11 || (signature !== 'streamtyped' && signature !== 'typedstream')) {
      throw bad('typedstream-magic', 0, 'it does not begin as one');
    }
    this.#little = signature === 'streamtyped';
    this.#at = 13;
    this.#integer(this.#byte()); // version of the system that wrote it
  }

  top(): TypedValue[] {
    const values: TypedValue[] = [];
    while (this.#at < this.#bytes.length) this.#group(this.#byte(), values, 0);
    return values;
  }

  /** A type string, and one value for each of its types. */
  #group(head: number, into: TypedValue[], depth: number): void {
    const types = this.#sharedString(head);
    if (types === undefined) throw bad('typedstream-shape', this.#at, 'a group has no types');
    const text = utf8TextLoose(types);
    for (let i = 0; i < text.length; ) i = this.#typed(text, i, into, depth);
  }

  /** Reads the value of the type at `i`; gives where the next type stands. */
  #typed(types: string, i: number, into: TypedValue[], depth: number): number {
    if (++this.#steps > MAX_STEPS) throw bad('typedstream-limit', this.#at, `more than ${MAX_STEPS} values`);
    if (depth > MAX_DEPTH) throw bad('typedstream-limit', this.#at, `nested deeper than ${MAX_DEPTH}`);
    switch (types[i]) {
      case '@':
        into.push(this.#object(this.#byte(), depth + 1));
        return i + 1;
      case '#':
        into.push(this.#classChain(this.#byte(), depth + 1)?.names[0] ?? null);
        return i + 1;
      case '+':
        into.push(this.#unsharedString(this.#byte()) ?? null);
        return i + 1;
      case '*':
        into.push(this.#cString(this.#byte()));
        return i + 1;
      case ':':
      case '%': {
        const shared = this.#sharedString(this.#byte());
        into.push(shared === undefined ? null : utf8TextLoose(shared));
        return i + 1;
      }
      case 'c':
      case 'C':
      case 'B':
        into.push(this.#byte());
        return i + 1;
      case 's':
      case 'S':
      case 'i':
      case 'I':
      case 'l':
      case 'L':
      case 'q':
      case 'Q':
        into.push(this.#integer(this.#byte()));
        return i + 1;
      case 'f':
      case 'd':
        into.push(this.#real(types[i] === 'f' ? 4 : 8));
        return i + 1;
      case '[':
        return this.#array(types, i, into, depth + 1);
      case '{':
        return this.#struct(types, i, into, depth + 1);
      default:
        throw bad('typedstream-shape', this.#at, 'a type is not known');
    }
  }

  /** `[12c]`: bytes when of characters, else the values one by one. */
  #array(types: string, i: number, into: TypedValue[], depth: number): number {
    const match = /^\[(\d{1,9})/.exec(types.slice(i, i + 11));
    if (match === null) throw bad('typedstream-shape', this.#at, 'an array has no length');
    const count = Number(match[1]);
    const item = i + match[0].length;
    if (/^[cC]\]/.test(types.slice(item, item + 2))) {
      into.push(this.#take(count));
      return item + 2;
    }
    if (count > this.#bytes.length) throw bad('typedstream-truncated', this.#at, 'an array reaches beyond the end');
    let next = item;
    for (let n = 0; n < count; n++) next = this.#typed(types, item, into, depth);
    if (count === 0 || types[next] !== ']') throw bad('typedstream-shape', this.#at, 'an array has no end');
    return next + 1;
  }

  /** `{name=types}`: the fields one by one. */
  #struct(types: string, i: number, into: TypedValue[], depth: number): number {
    const equals = types.indexOf('=', i);
    let next = equals < 0 ? i + 1 : equals + 1;
    while (types[next] !== '}') {
      if (next >= types.length) throw bad('typedstream-shape', this.#at, 'a struct has no end');
      next = this.#typed(types, next, into, depth);
    }
    return next + 1;
  }

  #object(head: number, depth: number): TypedValue {
    if (head === HEAD.nil) return null;
    if (head !== HEAD.fresh) {
      const known = this.#reference(head, this.#objects);
      if (known instanceof ClassChain) throw bad('typedstream-shape', this.#at, 'an object is a class');
      return known;
    }
    const values: TypedValue[] = [];
    // The object has its number before its class and content, which may refer to it.
    const slot = this.#objects.push(null) - 1;
    const classes = this.#classChain(this.#byte(), depth)?.names ?? [];
    const object: TypedObject = { classes, values };
    this.#objects[slot] = object;
    for (let next = this.#byte(); next !== HEAD.end; next = this.#byte()) this.#group(next, values, depth + 1);
    return object;
  }

  #classChain(head: number, depth: number): ClassChain | undefined {
    if (head === HEAD.nil) return undefined;
    if (depth > MAX_DEPTH) throw bad('typedstream-limit', this.#at, `nested deeper than ${MAX_DEPTH}`);
    if (head !== HEAD.fresh) {
      const known = this.#reference(head, this.#objects);
      if (!(known instanceof ClassChain)) throw bad('typedstream-shape', this.#at, 'a class is an object');
      return known;
    }
    const chain = new ClassChain();
    const name = this.#sharedString(this.#byte());
    this.#integer(this.#byte()); // version of the class
    this.#objects.push(chain);
    const parent = this.#classChain(this.#byte(), depth + 1);
    chain.names.push(name === undefined ? '' : utf8TextLoose(name), ...(parent?.names ?? []));
    return chain;
  }

  #cString(head: number): TypedValue {
    if (head === HEAD.nil) return null;
    if (head !== HEAD.fresh) {
      const known = this.#reference(head, this.#objects);
      return known instanceof ClassChain ? null : known;
    }
    const bytes = this.#sharedString(this.#byte());
    const text = bytes === undefined ? null : utf8TextLoose(bytes);
    this.#objects.push(text);
    return text;
  }

  #sharedString(head: number): Uint8Array | undefined {
    if (head === HEAD.nil) return undefined;
    if (head !== HEAD.fresh) return this.#reference(head, this.#strings);
    const bytes = this.#unsharedString(this.#byte());
    if (bytes !== undefined) this.#strings.push(bytes);
    return bytes;
  }

  #unsharedString(head: number): Uint8Array | undefined {
    return head === HEAD.nil ? undefined : this.#take(Number(this.#integer(head)));
  }

  #reference<T>(head: number, table: readonly T[]): T {
    const number = Number(this.#integer(head));
    // A single byte is signed, so that 0x92 is -110.
    const value = table[number + 256 - FIRST_REFERENCE];
    if (value === undefined) throw bad('typedstream-shape', this.#at, 'a reference leads nowhere');
    return value;
  }

  #integer(head: number): number | bigint {
    if (head === HEAD.int16) return this.#view.getInt16(this.#advance(2), this.#little);
    if (head === HEAD.int32) return this.#view.getInt32(this.#advance(4), this.#little);
    if (head === HEAD.int64) {
      const exact = this.#view.getBigInt64(this.#advance(8), this.#little);
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    }
    if (head >= HEAD.real && head < FIRST_REFERENCE) throw bad('typedstream-shape', this.#at, 'a number has no value');
    return head >= 0x80 ? head - 256 : head;
  }

  #real(size: 4 | 8): number {
    const head = this.#byte();
    if (head !== HEAD.real) return Number(this.#integer(head));
    const at = this.#advance(size);
    return size === 4 ? this.#view.getFloat32(at, this.#little) : this.#view.getFloat64(at, this.#little);
  }

  #byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  #take(length: number): Uint8Array {
    // A length of 16 bits is unsigned, though other numbers of that size are not.
    const size = length < 0 ? length + 65_536 : length;
    const from = this.#advance(size);
    return this.#bytes.subarray(from, from + size);
  }

  #advance(length: number): number {
    const from = this.#at;
    if (length < 0 || from + length > this.#bytes.length)
      throw bad('typedstream-truncated', from, 'it ends inside a value');
    this.#at = from + length;
    return from;
  }
}
