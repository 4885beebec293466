import { concatBytes, FormatError, utf8Bytes } from '../../base/index.ts';
import {
  type NoteSignature,
  type NoteVerifier,
  SIGNATURE_TYPE,
  type SignEd25519,
  type VerifierKey,
  verifyEd25519,
} from '../signed-note/index.ts';
import { parseCheckpoint } from '../tlog-checkpoint/index.ts';

/** Before the signature stands when it was made, as a big-endian uint64. */
const TIME_BYTES = 8;
const SIGNATURE_BYTES = TIME_BYTES + 64;

/**
 * Cosigns a checkpoint: says that at this time it was the largest consistent one of its log that the cosigner had seen.
 *
 * @param text of the checkpoint, all of it: extension lines are signed as well
 * @param atSeconds whole seconds since 1970, above 0
 * @throws FormatError of tlog-checkpoint for a text that is none; `tlog-cosignature-key`, `tlog-cosignature-time`
 */
export async function cosign(
  text: string,
  atSeconds: number,
  key: VerifierKey,
  sign: SignEd25519,
): Promise<NoteSignature> {
  checkType(key);
  parseCheckpoint(text);
  if (!Number.isSafeInteger(atSeconds) || atSeconds <= 0)
    throw new FormatError('tlog-cosignature-time', -1, `Cannot cosign: ${atSeconds} is no time in whole seconds`);
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(atSeconds));
  const signature = concatBytes([time, await sign(cosignedMessage(text, atSeconds))]);
  return { name: key.name, keyId: key.id, signature };
}

/**
 * Verifies cosignatures (type 0x04) of one key, over checkpoints alone.
 *
 * @throws FormatError `tlog-cosignature-key` for a key of another type; once it verifies, `tlog-checkpoint-text` for a text that is none
 */
export function cosignatureVerifier(key: VerifierKey): NoteVerifier {
  checkType(key);
  return {
    key,
    async verify(text, signature) {
      parseCheckpoint(text);
      const atSeconds = timeOf(signature);
      if (atSeconds === undefined) return false;
      return await verifyEd25519(key.publicKey, cosignedMessage(text, atSeconds), signature.subarray(TIME_BYTES));
    },
  };
}

/** When a verified cosignature was made, in seconds since 1970; throws FormatError `tlog-cosignature-time`. */
export function cosignedAtSeconds({ signature }: NoteSignature): number {
  const atSeconds = timeOf(signature);
  if (atSeconds === undefined)
    throw new FormatError('tlog-cosignature-time', -1, 'Cannot read cosignature: it has no time');
  return atSeconds;
}

// C2SP tlog-cosignature, "Ed25519 signed message".
function cosignedMessage(text: string, atSeconds: number): Uint8Array {
  return utf8Bytes(`cosignature/v1\ntime ${atSeconds}\n${text}`);
}

/** Undefined for 0, which says that there is none, and for times that cannot be counted. */
function timeOf(signature: Uint8Array): number | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const seconds = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

function checkType(key: VerifierKey): void {
  if (key.type !== SIGNATURE_TYPE.cosignature)
    throw new FormatError('tlog-cosignature-key', -1, `Cannot use verifier key: "${key.name}" makes no cosignatures`);
}
