import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../base/index.ts';

/** An entry in the form that is hashed, exported and verified. */
export interface SealedEntry {
  readonly seq: number;
  readonly id: string;
  readonly at: string;
  readonly actor: Json;
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string | null };
  readonly detail: Json;
  /** Hex SHA-256 over the previous hash and this entry. */
  readonly hash: string;
}

/** A signed statement that the chain was `hash` at `seq`. */
export interface SignedHead {
  readonly seq: number;
  readonly hash: string;
  readonly signedAt: string;
  /** Hex Ed25519 signature over `headText`. */
  readonly signature: string;
}

/** The hash before the first entry. */
export const GENESIS = '0'.repeat(64);

/** SHA-256(previous hash ‖ canonical JSON of the entry without its hash), hex. */
export function chainHash(previous: string, entry: Omit<SealedEntry, 'hash'>): string {
  const { seq, id, at, actor, action, object, detail } = entry;
  const text = canonicalJson({ seq, id, at, actor, action, object: { type: object.type, id: object.id }, detail });
  return createHash('sha256').update(Buffer.from(previous, 'hex')).update(text).digest('hex');
}

/** The text whose Ed25519 signature is the head's. */
export function headText(seq: number, hash: string, signedAt: string): string {
  return `pavise.audit.head/1\n${seq}\n${hash}\n${signedAt}`;
}
