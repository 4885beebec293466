import { sql } from 'kysely';
import type { Role } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { PersonState } from './api.ts';

/** A person as the other rooms see her. */
export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: Role;
  readonly state: PersonState;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly joinedAtMs: number | null;
  readonly lastSeenAtMs: number | null;
}

interface PersonRow {
  readonly id: string;
  readonly display_name: string;
  readonly email: string;
  readonly role: Role; // checked by the table
  readonly state: PersonState; // checked by the table
  readonly groups: { id: string; name: string }[];
  readonly joined_at: Date | null;
  readonly last_seen_at: Date | null;
}

const personColumns = sql`p.id, p.display_name, p.email, p.role, p.state, p.joined_at, p.last_seen_at,
  coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name) order by lower(g.name))
    from people_group_members m join people_groups g on g.id = m.group_id where m.person_id = p.id), '[]') as groups`;

function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    displayName: row.display_name,
    email: row.email,
    role: row.role,
    state: row.state,
    groups: row.groups,
    joinedAtMs: row.joined_at?.getTime() ?? null,
    lastSeenAtMs: row.last_seen_at?.getTime() ?? null,
  };
}

/** Reads one person with her groups. */
export async function readPerson(db: Db, id: string): Promise<Person | undefined> {
  const { rows } = await sql<PersonRow>`select ${personColumns} from people p where p.id = ${id}`.execute(db);
  return rows[0] === undefined ? undefined : personOf(rows[0]);
}

/** A person as lists of other rooms show her. */
export interface PersonName {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
}

/** Reads the names of many people at once, by id. */
export async function findNames(db: Db, ids: Iterable<string>): Promise<ReadonlyMap<string, PersonName>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<PersonName>`select p.id, p.display_name as "displayName", p.email from people p
    where p.id = any(${wanted}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Finds everybody whose name holds a text, whatever its case. */
export async function findIdsByName(db: Db, text: string): Promise<string[]> {
  const like = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<{
    id: string;
  }>`select p.id from people p where lower(p.display_name) like ${like}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Reads one person and holds her row until the transaction ends. */
export async function lockPerson(tx: Db, id: string): Promise<Person | undefined> {
  await sql`select 1 from people where id = ${id} for update`.execute(tx);
  return await readPerson(tx, id);
}

/** Holds a person's row until the transaction ends, so that what is counted of her is counted one after the other; what points to her goes on. */
export async function holdPerson(tx: Db, id: string): Promise<void> {
  await sql`select 1 from people where id = ${id} for no key update`.execute(tx);
}

/** Finds a person by address, whatever its case. */
export async function findPersonByEmail(db: Db, email: string): Promise<Person | undefined> {
  const { rows } =
    await sql<PersonRow>`select ${personColumns} from people p where lower(p.email) = lower(${email})`.execute(db);
  return rows[0] === undefined ? undefined : personOf(rows[0]);
}

/** Reads a person who may act; undefined when she is invited, suspended or unknown. */
export async function readActive(db: Db, id: string): Promise<Person | undefined> {
  const person = await readPerson(db, id);
  return person?.state === 'active' ? person : undefined;
}

/** Finds a person who belongs to the organisation by address, whatever its case: active, or invited and about to join. */
export async function findMemberByEmail(db: Db, email: string): Promise<Person | undefined> {
  const person = await findPersonByEmail(db, email);
  return person?.state === 'suspended' ? undefined : person;
}

/** Lists people by name, after the pair (lower-case name, id) where the page before ended. */
export async function listPeople(
  db: Db,
  filter: { readonly query?: string; readonly state?: PersonState; readonly after?: readonly [string, string] },
  limit: number,
): Promise<Person[]> {
  const like = filter.query === undefined ? null : `%${filter.query.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<PersonRow>`select ${personColumns} from people p
    where (${like}::text is null or p.display_name ilike ${like} or p.email ilike ${like})
      and (${filter.state ?? null}::text is null or p.state = ${filter.state ?? null})
      and (${filter.after?.[0] ?? null}::text is null
        or (lower(p.display_name), p.id) > (${filter.after?.[0] ?? null}::text, ${filter.after?.[1] ?? null}::uuid))
    order by lower(p.display_name), p.id limit ${limit}`.execute(db);
  return rows.map(personOf);
}

/** Adds a person. */
export async function insertPerson(
  tx: Db,
  person: { id: string; displayName: string; email: string; role: Role; state: PersonState; joinedAtMs: number | null },
  nowMs: number,
): Promise<void> {
  const joinedAt = person.joinedAtMs === null ? null : new Date(person.joinedAtMs);
  await sql`insert into people (id, display_name, email, role, state, created_at, joined_at)
    values (${person.id}, ${person.displayName}, ${person.email}, ${person.role}, ${person.state}, ${new Date(nowMs)}, ${joinedAt})`.execute(
    tx,
  );
}

/** Writes the changed members of a person. */
export async function updatePerson(
  tx: Db,
  id: string,
  change: {
    displayName?: string | undefined;
    role?: Role | undefined;
    state?: PersonState | undefined;
    joinedAtMs?: number;
  },
): Promise<void> {
  const joinedAt = change.joinedAtMs === undefined ? null : new Date(change.joinedAtMs);
  await sql`update people set display_name = coalesce(${change.displayName ?? null}, display_name),
    role = coalesce(${change.role ?? null}, role), state = coalesce(${change.state ?? null}, state),
    joined_at = coalesce(joined_at, ${joinedAt}::timestamptz) where id = ${id}`.execute(tx);
}

/** Removes a person who never joined. */
export async function deleteInvitedPerson(tx: Db, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from people where id = ${id} and state = 'invited'`.execute(tx);
  return numAffectedRows === 1n;
}

/** Says whether anybody owns this installation; an owner who is suspended counts. */
export async function ownerExists(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from people where role = 'owner' and state <> 'invited' limit 1`.execute(db);
  return rows.length > 0;
}

/** Locks the active owners and counts them, so that two requests cannot each remove the other one. */
export async function lockActiveOwners(tx: Db): Promise<number> {
  const { rows } =
    await sql`select id from people where role = 'owner' and state = 'active' order by id for update`.execute(tx);
  return rows.length;
}

/** Makes setups wait for each other until the transaction ends. */
export async function lockSetup(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('pavise people setup'))`.execute(tx);
}

/** A group with its size. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly memberCount: number;
}

/** Lists all groups by name, or the one asked for. */
export async function listGroups(db: Db, id?: string): Promise<Group[]> {
  const { rows } = await sql<{ id: string; name: string; members: number }>`select g.id, g.name,
      (select count(*) from people_group_members m where m.group_id = g.id) as members
    from people_groups g where ${id ?? null}::uuid is null or g.id = ${id ?? null} order by lower(g.name)`.execute(db);
  return rows.map((row) => ({ id: row.id, name: row.name, memberCount: row.members }));
}

/** Lists the people of a group by name. */
export async function listMembers(db: Db, groupId: string): Promise<{ id: string; displayName: string }[]> {
  const { rows } = await sql<{ id: string; display_name: string }>`select p.id, p.display_name from people p
    join people_group_members m on m.person_id = p.id where m.group_id = ${groupId} order by lower(p.display_name)`.execute(
    db,
  );
  return rows.map((row) => ({ id: row.id, displayName: row.display_name }));
}

/** Somebody in a group. */
export interface Membership {
  readonly groupId: string;
  readonly personId: string;
  /** Null of who was in it before that was kept. */
  readonly sinceMs: number | null;
}

/** The groups that a person is in, each since when. */
export async function membershipsOf(db: Db, personId: string): Promise<Membership[]> {
  return membershipsWhere(db, sql`person_id = ${personId}`);
}

/** Who is in these groups, each since when. */
export async function membersOf(db: Db, groupIds: readonly string[]): Promise<Membership[]> {
  return membershipsWhere(db, sql`group_id = any(${groupIds}::uuid[])`);
}

async function membershipsWhere(db: Db, condition: ReturnType<typeof sql>): Promise<Membership[]> {
  const { rows } = await sql<{ group_id: string; person_id: string; added_at: Date | null }>`
    select group_id, person_id, added_at from people_group_members where ${condition}`.execute(db);
  return rows.map((row) => ({
    groupId: row.group_id,
    personId: row.person_id,
    sinceMs: row.added_at?.getTime() ?? null,
  }));
}

/** The names of groups by their ids; of those that are gone none. */
export async function findGroupNames(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from people_groups
    where id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Adds a group; undefined when the name is taken. */
export async function insertGroup(tx: Db, name: string, nowMs: number): Promise<string | undefined> {
  const { rows } = await sql<{
    id: string;
  }>`insert into people_groups (name, created_at) values (${name}, ${new Date(nowMs)})
    on conflict do nothing returning id`.execute(tx);
  return rows[0]?.id;
}

/** Renames a group; false when another one has the name, whatever its case. */
export async function renameGroupRow(tx: Db, id: string, name: string): Promise<boolean> {
  const { numAffectedRows } = await sql`update people_groups g set name = ${name} where g.id = ${id}
    and not exists (select 1 from people_groups o where lower(o.name) = lower(${name}) and o.id <> g.id)`.execute(tx);
  return numAffectedRows === 1n;
}

/** Removes a group with its memberships. */
export async function deleteGroup(tx: Db, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from people_groups where id = ${id}`.execute(tx);
  return numAffectedRows === 1n;
}

/** Puts a person into a group; `unknown` when group or person is, `there` when she is in it already. */
export async function insertMember(
  tx: Db,
  groupId: string,
  personId: string,
  nowMs: number,
): Promise<'added' | 'there' | 'unknown'> {
  const { rows } =
    await sql`select 1 from people p, people_groups g where p.id = ${personId} and g.id = ${groupId}`.execute(tx);
  if (rows.length === 0) return 'unknown';
  const { numAffectedRows } = await sql`insert into people_group_members (group_id, person_id, added_at)
    values (${groupId}, ${personId}, ${new Date(nowMs)}) on conflict do nothing`.execute(tx);
  return numAffectedRows === 1n ? 'added' : 'there';
}

/** Takes a person out of a group. */
export async function deleteMember(tx: Db, groupId: string, personId: string): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from people_group_members
    where group_id = ${groupId} and person_id = ${personId}`.execute(tx);
  return numAffectedRows === 1n;
}
