import type { ReasonView } from '../access/api.ts';
import type { TdfPolicy } from '../formats/tdf/index.ts';
import { fileReason } from './files-error.ts';
import { refusalsOfLabels } from './labels.ts';
import type { Part } from './part-of.ts';
import type { FileRecord } from './store.ts';

/** The end that holds: the earlier of the bound one and the server's, which may only narrow. */
export function endOf(file: Pick<FileRecord, 'policyEndsAt' | 'expiresAt'>): number | null {
  const ends = [file.policyEndsAt, file.expiresAt].filter((end) => end !== null).map((end) => end.getTime());
  return ends.length === 0 ? null : Math.min(...ends);
}

/**
 * What a registered file's own state says against an opening: revoked, over, not for this person.
 *
 * @param part by the record, since the owner may have added and removed some after the policy was bound
 */
export function refusalsOfFile(file: FileRecord, part: Part, nowMs: number): ReasonView[] {
  if (part === 'nobody') return [notForYou()]; // to others the file tells nothing more of itself
  const end = endOf(file);
  return [
    ...(file.revokedAt === null
      ? []
      : [fileReason('file.revoked', 'This file was withdrawn by its owner.', 'Ask the owner')]),
    ...(end !== null && end <= nowMs ? [expired()] : []),
    ...refusalsOfLabels(file.labels ?? [], part === 'owner'),
  ];
}

/** What the policy says whose binding has just been proven. */
export function refusalsOfPolicy(policy: TdfPolicy, part: Part, nowMs: number): ReasonView[] {
  return [
    ...(part === 'nobody' ? [notForYou()] : refusalsOfLabels(policy.attributes, part === 'owner')),
    ...((policy.notAfterMs ?? Number.POSITIVE_INFINITY) <= nowMs ? [expired()] : []),
    ...((policy.notBeforeMs ?? 0) > nowMs
      ? [fileReason('file.not-yet', 'This file opens only later.', 'Wait until its time, or ask the owner')]
      : []),
    // The grade that never sends content gets no key at all.
    ...(policy.view === 'pixels'
      ? [fileReason('file.pixels-only', 'This file may only be shown as pictures.', 'Ask the owner for another grade')]
      : []),
  ];
}

function notForYou(): ReasonView {
  return fileReason('file.not-recipient', 'This file is not shared with you.', 'Ask the owner to share it with you');
}

function expired(): ReasonView {
  return fileReason('file.expired', 'The time of this file is over.', 'Ask the owner to extend it');
}
