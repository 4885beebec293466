import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { calculateJwkThumbprint } from 'jose';
import { sql } from 'kysely';
import type { Actor } from '../audit/index.ts';
import { concatBytes, readAtOf } from '../base/index.ts';
import { changeDeviceState, replayGuard, saveFacts, upsertDevice } from '../devices/index.ts';
import { bindBrowser } from '../devices/registry.ts';
import {
  createRewrapSession,
  type DeviceKey,
  dpopProof,
  encodePolicy,
  protectStream,
  readContainer,
  signRewrapRequest,
  type TdfPolicy,
} from '../formats/tdf/index.ts';
import { type Db, openBlobs, secretsOf, transaction } from '../storage/index.ts';
import type { TestDatabase } from '../storage/testing.ts';
import { AGREEMENTS } from '../training/agreements.data.ts';
import { textSha256 } from '../training/read-training-facts.ts';
import { issueToken } from './access-token.ts';
import { openKasKeys } from './index.ts';
import type { FilesServices } from './services.ts';

/** What the tests protect. */
export const plain: Uint8Array = new TextEncoder().encode('the name of the source');

/** Protects a content, `plain` where none is given, as a client would, to the key server's public key. */
export async function protectPlain(
  policy: Partial<TdfPolicy>,
  key: { readonly publicKey: string; readonly kid: string },
  origin: string,
  content = plain,
): Promise<{ bytes: Uint8Array; uuid: string }> {
  const uuid = policy.uuid ?? crypto.randomUUID();
  const parts: Uint8Array[] = [];
  for await (const part of protectStream(readAtOf(content), content.length, {
    policy: encodePolicy({ attributes: [], dissem: [], ...policy, uuid }),
    mimeType: 'text/plain',
    kasKeys: [{ url: `${origin}/kas`, kid: key.kid, publicKeyPem: key.publicKey }],
    random: crypto,
  }))
    parts.push(part);
  return { bytes: concatBytes(parts), uuid };
}

/** A person of the tests. */
export interface Account {
  readonly personId: string;
  readonly actor: Actor;
  readonly email: string;
}

/** Adds a member who is signed in, active unless said otherwise. */
export async function addAccount(db: Db, name: string, state = 'active'): Promise<Account> {
  const email = `${name}@example.org`;
  const { rows } = await sql<{ personId: string; sessionId: string }>`with person as (
      insert into people (display_name, email, role, state, created_at) values (${name}, ${email}, 'member', ${state}, now()) returning id)
    insert into people_sessions (person_id, token_hash, method, user_agent, created_at, last_used_at, expires_at)
    select id, sha256(convert_to(${name}, 'UTF8')), 'passkey', '', now(), now(), now() + interval '7 days' from person
    returning person_id as "personId", id as "sessionId"`.execute(db);
  const { personId = '', sessionId = '' } = rows[0] ?? {};
  return { personId, email, actor: { kind: 'person', personId, role: 'member', sessionId } };
}

/** A phone of a person and the browser that is connected to it. */
export interface Phone {
  readonly deviceId: string;
  readonly key: DeviceKey;
}

/** Enrols a phone that is in order and connects a browser to it; its owner has signed what everybody signs. */
export async function addPhone(db: Db, { personId, actor }: Account, nowMs = Date.now()): Promise<Phone> {
  const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const thumbprint = await calculateJwkThumbprint(key.publicKey);
  const phone = { personId, platform: 'apple', ownership: 'organisation', name: 'Phone' } as const;
  const deviceId = await transaction(db, async (tx) => {
    const id = await upsertDevice(tx, phone, nowMs);
    await changeDeviceState(tx, id, 'enrolled', nowMs);
    await bindBrowser(tx, actor, id, thumbprint, nowMs);
    return id;
  });
  await sql`update devices set last_seen_at = ${new Date(nowMs)} where id = ${deviceId}`.execute(db);
  for (const text of AGREEMENTS)
    await sql`insert into training_signatures values (${personId}, ${text.id}, ${text.version}, ${textSha256(text)}, 'en', 'n', 'c', '', '', '',
      '', now()) on conflict do nothing`.execute(db);
  await report(db, deviceId, nowMs, { 'os.version': '26.1', 'encryption.enabled': true, 'passcode.compliant': true });
  await setPasscode(db, deviceId, true, nowMs);
  return { deviceId, key };
}

/** What an owner who has taken the passcode from her phone is told; with one it is in order again. */
export const noPasscode = 'passcode.missing';

export function setPasscode(db: Db, deviceId: string, present: boolean, nowMs = Date.now()): Promise<void> {
  return report(db, deviceId, nowMs, { 'passcode.present': present });
}

function report(db: Db, deviceId: string, nowMs: number, values: Readonly<Record<string, boolean | string>>) {
  const facts = Object.entries(values).map(([name, value]) => ({ name, value, observedAtMs: nowMs, source: 'test' }));
  return transaction(db, (tx) => saveFacts(tx, deviceId, facts, nowMs));
}

/** Asks for the key of a protected file as the page does, in the browser that is connected to this phone. */
export async function askForKey(
  app: FastifyInstance,
  services: FilesServices,
  account: Account,
  phone: Phone,
  bytes: Uint8Array,
): Promise<LightMyRequestResponse> {
  return app.inject(await keyRequest(services, account, phone, bytes));
}

/** What such a page sends, for one use. */
export async function keyRequest(
  services: Pick<FilesServices, 'db' | 'keys' | 'publicUrl' | 'replay' | 'now'>,
  { actor }: Pick<Account, 'actor'>,
  { key }: Pick<Phone, 'key'>,
  bytes: Uint8Array,
): Promise<InjectOptions & { readonly url: string }> {
  if (actor.kind !== 'person') throw new Error('not a person');
  const { origin } = services.publicUrl;
  const container = await readContainer(readAtOf(bytes), bytes.length);
  const nowMs = services.now();
  const forToken = { method: 'POST', url: `${origin}/api/v1/files/token`, nowMs, random: crypto };
  const { accessToken } = await issueToken(services, actor, await dpopProof(key, forToken), nowMs);
  const path = '/kas.AccessService/Rewrap';
  const dpop = await dpopProof(key, { method: 'POST', url: `${origin}${path}`, accessToken, nowMs, random: crypto });
  const signedRequestToken = await signRewrapRequest(key, container, await createRewrapSession(crypto), nowMs);
  const headers = { authorization: `DPoP ${accessToken}`, dpop };
  return { method: 'POST', url: path, headers, payload: { signedRequestToken } };
}

/** Has the database run a statement before each new row of a table, until it is disposed: what happens meanwhile, without a clock. */
export async function onInsert(
  { owner }: Pick<TestDatabase, 'owner'>,
  table: string,
  statement: string,
): Promise<AsyncDisposable> {
  const body = `create function on_insert() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$`;
  await owner.query(body);
  const trigger = `create trigger on_insert before insert on ${table} for each row execute function on_insert()`;
  await owner.query(trigger);
  return {
    async [Symbol.asyncDispose]() {
      await owner.query(`drop trigger on_insert on ${table}; drop function on_insert()`);
    },
  };
}

/** What the audit log says happened to files, oldest first. */
export async function auditActions(db: Db): Promise<string[]> {
  const { rows } = await sql<{
    action: string;
  }>`select action from audit_entries where action like 'file.%' order by at`.execute(db);
  return rows.map((row) => row.action);
}

/** What the room needs, with blobs in a folder. */
export async function testServices(
  db: Db,
  folder: string,
  origin: string,
  own: Partial<FilesServices> = {},
): Promise<FilesServices> {
  return {
    db,
    keys: await openKasKeys({ db, secrets: secretsOf(new Uint8Array(32)) }, Date.now()),
    blobs: await openBlobs(folder),
    replay: replayGuard(),
    publicUrl: new URL(origin),
    now: Date.now,
    filesPerPersonBytes: 1024 ** 3,
    recordLook: async () => {},
    ...own,
  };
}
