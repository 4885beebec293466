/**
 * signed-note: texts signed by one or more named keys (https://c2sp.org/signed-note).
 *
 * Reading (`parseNote`) and trusting (`verifyNote`) are two steps, since a note says itself which keys are to be looked for. Of signatures there are
 * two types here: Ed25519 over the text (0x01), and Ed25519 cosignatures (0x04), which tlog-cosignature verifies. Nothing here holds a private
 * key: what signs is a capability.
 */
export {
  formatNote,
  formatSignatureLines,
  type Note,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
} from './note.ts';
export { type SignEd25519, signText } from './sign.ts';
export {
  formatVerifierKey,
  makeVerifierKey,
  parseVerifierKey,
  SIGNATURE_TYPE,
  type SignatureType,
  type VerifierKey,
} from './verifier-key.ts';
export { ed25519Verifier, type NoteVerifier, verifyEd25519, verifyNote } from './verify.ts';
