import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { parseTypedStream, type TypedObject, type TypedValue } from './parse.ts';

export interface AttributedBody {
  readonly text: string;
  /** Texts of the attributes that are addresses: links whose target the text may not show, data detectors. */
  readonly links: readonly string[];
}

const LETTER_S = 0x53;
/** "NSString" or the tail of "NSMutableString", after which the text stands. */
const CLASS_NAME = [0x53, 0x74, 0x72, 0x69, 0x6e, 0x67]; // "String"
/** How far behind the class name the text's mark "\x01+" may stand. */
const MAX_GAP_BYTES = 24;
const MAX_LINKS = 1000;

/** Finds the text of an attributedBody without decoding the archive; undefined when its shape is unknown. */
export function attributedBodyText(bytes: Uint8Array): string | undefined {
  for (let at = bytes.indexOf(LETTER_S); at >= 0; at = bytes.indexOf(LETTER_S, at + 1)) {
    if (!CLASS_NAME.every((byte, i) => bytes[at + i] === byte)) continue;
    const from = at + CLASS_NAME.length;
    for (let mark = from; mark < from + MAX_GAP_BYTES && mark + 2 < bytes.length; mark++) {
      if (bytes[mark] !== 0x01 || bytes[mark + 1] !== 0x2b) continue;
      return textAt(bytes, mark + 2);
    }
  }
  return undefined;
}

/** Decodes an attributedBody; where the archive is damaged, the text alone as far as its mark is found. */
export function attributedBody(bytes: Uint8Array): AttributedBody | undefined {
  let root: TypedValue | undefined;
  try {
    root = parseTypedStream(bytes)[0];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const text = attributedBodyText(bytes);
    return text === undefined ? undefined : { text, links: [] };
  }
  const strings: string[] = [];
  collectStrings(root, strings, new Set());
  const [text] = strings;
  if (text === undefined) return undefined;
  const links = strings.slice(1).filter((value) => /^[a-z][a-z0-9+.-]{1,20}:\S/i.test(value));
  return { text, links: [...new Set(links)].slice(0, MAX_LINKS) };
}

/** The strings of an archive in their order: the first is the text itself. */
function collectStrings(value: TypedValue | undefined, into: string[], seen: Set<TypedObject>): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value)) return;
  seen.add(value);
  const isString = value.classes.includes('NSString');
  for (const item of value.values) {
    if (isString && item instanceof Uint8Array) into.push(utf8TextLoose(item));
    else collectStrings(item, into, seen);
  }
}

/** Lengths: one byte below 0x80; 0x81 and 16 bits, or 0x82 and 32 bits, little-endian. */
function textAt(bytes: Uint8Array, at: number): string | undefined {
  const head = bytes[at] ?? 0;
  let length = head;
  let start = at + 1;
  if (head === 0x81) {
    length = (bytes[at + 1] ?? 0) + 256 * (bytes[at + 2] ?? 0);
    start = at + 3;
  } else if (head === 0x82) {
    length =
      (bytes[at + 1] ?? 0) +
      256 * (bytes[at + 2] ?? 0) +
      65_536 * (bytes[at + 3] ?? 0) +
      16_777_216 * (bytes[at + 4] ?? 0);
    start = at + 5;
  } else if (head >= 0x80) return undefined;
  if (start + length > bytes.length) return undefined;
  return utf8TextLoose(bytes.subarray(start, start + length));
}
