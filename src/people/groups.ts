import { type Actor, append } from '../audit/index.ts';
import { enqueue, requestDelivery } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { GroupDetail, GroupItem } from './api.ts';
import { PeopleError } from './people-error.ts';
import { reassess } from './rules.ts';
import type { PeopleRoutesServices, PeopleServices } from './services.ts';
import {
  deleteGroup,
  deleteMember,
  insertGroup,
  insertMember,
  listGroups,
  listMembers,
  renameGroupRow,
} from './store.ts';

type GuardedServices = Pick<PeopleRoutesServices, 'db' | 'withoutLosers'>;

/** Adds a group of people, to which policies and lessons are assigned. */
export async function createGroup(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  name: string,
): Promise<GroupItem> {
  return await transaction(db, async (tx) => {
    const id = await insertGroup(tx, name.trim(), now());
    if (id === undefined) throw takenGroup(name);
    await append(tx, { actor, action: 'people.group.create', object: { type: 'group', id } });
    await notify(tx, 'group', { groupId: id });
    return { id, name: name.trim(), memberCount: 0 };
  });
}

/** Reads a group with its people. */
export async function readGroup({ db }: Pick<PeopleServices, 'db'>, id: string): Promise<GroupDetail> {
  const group = (await listGroups(db, id))[0];
  if (group === undefined) throw unknownGroup();
  return { ...group, members: await listMembers(db, id) };
}

/**
 * Gives a group another name; what is assigned to it stays.
 *
 * @throws PeopleError `people-group-unknown` (404), `people-group-taken` (409)
 */
export async function renameGroup(
  { db }: Pick<PeopleServices, 'db'>,
  actor: Actor,
  id: string,
  wanted: string,
): Promise<GroupItem> {
  return await transaction(db, async (tx) => {
    const group = (await listGroups(tx, id))[0];
    if (group === undefined) throw unknownGroup();
    const name = wanted.trim();
    if (!(await renameGroupRow(tx, id, name))) throw takenGroup(wanted);
    await append(tx, {
      actor,
      action: 'people.group.rename',
      object: { type: 'group', id },
      detail: { before: group.name, name },
    });
    await notify(tx, 'group', { groupId: id });
    return { ...group, name };
  });
}

/**
 * Removes a group; what was assigned to it no longer reaches its people, who are reassessed.
 *
 * @throws PeopleError `people-group-unknown` (404); what `withoutLosers` throws
 */
export async function removeGroup(
  { db, withoutLosers }: GuardedServices,
  actor: Actor,
  id: string,
  confirmed: boolean,
): Promise<void> {
  await transaction(db, async (tx) => {
    const members = await listMembers(tx, id);
    await withoutLosers(tx, confirmed, async () => {
      if (!(await deleteGroup(tx, id))) throw unknownGroup();
    });
    await append(tx, {
      actor,
      action: 'people.group.remove',
      object: { type: 'group', id },
      detail: { members: members.length },
    });
    for (const member of members) await tellPolicies(tx, member.id);
    await notify(tx, 'group', { groupId: id });
  });
}

/** Puts a person into a group; may be repeated. */
export async function addMember(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  groupId: string,
  personId: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    const outcome = await insertMember(tx, groupId, personId, now());
    if (outcome === 'unknown') throw unknownMember();
    if (outcome === 'added') await groupGrew(tx, actor, groupId, personId);
    await recordMove(tx, actor, 'people.group.join', groupId, personId);
  });
}

/** Tells the rooms above that a group has somebody more, in the transaction that puts her into it: what it reaches is not hers yet. */
export async function groupGrew(tx: Db, actor: Actor, groupId: string, personId: string): Promise<void> {
  await enqueue(tx, 'files.group-grew', { groupId, personId, actor: { ...actor } });
}

/**
 * Takes a person out of a group.
 *
 * @throws PeopleError `people-member-unknown` (404); what `withoutLosers` throws
 */
export async function removeMember(
  { db, withoutLosers }: GuardedServices,
  actor: Actor,
  groupId: string,
  personId: string,
  confirmed: boolean,
): Promise<void> {
  await transaction(db, async (tx) => {
    await withoutLosers(tx, confirmed, async () => {
      if (!(await deleteMember(tx, groupId, personId))) throw unknownMember();
    });
    await recordMove(tx, actor, 'people.group.leave', groupId, personId);
  });
}

async function recordMove(tx: Db, actor: Actor, action: string, groupId: string, personId: string): Promise<void> {
  await append(tx, { actor, action, object: { type: 'group', id: groupId }, detail: { personId } });
  await tellPolicies(tx, personId);
  await notify(tx, 'group', { groupId });
}

/** Policies are assigned to groups: what a person's phones must carry may have changed. */
async function tellPolicies(tx: Db, personId: string): Promise<void> {
  await reassess(tx, personId);
  await requestDelivery(tx, { personId });
}

function takenGroup(name: string): PeopleError {
  return new PeopleError('people-group-taken', 409, `Choose another name: "${name}" is a group already`);
}

function unknownMember(): PeopleError {
  return new PeopleError('people-member-unknown', 404, 'Reload the page: the group or the person is not there');
}

function unknownGroup(): PeopleError {
  return new PeopleError('people-group-unknown', 404, 'Choose another group: none has this id');
}
