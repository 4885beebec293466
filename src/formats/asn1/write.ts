import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { TAG } from './tags.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Writes identifier octet, length and contents. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = concatBytes(parts);
  const length: number[] = [];
  if (content.length < 0x80) length.push(content.length);
  else {
    for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return concatBytes([Uint8Array.of(tag, ...length), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Bytes {
  return tagged(TAG.sequence, ...parts);
}

/** Writes a SET OF with its members in the order that DER demands (X.690 section 11.6). */
export function setOf(...parts: readonly Uint8Array[]): Bytes {
  return tagged(TAG.set, ...sortDer(parts));
}

function sortDer(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...parts].sort((a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const difference = (a[i] ?? 0) - (b[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.length - b.length;
  });
}

/** Writes `[number]` explicit: a constructed context tag around elements. */
export function context(number: number, ...parts: readonly Uint8Array[]): Bytes {
  return tagged(0xa0 | number, ...parts);
}

/** Replaces the identifier octet of an element: `[number]` implicit. */
export function implicit(tag: number, element: Uint8Array): Bytes {
  const out = new Uint8Array(element);
  out[0] = tag;
  return out;
}

/** Writes an INTEGER from a small number or from big-endian unsigned bytes. */
export function integer(value: number | Uint8Array): Bytes {
  let bytes: number[] = [];
  if (typeof value === 'number') {
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  } else bytes = [...value];
  while (bytes.length > 1 && bytes[0] === 0) bytes.shift();
  if (bytes.length === 0) bytes.push(0);
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return tagged(TAG.integer, Uint8Array.from(bytes));
}

export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [40 * first + second, ...rest]) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128));
    bytes.push(...groups);
  }
  return tagged(TAG.oid, Uint8Array.from(bytes));
}

export function octetString(bytes: Uint8Array): Bytes {
  return tagged(TAG.octetString, bytes);
}

export function bitString(bytes: Uint8Array, unused = 0): Bytes {
  return tagged(TAG.bitString, Uint8Array.of(unused), bytes);
}

/** Writes a UTF8String, or a PrintableString where `printable`: the caller warrants the characters. */
export function text(value: string, printable = false): Bytes {
  return tagged(printable ? TAG.printableString : TAG.utf8String, utf8Bytes(value));
}

/** Writes UTCTime up to 2049 and GeneralizedTime after, as RFC 5280 section 4.1.2.5 demands. */
export function time(atMs: number): Bytes {
  const digits = `${new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '')}Z`;
  return new Date(atMs).getUTCFullYear() < 2050
    ? tagged(TAG.utcTime, utf8Bytes(digits.slice(2)))
    : tagged(TAG.generalizedTime, utf8Bytes(digits));
}
