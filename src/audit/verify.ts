import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { chainHash, GENESIS, headText, type SealedEntry, type SignedHead } from './entry.ts';

/** What a verification found. */
export type Verification =
  | { readonly ok: true; readonly entries: number; readonly hash: string; readonly headSeq: number | null }
  | { readonly ok: false; readonly seq: number; readonly why: string };

/** A place in the chain: the hash after entry `seq`. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Verifies a chain of entries offline, oldest first from the very first entry, or from a place that was verified before.
 *
 * Any changed, dropped or reordered entry breaks the chain; a cut tail shows against a kept signed head.
 * @param head a signed head that was kept elsewhere, with the public key (DER SPKI) that signed it
 */
export async function verifyChain(
  entries: AsyncIterable<SealedEntry> | Iterable<SealedEntry>,
  head?: { readonly head: SignedHead; readonly publicKey: Uint8Array },
  from: ChainPlace = { seq: 0, hash: GENESIS },
): Promise<Verification> {
  if (head !== undefined && !headIsSigned(head.head, head.publicKey)) {
    return { ok: false, seq: head.head.seq, why: 'the head is not signed by this installation' };
  }
  let { seq, hash } = from;
  for await (const entry of entries) {
    seq += 1;
    if (entry.seq !== seq)
      return { ok: false, seq, why: `entry ${seq} is missing: found entry ${entry.seq} in its place` };
    hash = chainHash(hash, entry);
    if (hash !== entry.hash) return { ok: false, seq, why: `entry ${seq} was changed: its hash differs` };
    if (head !== undefined && head.head.seq === seq && head.head.hash !== hash) {
      return { ok: false, seq, why: `the chain was rewritten: the signed head at ${seq} differs` };
    }
  }
  if (head !== undefined && head.head.seq > seq) {
    return { ok: false, seq, why: `the tail was cut: the signed head is at ${head.head.seq}, the log ends at ${seq}` };
  }
  return { ok: true, entries: seq, hash, headSeq: head?.head.seq ?? null };
}

function headIsSigned(head: SignedHead, publicKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    return verifySignature(
      null,
      Buffer.from(headText(head.seq, head.hash, head.signedAt)),
      key,
      Buffer.from(head.signature, 'hex'),
    );
  } catch {
    return false; // a key or signature that cannot be read signs nothing
  }
}
