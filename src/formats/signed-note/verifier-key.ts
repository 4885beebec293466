import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, FormatError, fromCanonicalBase64, toBase64, utf8Bytes } from '../../base/index.ts';

/** C2SP signed-note, "Signature types": those that are known here. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

/** A public key by which notes are verified, as whoever trusts it was given it. */
export interface VerifierKey {
  readonly name: string;
  /** The first four bytes of a hash over the rest, as a number; too short to be trusted by itself. */
  readonly id: number;
  readonly type: SignatureType;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

const KEY_BYTES = 32;
const MAX_CHARS = 1024;
const FORM = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/u;
// "MUST be non-empty and MUST NOT contain any Unicode spaces or plus"; a signed note has no control characters either.
const NAME = /^[^\p{White_Space}+\u0000-\u001f]+$/u;

/** True for what may name a key. */
export function isKeyName(name: string): boolean {
  return NAME.test(name) && name.isWellFormed();
}

/** Names a public key; throws FormatError `signed-note-key`. */
export function makeVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw wrong('its name is empty, or has a space or a plus');
  if (publicKey.length !== KEY_BYTES) throw wrong(`${publicKey.length} bytes where 32 are wanted`);
  const hash = sha256(concatBytes([utf8Bytes(`${name}\n`), Uint8Array.of(type), publicKey]));
  return { name, id: new DataView(hash.buffer, hash.byteOffset).getUint32(0), type, publicKey };
}

/** Reads a vkey, "example.com/foo+530d903a+Aeky…"; throws FormatError `signed-note-key`. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', id = '', base64 = ''] = text.length > MAX_CHARS ? [] : (FORM.exec(text) ?? []);
  let bytes: Uint8Array;
  try {
    bytes = fromCanonicalBase64(base64);
  } catch {
    throw wrong('not a name, a key id and base64, with a plus between them');
  }
  const type = Object.values(SIGNATURE_TYPE).find((known) => known === bytes[0]);
  if (type === undefined) throw wrong('neither Ed25519 (1) nor an Ed25519 cosignature (4)');
  const key = makeVerifierKey(name, type, bytes.subarray(1));
  if (idText(key) !== id) throw wrong('its id is the one of another key');
  return key;
}

/** Writes a vkey. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${idText(key)}+${toBase64(concatBytes([Uint8Array.of(key.type), key.publicKey]))}`;
}

function idText({ id }: VerifierKey): string {
  return id.toString(16).padStart(8, '0');
}

function wrong(why: string): FormatError {
  return new FormatError('signed-note-key', -1, `Cannot use verifier key: ${why}`);
}
