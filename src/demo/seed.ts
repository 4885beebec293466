import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { readAtOf } from '../base/index.ts';
import { PublicKeyReply } from '../files/api.ts';
import { encodePolicy, protectStream } from '../formats/tdf/index.ts';
import { GroupList } from '../people/api.ts';
import { addMember, createGroup, createPerson, listPeople, type Person, personLink } from '../people/index.ts';
import { ControlsReply, PoliciesReply, PolicyView } from '../policies/api.ts';
import type { Db } from '../storage/index.ts';
import { DemoError } from './demo-error.ts';
import { GROUPS, PEOPLE, type PracticePerson } from './organisation.data.ts';
import { makePasskey } from './passkey.ts';
import type { PracticeBook } from './practice-book.ts';
import { type Addresses, join, type PracticeMember, signIn } from './practice-member.ts';
import { welcomePdf } from './welcome-pdf.ts';

export interface SeedServices {
  readonly db: Db;
  readonly publicUrl: URL;
  readonly now: () => number;
}

const SYSTEM = { kind: 'system' } as const;
/** The first person is for whoever tries Pavise; the last one shows what an unanswered invitation looks like. */
const VISITOR = PEOPLE[0];
const SILENT = PEOPLE.at(-1);
const FILE_POLICY_ID = '5eed0000-0000-4000-8000-000000000002'; // fixed, so that seeding twice shares one file
const BASELINE = 'newsroom-default';

/** Refuses a database in which anybody lives who is not of the practice organisation's own making. */
export async function refuseForeignPeople({ db }: Pick<SeedServices, 'db'>, isNew: boolean): Promise<void> {
  const [someone] = await listPeople(db, {}, 1);
  if (someone === undefined) return;
  const own = !isNew && VISITOR !== undefined && (await findPerson(db, VISITOR.email)) !== undefined;
  if (own) return;
  throw new DemoError(
    'demo-not-empty',
    409,
    'Start without --demo, or give --demo an empty --data folder and database: people live in this one already',
  );
}

async function findPerson(db: Db, email: string): Promise<Person | undefined> {
  return (await listPeople(db, { query: email }, 10)).find((person) => person.email === email);
}

/** Creates people, groups, policy and file, once; most people join and sign, as they would in a browser. */
export async function seed(services: SeedServices, addresses: Addresses, pages: PracticeBook): Promise<void> {
  const administrator = PEOPLE.find((person) => person.role === 'administrator');
  if (administrator === undefined) throw new Error('the practice organisation has no administrator');
  await enterOrganisation(services, addresses, pages, administrator, undefined);
  const desk = await returning(addresses, pages, administrator);
  const groups = await ensureGroups(services, desk);
  for (const person of PEOPLE) {
    if (person !== administrator) await enterOrganisation(services, addresses, pages, person, groups.get(person.group));
  }
  await joinGroup(services, administrator, groups.get(administrator.group));
  await ensurePolicy(desk);
  await shareWelcome(desk, administrator, addresses.publicUrl);
  await desk.signOut();
  pages.book.seeded = true;
  await pages.save();
}

/** Signs the administrator in with the passkey of the book. */
export async function administratorDesk(addresses: Addresses, pages: PracticeBook): Promise<PracticeMember> {
  const administrator = PEOPLE.find((person) => person.role === 'administrator');
  if (administrator === undefined) throw new Error('the practice organisation has no administrator');
  return await returning(addresses, pages, administrator);
}

async function returning(addresses: Addresses, pages: PracticeBook, person: PracticePerson): Promise<PracticeMember> {
  const passkey = pages.book.passkeys[person.email];
  if (passkey === undefined) {
    throw new DemoError('demo-book', 500, 'Remove the data folder and start again: the practice passkeys are missing');
  }
  return await signIn(addresses, passkey);
}

async function enterOrganisation(
  services: SeedServices,
  addresses: Addresses,
  pages: PracticeBook,
  person: PracticePerson,
  groupId: string | undefined,
): Promise<void> {
  if ((await findPerson(services.db, person.email))?.state === 'active') return;
  const { displayName, email, role } = person;
  const groupIds = groupId === undefined ? [] : [groupId];
  const { link } = await createPerson(services, SYSTEM, { displayName, email, role, groupIds });
  if (person === VISITOR || person === SILENT) return;
  const passkey = makePasskey();
  pages.book.passkeys[email] = passkey;
  await pages.save(); // before it counts: a passkey that is lost cannot be made again
  const member = await join(addresses, link, passkey);
  await member.signAgreements();
  await member.signOut();
}

async function ensureGroups(services: SeedServices, desk: PracticeMember): Promise<ReadonlyMap<string, string>> {
  const { items } = await desk.call('GET', '/api/v1/groups', GroupList);
  const groups = new Map(items.map((group) => [group.name, group.id]));
  for (const name of GROUPS) {
    if (!groups.has(name)) groups.set(name, (await createGroup(services, SYSTEM, name)).id);
  }
  return groups;
}

async function joinGroup(services: SeedServices, person: PracticePerson, groupId: string | undefined): Promise<void> {
  const known = await findPerson(services.db, person.email);
  if (known !== undefined && groupId !== undefined) await addMember(services, SYSTEM, groupId, known.id);
}

/** Gives the baseline to everyone where no policy holds for everyone; a new installation has one from the start. */
async function ensurePolicy(desk: PracticeMember): Promise<void> {
  const { items } = await desk.call('GET', '/api/v1/policies', PoliciesReply);
  if (items.some((policy) => policy.assignment.everyone)) return;
  const { baselines } = await desk.call('GET', '/api/v1/controls', ControlsReply);
  const baseline = baselines.find((candidate) => candidate.id === BASELINE);
  if (baseline === undefined) throw new Error(`no baseline "${BASELINE}"`);
  const { name, description, settings } = baseline;
  const path = `/api/v1/policies/${randomUUID()}`;
  await desk.call('PUT', path, PolicyView, { name, description, settings });
  await desk.call('PUT', `${path}/assignment`, PolicyView, { everyone: true, groups: [] });
}

/** Protects the welcome page under the key server's key and shares it with all people. */
async function shareWelcome(desk: PracticeMember, owner: PracticePerson, publicUrl: URL): Promise<void> {
  const { items } = await desk.call(
    'GET',
    '/api/v1/files',
    Type.Object({ items: Type.Array(Type.Object({ policyUuid: Type.String() })) }),
  );
  if (items.some((file) => file.policyUuid === FILE_POLICY_ID)) return;
  const key = await desk.call('POST', '/kas.AccessService/PublicKey', PublicKeyReply, {});
  const pdf = welcomePdf();
  const policy = encodePolicy({
    uuid: FILE_POLICY_ID,
    attributes: [],
    dissem: PEOPLE.filter((person) => person !== owner).map((person) => person.email),
    owner: owner.email,
    view: 'client',
    watermark: true,
  });
  const parts: Uint8Array[] = [];
  const kasKeys = [{ url: new URL('/kas', publicUrl).href, kid: key.kid, publicKeyPem: key.publicKey }];
  for await (const part of protectStream(readAtOf(pdf), pdf.length, {
    policy,
    mimeType: 'application/pdf',
    kasKeys,
    random: crypto,
  })) {
    parts.push(part);
  }
  await desk.upload('/api/v1/files?title=Welcome%20to%20Meridian', Buffer.concat(parts));
}

/** Gives the visitor's invitation anew while she has not joined; undefined afterwards. */
export async function visitorInvitation(services: SeedServices): Promise<string | undefined> {
  if (VISITOR === undefined) return undefined;
  const known = await findPerson(services.db, VISITOR.email);
  if (known !== undefined)
    return known.state === 'invited' ? (await personLink(services, SYSTEM, known.id)).link : undefined;
  const { displayName, email, role } = VISITOR;
  return (await createPerson(services, SYSTEM, { displayName, email, role })).link;
}

/** The id of each practice person, by address. */
export async function peopleIds({ db }: Pick<SeedServices, 'db'>): Promise<ReadonlyMap<string, string>> {
  const people = await listPeople(db, {}, 200);
  return new Map(people.map((person) => [person.email, person.id]));
}
