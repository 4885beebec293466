import { FormatError, utf8Bytes } from '../../base/index.ts';
import type { NoteSignature } from './note.ts';
import { SIGNATURE_TYPE, type VerifierKey } from './verifier-key.ts';

/** Signs by an Ed25519 private key, wherever it lies; 64 bytes. */
export type SignEd25519 = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Signs a text by itself (type 0x01); throws FormatError `signed-note-key` for a key of another type. @param text ends in a newline, as `formatNote` demands */
export async function signText(text: string, key: VerifierKey, sign: SignEd25519): Promise<NoteSignature> {
  if (key.type !== SIGNATURE_TYPE.ed25519)
    throw new FormatError('signed-note-key', -1, `Cannot sign: "${key.name}" signs no notes by themselves`);
  return { name: key.name, keyId: key.id, signature: await sign(utf8Bytes(text)) };
}
