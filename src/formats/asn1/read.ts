import { concatBytes, FormatError, utf8TextLoose } from '../../base/index.ts';
import { TAG } from './tags.ts';

/** One element: identifier octet, contents, whole encoding, and the elements inside when it is constructed. */
export interface DerNode {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
  readonly children: readonly DerNode[];
}

const MAX_DEPTH = 40; // certificates stay below 15
const MAX_NODES = 100_000; // a CRL with as many entries is not for us

interface State {
  readonly bytes: Uint8Array;
  nodes: number;
}

/** Reads exactly one element. Throws FormatError `asn1-…`. */
export function readDer(bytes: Uint8Array): DerNode {
  const state: State = { bytes, nodes: 0 };
  const { node, end } = readNode(state, 0, bytes.length, 0);
  if (end !== bytes.length) throw bad('asn1-trailing', end, 'bytes after the element');
  return node;
}

function bad(code: string, offset: number, why: string): FormatError {
  return new FormatError(code, offset, `Cannot parse ASN.1: ${why}`);
}

function readNode(state: State, at: number, limit: number, depth: number): { node: DerNode; end: number } {
  if (++state.nodes > MAX_NODES) throw bad('asn1-steps', at, `more than ${MAX_NODES} elements`);
  if (depth > MAX_DEPTH) throw bad('asn1-depth', at, `nested deeper than ${MAX_DEPTH}`);
  if (at + 2 > limit) throw bad('asn1-truncated', at, 'the element ends early');
  const { bytes } = state;
  const tag = bytes[at] ?? 0;
  if ((tag & 0x1f) === 0x1f) throw bad('asn1-tag', at, 'tag numbers above 30 are not used here');
  const first = bytes[at + 1] ?? 0;
  const constructed = (tag & 0x20) !== 0;
  if (first === 0x80) {
    if (!constructed) throw bad('asn1-length', at, 'a primitive element has an indefinite length');
    return readIndefinite(state, at, limit, depth, tag);
  }
  let from = at + 2;
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4 || from + count > limit) throw bad('asn1-length', at, 'a length is malformed');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[from + i] ?? 0);
    from += count;
  }
  const end = from + length;
  if (end > limit) throw bad('asn1-truncated', at, 'the element ends early');
  const children: DerNode[] = [];
  if (constructed) {
    let next = from;
    while (next < end) {
      const child = readNode(state, next, end, depth + 1);
      children.push(child.node);
      next = child.end;
    }
  }
  return { node: { tag, content: bytes.subarray(from, end), raw: bytes.subarray(at, end), children }, end };
}

/** X.690 section 8.1.3.6: contents until two zero octets. */
function readIndefinite(
  state: State,
  at: number,
  limit: number,
  depth: number,
  tag: number,
): { node: DerNode; end: number } {
  const { bytes } = state;
  const children: DerNode[] = [];
  let next = at + 2;
  for (;;) {
    if (next + 2 > limit) throw bad('asn1-truncated', at, 'the element ends early');
    if (bytes[next] === 0 && bytes[next + 1] === 0) break;
    const child = readNode(state, next, limit, depth + 1);
    children.push(child.node);
    next = child.end;
  }
  const end = next + 2;
  return { node: { tag, content: bytes.subarray(at + 2, next), raw: bytes.subarray(at, end), children }, end };
}

/** Checks that there is an element and that it has this identifier octet. */
export function expectTag(node: DerNode | undefined, tag: number, what: string): DerNode {
  if (node?.tag !== tag) throw bad('asn1-shape', -1, `${what} is missing or of another type`);
  return node;
}

/** Joins an octet string, primitive or constructed (BER), also under an implicit context tag. */
export function octets(node: DerNode): Uint8Array {
  if ((node.tag & 0x20) === 0) return node.content;
  return concatBytes(node.children.map((child) => octets(child)));
}

/** Reads an OBJECT IDENTIFIER as dotted text. */
export function oidOf(node: DerNode | undefined): string {
  const { content } = expectTag(node, TAG.oid, 'an object identifier');
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    if (value > 0xffffffffff) throw bad('asn1-oid', -1, 'an arc of an object identifier is too large');
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else arcs.push(value);
    value = 0;
  }
  if (content.length === 0 || ((content[content.length - 1] ?? 0) & 0x80) !== 0)
    throw bad('asn1-oid', -1, 'an object identifier ends early');
  return arcs.join('.');
}

/** Reads any of the string types as text; what is invalid becomes U+FFFD. */
export function textOf(node: DerNode): string {
  switch (node.tag) {
    case TAG.utf8String:
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.teletexString:
      return utf8TextLoose(node.content);
    case TAG.bmpString: {
      let out = '';
      for (let i = 0; i + 1 < node.content.length; i += 2)
        out += String.fromCharCode(((node.content[i] ?? 0) << 8) | (node.content[i + 1] ?? 0));
      return out;
    }
    default:
      throw bad('asn1-shape', -1, 'a text is missing or of another type');
  }
}

/** Reads UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5 as milliseconds since 1970. */
export function timeOf(node: DerNode | undefined): number {
  if (node?.tag !== TAG.utcTime && node?.tag !== TAG.generalizedTime)
    throw bad('asn1-shape', -1, 'a time is missing or of another type');
  const text = utf8TextLoose(node.content);
  const match = (
    node.tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text);
  if (match === null) throw bad('asn1-time', -1, 'a time is malformed');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const century = node.tag === TAG.generalizedTime ? 0 : year < 50 ? 2000 : 1900;
  return Date.UTC(century + year, month - 1, day, hour, minute, second);
}
