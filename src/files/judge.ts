import type { ReasonView } from '../access/api.ts';
import type { TdfPolicy } from '../formats/tdf/index.ts';
import { fileReason } from './files-error.ts';
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
  const entitled = file.ownerId === personId || file.recipientIds.includes(personId);
  if (!entitled) return [notForYou()]; // to others the file tells nothing more of itself
  const end = endOf(file);
  return [
    ...(file.revokedAt === null
      ? []
      : [fileReason('file.revoked', 'This file was withdrawn by its owner.', 'Ask the owner')]),
    ...(end !== null && end <= nowMs ? [expired()] : []),
  ];
}

/** What the policy says whose binding has just been proven; recipients only where the server has no record of the file. */
export function refusalsOfPolicy(policy: TdfPolicy, registered: boolean, email: string, nowMs: number): ReasonView[] {
  const named = registered || policy.owner === email || policy.dissem.includes(email);
  return [
    ...(named ? [] : [notForYou()]),
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
