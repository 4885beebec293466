/**
 * minisign: detached Ed25519 signatures as the tool of that name writes them (https://jedisct1.github.io/minisign/#signature-format).
 *
 * A signature file has four lines: an untrusted comment, the signature with algorithm and key id, a trusted comment, and a second signature over
 * the first one and the trusted comment. Only the prehashed form ("ED", BLAKE2b-512 of the file) is written; the older one ("Ed") is read too.
 * Signing and verifying need Node: `node.ts`.
 */
import { concatBytes, FormatError, fromCanonicalBase64, toBase64, utf8Bytes, utf8TextLoose } from '../../base/index.ts';

export interface MinisignPublicKey {
  readonly keyId: Uint8Array;
  /** Raw Ed25519 key, 32 bytes. */
  readonly key: Uint8Array;
}

export interface MinisignSignature {
  readonly keyId: Uint8Array;
  readonly prehashed: boolean;
  readonly signature: Uint8Array;
  readonly trustedComment: string;
  readonly globalSignature: Uint8Array;
}

const MAX_BYTES = 16_384;
const ALGORITHM = utf8Bytes('Ed');
const PREHASHED = utf8Bytes('ED');
const KEY_ID_BYTES = 8;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Reads a public key file, or its base64 line alone; throws FormatError `minisign-key`. */
export function parseMinisignKey(text: string): MinisignPublicKey {
  const lines = text.slice(0, MAX_BYTES).split(/\r?\n/);
  const line = lines[0]?.startsWith('untrusted comment:') ? lines[1] : lines[0];
  const bytes = decode(line, 2 + KEY_ID_BYTES + KEY_BYTES, 'minisign-key');
  if (!isAlgorithm(bytes, ALGORITHM)) throw new FormatError('minisign-key', 0, 'Cannot read public key: not Ed25519');
  return { keyId: bytes.slice(2, 2 + KEY_ID_BYTES), key: bytes.slice(2 + KEY_ID_BYTES) };
}

/** Writes a public key as the one line that commands take. */
export function formatMinisignKey({ keyId, key }: MinisignPublicKey): string {
  return toBase64(concatBytes([ALGORITHM, keyId, key]));
}

/** Reads a signature file; throws FormatError `minisign-signature`. */
export function parseMinisignSignature(bytes: Uint8Array): MinisignSignature {
  if (bytes.length > MAX_BYTES) throw badSignature('file is over 16 KiB');
  const lines = utf8TextLoose(bytes).split(/\r?\n/);
  const prefix = 'trusted comment: ';
  if (!lines[0]?.startsWith('untrusted comment:') || !lines[2]?.startsWith(prefix)) throw badSignature('no comments');
  const first = decode(lines[1], 2 + KEY_ID_BYTES + SIGNATURE_BYTES, 'minisign-signature');
  const prehashed = isAlgorithm(first, PREHASHED);
  if (!prehashed && !isAlgorithm(first, ALGORITHM)) throw badSignature('unknown algorithm');
  return {
    keyId: first.slice(2, 2 + KEY_ID_BYTES),
    prehashed,
    signature: first.slice(2 + KEY_ID_BYTES),
    trustedComment: lines[2].slice(prefix.length),
    globalSignature: decode(lines[3], SIGNATURE_BYTES, 'minisign-signature'),
  };
}

/** Writes a signature file; the comments hold no line breaks. */
export function formatMinisignSignature(signature: MinisignSignature, untrustedComment: string): string {
  const { keyId, prehashed, trustedComment, globalSignature } = signature;
  const first = toBase64(concatBytes([prehashed ? PREHASHED : ALGORITHM, keyId, signature.signature]));
  return `untrusted comment: ${untrustedComment}\n${first}\ntrusted comment: ${trustedComment}\n${toBase64(globalSignature)}\n`;
}

/** What the second signature covers. */
export function globallySigned({
  signature,
  trustedComment,
}: Pick<MinisignSignature, 'signature' | 'trustedComment'>): Uint8Array {
  return concatBytes([signature, utf8Bytes(trustedComment)]);
}

function decode(line: string | undefined, size: number, code: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = fromCanonicalBase64((line ?? '').trim());
  } catch {
    bytes = undefined; // told below, with the size
  }
  if (bytes?.length !== size)
    throw new FormatError(code, -1, `Cannot read signature or key: not ${size} bytes of base64`);
  return bytes;
}

function isAlgorithm(bytes: Uint8Array, algorithm: Uint8Array): boolean {
  return bytes[0] === algorithm[0] && bytes[1] === algorithm[1];
}

function badSignature(why: string): FormatError {
  return new FormatError('minisign-signature', -1, `Cannot read signature: ${why}`);
}
