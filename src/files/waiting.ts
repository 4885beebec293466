import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Actor } from '../audit/index.ts';
import { findGroupNames, findNames, type Membership, membersOf, tellPerson, wasTold } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { WaitingItem } from './api.ts';
import { FilesError } from './files-error.ts';
import { reaches } from './part-of.ts';
import type { FilesServices } from './services.ts';
import { changeRecipients } from './sharing.ts';
import { listSharedFiles, type SharedFile } from './store-groups.ts';

const MOST_TITLES = 20;

type WaitingServices = Pick<FilesServices, 'db' | 'now'>;
type PersonActor = Extract<Actor, { kind: 'person' }>;

/** Somebody who joined a group that files are shared with, and the files that she cannot open before their owner confirms her. */
interface Waiting {
  readonly membership: Membership;
  readonly files: readonly SharedFile[];
}

/** Who waits for the caller to let her open files of hers, whoever joined last first. */
export async function readWaiting({ db, now }: WaitingServices, { personId }: PersonActor): Promise<WaitingItem[]> {
  const waiting = await waitingFor(db, await listSharedFiles(db, { ownerId: personId }, now()));
  const [groups, names] = [
    await findGroupNames(
      db,
      waiting.map(({ membership }) => membership.groupId),
    ),
    await findNames(
      db,
      waiting.map(({ membership }) => membership.personId),
    ),
  ];
  return waiting.map(({ membership, files }) => {
    const { displayName = '', email = '' } = names.get(membership.personId) ?? {};
    return {
      group: { id: membership.groupId, name: groups.get(membership.groupId) ?? '' },
      person: { personId: membership.personId, displayName, email },
      joinedAtMs: membership.sinceMs,
      files: files.slice(0, MOST_TITLES).map(({ id, title }) => ({ id, title })),
      fileCount: files.length,
    };
  });
}

/**
 * Lets somebody who joined a group open every file of the caller that is shared with it.
 *
 * @returns how many files
 * @throws FilesError `files-nobody-waits` (422)
 */
export async function confirmWaiting(
  { db, now }: WaitingServices,
  actor: PersonActor,
  { groupId, personId }: { readonly groupId: string; readonly personId: string },
): Promise<number> {
  return await transaction(db, async (tx) => {
    const shared = await listSharedFiles(tx, { ownerId: actor.personId, groupId }, now());
    const hers = (await waitingFor(tx, shared)).find(
      ({ membership }) => membership.groupId === groupId && membership.personId === personId,
    );
    if (hers === undefined)
      throw new FilesError('files-nobody-waits', 422, 'Reload the page: this person does not wait for a file of yours');
    for (const { id } of hers.files)
      await changeRecipients({ db: tx, now }, actor, id, { confirm: [{ groupId, personId }] });
    return hers.files.length;
  });
}

async function waitingFor(db: Db, files: readonly SharedFile[]): Promise<Waiting[]> {
  const groupIds = new Set(files.flatMap(({ groups }) => groups.map(({ groupId }) => groupId)));
  const members = groupIds.size === 0 ? [] : await membersOf(db, [...groupIds]);
  const newestFirst = members.toSorted((a, b) => (b.sinceMs ?? 0) - (a.sinceMs ?? 0));
  return newestFirst.flatMap((membership) => {
    const closed = files.filter(
      ({ ownerId, groups }) =>
        ownerId !== membership.personId &&
        groups.some(({ groupId }) => groupId === membership.groupId) &&
        !groups.some((share) => reaches(share, membership)),
    );
    return closed.length === 0 ? [] : [{ membership, files: closed }];
  });
}

const Id = Type.String();
const GrewJob = Type.Object({
  groupId: Id,
  personId: Id,
  /** Who put her into the group. */
  actor: Type.Union([
    Type.Object({
      kind: Type.Literal('person'),
      personId: Id,
      sessionId: Id,
      role: Type.Enum(['owner', 'administrator', 'investigator', 'auditor', 'member']),
    }),
    Type.Object({
      kind: Type.Literal('token'),
      tokenId: Id,
      role: Type.Enum(['owner', 'administrator', 'investigator', 'auditor', 'member']),
    }),
    Type.Object({ kind: Type.Literal('device'), deviceId: Id }),
    Type.Object({ kind: Type.Literal('system') }),
    Type.Object({ kind: Type.Literal('anonymous') }),
  ]),
});

/** The job by which everybody is told whose files are shared with a group that somebody has joined. */
export async function tellOwners({ db, now }: WaitingServices, payload: unknown): Promise<void> {
  const { groupId, personId, actor }: Static<typeof GrewJob> = Value.Parse(GrewJob, payload);
  await transaction(db, async (tx) => {
    const shared = await listSharedFiles(tx, { groupId }, now());
    const hers = (await waitingFor(tx, shared)).find(
      ({ membership }) => membership.groupId === groupId && membership.personId === personId,
    );
    if (hers === undefined) return; // she left again, or nothing is shared with it
    const what = (await findGroupNames(tx, [groupId])).get(groupId) ?? '';
    const who = (await findNames(tx, [personId])).get(personId)?.displayName ?? '';
    const about = { type: 'group', id: groupId, personId } as const;
    for (const ownerId of new Set(hers.files.map((file) => file.ownerId))) {
      const isOwn = actor.kind === 'person' && actor.personId === ownerId; // who did it herself knows
      const notice = { personId: ownerId, kind: 'group-grew', actor, what, who, about } as const;
      if (!isOwn && !(await wasTold(tx, notice, hers.membership.sinceMs ?? 0))) await tellPerson(tx, notice, now());
    }
  });
}
