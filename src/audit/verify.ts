import { createPublicKey, verify as verifySignature } from 'node:crypto';
import type { Alarm } from './alarm.ts';
import { chainHash, headText, type SealedEntry, type SignedHead } from './entry.ts';
import { EMPTY_LOG, type LogState } from './log-state.ts';

/** What a verification found. */
export type Verification =
  | { readonly ok: true; readonly entries: number; readonly hash: string; readonly headSeq: number | null }
  | ({ readonly ok: false; readonly seq: number } & Alarm);

/**
 * Verifies a chain of entries offline, oldest first from the very first entry, or from a place that was verified before.
 *
 * Any changed, dropped or reordered entry breaks the chain; a cut tail shows against a kept signed head.
 * @param head a signed head that was kept elsewhere, with the public key (DER SPKI) that signed it
 */
export async function verifyChain(
  entries: AsyncIterable<SealedEntry> | Iterable<SealedEntry>,
  head?: { readonly head: SignedHead; readonly publicKey: Uint8Array },
  from: LogState = EMPTY_LOG,
): Promise<Verification> {
  if (head !== undefined && !headIsSigned(head.head, head.publicKey)) {
    const why = 'the head is not signed by this installation';
    return { ok: false, seq: head.head.seq, code: 'signature', why };
  }
  let { size: seq, hash } = from;
  if (head !== undefined && differs(head.head, seq, hash)) return rewritten(seq);
  for await (const entry of entries) {
    seq += 1;
    if (entry.seq !== seq) {
      const why = `entry ${seq} is missing: found entry ${entry.seq} in its place`;
      return { ok: false, seq, code: 'gap', why };
    }
    hash = chainHash(hash, entry);
    if (hash !== entry.hash) {
      return { ok: false, seq, code: 'changed', why: `entry ${seq} was changed: its hash differs` };
    }
    if (head !== undefined && differs(head.head, seq, hash)) return rewritten(seq);
  }
  if (head !== undefined && head.head.seq > seq) {
    const why = `the tail was cut: the signed head is at ${head.head.seq}, the log ends at ${seq}`;
    return { ok: false, seq, code: 'cut', why };
  }
  return { ok: true, entries: seq, hash, headSeq: head?.head.seq ?? null };
}

function differs(head: SignedHead, seq: number, hash: string): boolean {
  return head.seq === seq && head.hash !== hash;
}

function rewritten(seq: number): Verification {
  return { ok: false, seq, code: 'rewritten', why: `the chain was rewritten: the signed head at ${seq} differs` };
}

/** True when a head's signature is this key's (DER SPKI) over its size, hash and time. */
export function headIsSigned(head: SignedHead, publicKey: Uint8Array): boolean {
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
