import type { ReasonView } from '../access/api.ts';
import type { TdfPolicy } from '../formats/tdf/index.ts';
import { fileReason } from './files-error.ts';
import { refusalsOfLabels } from './labels.ts';
import type { FileRecord } from './store.ts';

/** The end that holds: the earlier of the bound one and the server's, which may only narrow. */
export function endOf(file: Pick<FileRecord, 'policyEndsAt' | 'expiresAt'>): number | null {
  const ends = [file.policyEndsAt, file.expiresAt].filter((end) => end !== null).map((end) => end.getTime());
  return ends.length === 0 ? null : Math.min(...ends);
}

/**
 * What a registered file's own state says against an opening: revoked, over, not for this person.
 *
 * The recipients of the table count, since the owner may have added and removed some after the policy was bound.
 */
export function refusalsOfFile(file: FileRecord, personId: string, nowMs: number): ReasonView[] {
  const isOwner = file.ownerId === personId;
  if (!isOwner && !file.recipientIds.includes(personId)) return [notForYou()]; // to others the file tells nothing more of itself
  const end = endOf(file);
  return [
    ...(file.revokedAt === null
      ? []
      : [fileReason('file.revoked', 'This file was withdrawn by its owner.', 'Ask the owner')]),
    ...(end !== null && end <= nowMs ? [expired()] : []),
    ...refusalsOfLabels(file.labels ?? [], isOwner),
  ];
}

/** What somebody is to a file. */
export type Part = 'owner' | 'recipient' | 'nobody';

/** What the record of a file, or the proven policy where there is none, says that somebody is to it. */
export function partIn(
  policy: TdfPolicy,
  file: FileRecord | undefined,
  { personId, email }: { readonly personId: string; readonly email: string },
): Part {
  if (file !== undefined) return file.ownerId === personId ? 'owner' : 'recipient'; // refusalsOfFile has refused others
  if (policy.owner === email) return 'owner';
  return policy.dissem.includes(email) ? 'recipient' : 'nobody';
}

/** What the policy says whose binding has just been proven. */
export function refusalsOfPolicy(policy: TdfPolicy, part: Part, nowMs: number): ReasonView[] {
  return [
    ...(part === 'nobody' ? [notForYou()] : refusalsOfLabels(policy.attributes, part === 'owner')),
    ...(policy.notAfterMs !== undefined && policy.notAfterMs <= nowMs ? [expired()] : []),
    ...(policy.notBeforeMs !== undefined && policy.notBeforeMs > nowMs
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
