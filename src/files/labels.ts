import type { ReasonView } from '../access/api.ts';
import { FilesError, fileReason } from './files-error.ts';

/**
 * The labels (attributes of a TDF policy) that nobody here can judge: all of them, as there is no catalogue of labels that says what each
 * asks of a person or a phone.
 */
function unjudged(labels: readonly string[]): readonly string[] {
  return labels;
}

/** A restriction that is not understood cannot be kept: it refuses everybody but the owner, whom none of her own restricts. */
export function refusalsOfLabels(labels: readonly string[], isOwner: boolean): ReasonView[] {
  if (isOwner || unjudged(labels).length === 0) return [];
  return [
    fileReason(
      'file.label-unknown',
      'This file carries a label that your organisation’s server cannot judge.',
      'Ask the owner to protect it again without labels',
    ),
  ];
}

/** Refuses a file that only its owner could open; FilesError `files-unknown-label` (422). */
export function refuseUnknownLabels(labels: readonly string[]): void {
  const [first] = unjudged(labels);
  if (first === undefined) return;
  const named = JSON.stringify(first.slice(0, 200));
  throw new FilesError(
    'files-unknown-label',
    422,
    `Protect the file without labels: this server cannot judge ${named}, and would refuse everybody but its owner`,
  );
}
