import { FormatError } from '../base/index.ts';
import { leafHash } from '../formats/merkle-tree/index.ts';
import type { NoteVerifier } from '../formats/signed-note/index.ts';
import type { SignedCheckpoint } from '../formats/tlog-checkpoint/index.ts';
import { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from '../formats/tlog-proof/index.ts';
import { type Disclosure, disclosedEntry, formatDisclosure, parseDisclosure } from './leaf-disclosure.ts';
import type { Field } from './leaf-fields.ts';

/** What a person can show to anybody: these fields were recorded in this log, at this place, before this checkpoint. */
export interface ProvenFields {
  readonly index: number;
  readonly fields: readonly Field[];
  readonly checkpoint: SignedCheckpoint;
}

/** Writes fields of an entry with all that proves them into one file, a C2SP tlog-proof with the disclosure as its extra data. */
export function formatFieldProof(proof: Omit<TlogProof, 'extra'>, disclosure: Disclosure): Uint8Array {
  return formatTlogProof({ ...proof, extra: formatDisclosure(disclosure) });
}

/**
 * Reads such a file and verifies all of it.
 *
 * NOTE: it proves what was recorded, and neither that it is true nor that nothing else was.
 * @throws FormatError `audit-disclosure`, `audit-field`, `audit-digests`, or of tlog-proof, signed-note, tlog-checkpoint and merkle-tree
 */
export async function openFieldProof(
  bytes: Uint8Array,
  of: { readonly origin: string; readonly verifiers: readonly NoteVerifier[] },
): Promise<ProvenFields> {
  const proof = parseTlogProof(bytes);
  if (proof.extra === undefined)
    throw new FormatError('audit-disclosure', -1, 'Cannot verify proof: it shows no field of an entry');
  const disclosure = parseDisclosure(proof.extra);
  const checkpoint = await verifyTlogProof(proof, leafHash(disclosedEntry(disclosure)), of);
  return { index: proof.index, fields: disclosure.fields.map(({ name, value }) => ({ name, value })), checkpoint };
}
