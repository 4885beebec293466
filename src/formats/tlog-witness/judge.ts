import { equalBytes, FormatError } from '../../base/index.ts';
import { emptyRoot, type TreeHead, verifyConsistency } from '../merkle-tree/index.ts';

/** What a witness does with a checkpoint whose log is known and has signed it. */
export type Judgement =
  /** Store it as the latest of its log, then cosign it. */
  | { readonly kind: 'cosign' }
  /** 409: the log thinks of another tree than was cosigned last; it is told the size. */
  | { readonly kind: 'conflict'; readonly size: number }
  /** 400 or 422: never cosign; 422 may be proof that the log misbehaves. */
  | { readonly kind: 'refuse'; readonly status: 400 | 422; readonly why: string };

/**
 * Judges whether a new checkpoint continues what a witness has cosigned.
 *
 * @param latest what this witness cosigned last for the same origin; undefined where it never did. NOTE: between reading it and storing the new one
 *   nothing else may be stored, or a log is rolled back.
 */
export function judgeCheckpoint(
  {
    oldSize,
    proof,
    checkpoint,
  }: { readonly oldSize: number; readonly proof: readonly Uint8Array[]; readonly checkpoint: TreeHead },
  latest: TreeHead | undefined,
): Judgement {
  if (oldSize > checkpoint.size) return refuse(400, 'the old size is larger than the new one');
  const known = latest ?? { size: 0, root: emptyRoot() };
  if (oldSize !== known.size) return { kind: 'conflict', size: known.size };
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, emptyRoot()))
    return refuse(422, 'the root of an empty tree is another one');
  if (known.size === 0)
    return proof.length === 0 ? { kind: 'cosign' } : refuse(422, 'nothing is to be proven of the first tree');
  try {
    verifyConsistency(known, checkpoint, proof);
  } catch (error) {
    if (error instanceof FormatError) return refuse(422, error.message);
    throw error;
  }
  return { kind: 'cosign' };
}

function refuse(status: 400 | 422, why: string): Judgement {
  return { kind: 'refuse', status, why };
}
