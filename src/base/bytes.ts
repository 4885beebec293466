import { FormatError } from './format-error.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const looseDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Decodes strict UTF-8; throws FormatError `utf8-invalid`. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FormatError('utf8-invalid', -1, 'Cannot read text: not valid UTF-8');
  }
}

/** Decodes UTF-8 with U+FFFD for what is invalid. */
export function utf8TextLoose(bytes: Uint8Array): string {
  return looseDecoder.decode(bytes);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares in time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** Throws FormatError `hex-invalid`. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new FormatError('hex-invalid', -1, 'Cannot read hex: odd length or a character that is not a hex digit');
  }
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x2000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(binary);
}

/** Standard base64, white space allowed, padding optional; throws FormatError `base64-invalid`. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text.replace(/[\t\n\r ]+/g, ''));
  } catch {
    throw new FormatError('base64-invalid', -1, 'Cannot read base64: a character or the padding is wrong');
  }
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

/** Standard base64 in its one spelling: padded, no white space, spare bits zero; throws FormatError `base64-invalid`. */
export function fromCanonicalBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text);
  if (toBase64(bytes) !== text)
    throw new FormatError('base64-invalid', -1, 'Cannot read base64: not the one way to write these bytes');
  return bytes;
}

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Base64url, padding optional; throws FormatError `base64-invalid`. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) {
    throw new FormatError('base64-invalid', -1, 'Cannot read base64url: a character is wrong');
  }
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
}
