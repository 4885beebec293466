import { sql } from 'kysely';
import type { ReasonView } from '../access/api.ts';
import type { Actor } from '../audit/index.ts';
import { concatBytes, readAtOf } from '../base/index.ts';
import { encodePolicy, protectStream, type TdfPolicy } from '../formats/tdf/index.ts';
import { type Db, openBlobs, secretsOf } from '../storage/index.ts';
import { openKasKeys, replayGuard } from './index.ts';
import type { FilesServices } from './services.ts';

/** What the tests protect. */
export const plain: Uint8Array = new TextEncoder().encode('the name of the source');

/** A refusal as the access room gives it. */
export const traced: ReasonView = {
  code: 'threat.trace',
  severity: 'block',
  factName: 'threat',
  text: 'A trace of spyware was found on this phone.',
  remedy: { title: 'Talk to security', steps: ['Stop using the phone'] },
};

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

/** What the audit log says happened, oldest first. */
export async function auditActions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`select action from audit_entries order by at`.execute(db);
  return rows.map((row) => row.action);
}

/** What the room needs, with blobs in a folder; no decision is asked for and no browser is known unless `own` says otherwise. */
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
    authorize: () => Promise.reject(new Error('not reached')),
    browserBoundSince: async () => true,
    findDeviceByKeyThumbprint: async () => undefined,
    ...own,
  };
}
