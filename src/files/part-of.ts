import type { TdfPolicy } from '../formats/tdf/index.ts';
import { type Membership, membershipsOf } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { FileRecord } from './store.ts';
import type { GroupShare } from './store-groups.ts';

/** What somebody is to a file. */
export type Part = 'owner' | 'recipient' | 'nobody';

/** What somebody is to a file that the server has a record of: by it, and by the groups that she is in now. */
export async function partOf(
  db: Db,
  file: Pick<FileRecord, 'ownerId' | 'recipientIds' | 'groups'>,
  personId: string,
): Promise<Part> {
  if (file.ownerId === personId) return 'owner';
  if (file.recipientIds.includes(personId)) return 'recipient';
  if (file.groups.length === 0) return 'nobody';
  const memberships = await membershipsOf(db, personId);
  return memberships.some((membership) => file.groups.some((share) => reaches(share, membership)))
    ? 'recipient'
    : 'nobody';
}

/** What somebody is to a file that was never uploaded: what its policy says, which proves nothing before its binding is proven. */
export function partByPolicy(policy: TdfPolicy, email: string): Part {
  if (policy.owner === email) return 'owner';
  return policy.dissem.includes(email) ? 'recipient' : 'nobody';
}

/**
 * Whether a share with a group reaches somebody in it: who was in it when the file was shared, or when the owner confirmed her.
 *
 * Who left and came back is in it since then, and waits again.
 */
export function reaches(share: GroupShare, { groupId, personId, sinceMs }: Membership): boolean {
  if (share.groupId !== groupId) return false;
  const confirmedAtMs = share.confirmed[personId] ?? 0;
  return (sinceMs ?? 0) <= Math.max(share.sharedAtMs, confirmedAtMs);
}
