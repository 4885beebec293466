/**
 * tlog-cosignature: what witnesses sign of a log's checkpoint (https://c2sp.org/tlog-cosignature), by Ed25519 with a time (`cosignature/v1`).
 *
 * Cosignatures stand as further signatures in the note of the checkpoint; `verifyNote` takes `cosignatureVerifier` beside the log's own key.
 */
export { cosign, cosignatureVerifier, cosignedAtSeconds } from './cosignature.ts';
