import { FormatError, toBase64, toHex } from '../../base/index.ts';

export interface XmlElement {
  readonly name: string;
  /** Values as the XML twin has them. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly within. */
  readonly text: string;
}

const MAGIC = [0x41, 0x42, 0x58, 0x00];
const MAX_DEPTH = 128;
/** The package list of a phone has about a hundred thousand. */
const MAX_TOKENS = 5_000_000;
/** A string of the pool may be named by two bytes each time: the text must not unfold. */
const MAX_TEXT_CHARS = 64 * 1024 * 1024;

// BinaryXmlSerializer: low nibble from XmlPullParser, high nibble the type of the value.
const TOKEN = { startDocument: 0, endDocument: 1, startTag: 2, endTag: 3, text: 4, attribute: 15 } as const;
const TYPE = { none: 1, string: 2, interned: 3, hex: 4, base64: 5, int: 6, intHex: 7, long: 8, longHex: 9, float: 10, double: 11, yes: 12, no: 13 } as const; // biome-ignore format: one line reads better
/** A pool reference that is followed by a new string. */
const NEW_STRING = 0xffff;

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

export function isAbx(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Parses a document; throws FormatError `abx-magic`, `abx-truncated`, `abx-token`, `abx-depth`, `abx-limit`. */
export function parseAbx(bytes: Uint8Array): XmlElement {
  if (!isAbx(bytes)) throw bad('abx-magic', 0, 'it does not begin as one');
  const input = new Input(bytes);
  const root: Open = { name: '', attributes: new Map(), children: [], text: '' };
  const stack: Open[] = [root];
  for (let tokens = 0; !input.atEnd(); tokens++) {
    if (tokens > MAX_TOKENS) throw bad('abx-limit', input.at, `more than ${MAX_TOKENS} tokens`);
    const byte = input.byte();
    const [token, type] = [byte & 15, byte >> 4];
    const top = stack.at(-1) ?? root;
    if (token === TOKEN.endDocument) break;
    if (token === TOKEN.startTag) {
      if (stack.length > MAX_DEPTH) throw bad('abx-depth', input.at, `nested deeper than ${MAX_DEPTH}`);
      const element: Open = { name: input.value(type), attributes: new Map(), children: [], text: '' };
      top.children.push(element);
      stack.push(element);
    } else if (token === TOKEN.endTag) {
      if (stack.length < 2 || input.value(type) !== top.name)
        throw bad('abx-token', input.at, 'an end tag has no start');
      stack.pop();
    } else if (token === TOKEN.attribute) {
      const name = input.interned();
      top.attributes.set(name, input.value(type));
    } else {
      // Comments, entities and instructions carry a value too, which is passed over.
      const value = input.value(type);
      if (token === TOKEN.text || token === 5) top.text += value;
    }
  }
  const [element] = root.children;
  if (element === undefined || stack.length > 1) throw bad('abx-truncated', input.at, 'it ends inside an element');
  return element;
}

/** Reads big-endian values as java.io.DataInput does. */
class Input {
  at = MAGIC.length;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pool: string[] = [];
  #charsLeft = MAX_TEXT_CHARS;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  interned(): string {
    const index = this.#view.getUint16(this.#take(2));
    if (index !== NEW_STRING) {
      const known = this.#pool[index];
      if (known === undefined) throw bad('abx-token', this.at, 'a string is not in the pool');
      return this.#spend(known);
    }
    const text = this.#utf();
    this.#pool.push(text);
    return text;
  }

  value(type: number): string {
    switch (type) {
      case TYPE.none:
        return '';
      case TYPE.string:
        return this.#utf();
      case TYPE.interned:
        return this.interned();
      case TYPE.hex:
        return this.#spend(toHex(this.#blob()));
      case TYPE.base64:
        return this.#spend(toBase64(this.#blob()));
      case TYPE.int:
        return String(this.#view.getInt32(this.#take(4)));
      case TYPE.intHex:
        return this.#view.getUint32(this.#take(4)).toString(16);
      case TYPE.long:
        return String(this.#view.getBigInt64(this.#take(8)));
      case TYPE.longHex:
        return this.#view.getBigUint64(this.#take(8)).toString(16);
      case TYPE.float:
        return String(this.#view.getFloat32(this.#take(4)));
      case TYPE.double:
        return String(this.#view.getFloat64(this.#take(8)));
      case TYPE.yes:
        return 'true';
      case TYPE.no:
        return 'false';
      default:
        throw bad('abx-token', this.at, `value type ${type} is not known`);
    }
  }

  #blob(): Uint8Array {
    const length = this.#view.getUint16(this.#take(2));
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Java's modified UTF-8: NUL in two bytes, characters beyond the BMP as two surrogates of three bytes each. */
  #utf(): string {
    const bytes = this.#blob();
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const byte = bytes[i++] ?? 0;
      if (byte < 0x80) text += String.fromCharCode(byte);
      else if (byte < 0xe0) text += String.fromCharCode(((byte & 0x1f) << 6) | ((bytes[i++] ?? 0) & 0x3f));
      else {
        const [second, third] = [bytes[i++] ?? 0, bytes[i++] ?? 0];
        text += String.fromCharCode(((byte & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f));
      }
    }
    return this.#spend(text);
  }

  #spend(text: string): string {
    this.#charsLeft -= text.length;
    if (this.#charsLeft < 0) throw bad('abx-limit', this.at, `more than ${MAX_TEXT_CHARS} characters`);
    return text;
  }

  #take(length: number): number {
    const from = this.at;
    if (from + length > this.#bytes.length) throw bad('abx-truncated', from, 'it ends inside a value');
    this.at = from + length;
    return from;
  }
}

function bad(code: string, offset: number, why: string): FormatError {
  return new FormatError(code, offset, `Cannot parse binary XML: ${why}`);
}
