import { equalBytes, FormatError, utf8Bytes } from '../../base/index.ts';
import type { Note, NoteSignature } from './note.ts';
import { SIGNATURE_TYPE, type VerifierKey } from './verifier-key.ts';

/** Verifies the signatures of one key; what is signed is its type's own. */
export interface NoteVerifier {
  readonly key: VerifierKey;
  verify(text: string, signature: Uint8Array): Promise<boolean>;
}

/**
 * Gives the signatures of a note that known keys have made, in the order of the note and one for each key.
 *
 * Signatures of other keys are left out, also where they bear the name or the id of a known one. One of a known key that does not verify refuses the
 * whole note, and so does a second one behind a good one: nobody may hide which of two is meant.
 * @throws FormatError `signed-note-signature` (one is forged), `signed-note-unsigned` (none is of a known key), `signed-note-key` (two different
 *   known keys have one name and id)
 */
export async function verifyNote(
  { text, signatures }: Note,
  verifiers: readonly NoteVerifier[],
): Promise<readonly NoteSignature[]> {
  checkDistinct(verifiers);
  const verified = new Map<NoteVerifier, NoteSignature>();
  for (const signature of signatures) {
    const verifier = verifiers.find(({ key }) => key.name === signature.name && key.id === signature.keyId);
    if (verifier === undefined) continue;
    if (!(await verifier.verify(text, signature.signature)))
      throw new FormatError('signed-note-signature', -1, `Cannot trust note: "${signature.name}" did not sign it so`);
    if (!verified.has(verifier)) verified.set(verifier, signature);
  }
  if (verified.size === 0)
    throw new FormatError('signed-note-unsigned', -1, 'Cannot trust note: no known key has signed it');
  return [...verified.values()];
}

/** Verifies signatures over the text itself (type 0x01); throws FormatError `signed-note-key` for a key of another type. */
export function ed25519Verifier(key: VerifierKey): NoteVerifier {
  if (key.type !== SIGNATURE_TYPE.ed25519)
    throw new FormatError('signed-note-key', -1, `Cannot use verifier key: "${key.name}" signs no notes by themselves`);
  return { key, verify: (text, signature) => verifyEd25519(key.publicKey, utf8Bytes(text), signature) };
}

/** RFC 8032, by Web Crypto; throws DOMException `NotSupportedError` in a browser without it, which must not look like a forged note. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
}

function checkDistinct(verifiers: readonly NoteVerifier[]): void {
  for (const [i, { key }] of verifiers.entries()) {
    const other = verifiers.slice(0, i).find(({ key: { name, id } }) => name === key.name && id === key.id)?.key;
    if (other !== undefined && (other.type !== key.type || !equalBytes(other.publicKey, key.publicKey)))
      throw new FormatError(
        'signed-note-key',
        -1,
        `Cannot tell keys apart: two have the name "${key.name}" and one id`,
      );
  }
}
