import { utf8TextLoose } from '../../base/index.ts';

/** "NSString" or the tail of "NSMutableString", after which the text stands. */
const CLASS_NAME = [0x53, 0x74, 0x72, 0x69, 0x6e, 0x67]; // "String"
/** How far behind the class name the text's mark "\x01+" may stand. */
const MAX_GAP_BYTES = 24;

/**
 * Finds the text in `message.attributedBody` (typedstream) without decoding the whole archive; undefined when its shape is unknown.
 *
 * Lengths: one byte below 0x80; 0x81 + 16 bits or 0x82 + 32 bits, little-endian.
 */
export function attributedBodyText(bytes: Uint8Array): string | undefined {
  for (let at = bytes.indexOf(0x53); at >= 0; at = bytes.indexOf(0x53, at + 1)) {
    if (!CLASS_NAME.every((byte, i) => bytes[at + i] === byte)) continue;
    const from = at + CLASS_NAME.length;
    for (let mark = from; mark < from + MAX_GAP_BYTES && mark + 2 < bytes.length; mark++) {
      if (bytes[mark] !== 0x01 || bytes[mark + 1] !== 0x2b) continue;
      return textAt(bytes, mark + 2);
    }
  }
  return undefined;
}

function textAt(bytes: Uint8Array, at: number): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = bytes[at] ?? 0;
  let length = head;
  let start = at + 1;
  if (head === 0x81 && at + 3 <= bytes.length) {
    length = view.getUint16(at + 1, true);
    start = at + 3;
  } else if (head === 0x82 && at + 5 <= bytes.length) {
    length = view.getUint32(at + 1, true);
    start = at + 5;
  } else if (head >= 0x80) return undefined;
  if (start + length > bytes.length) return undefined;
  return utf8TextLoose(bytes.subarray(start, start + length));
}
