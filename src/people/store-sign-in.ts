import { sql } from 'kysely';
import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';

/** SQL of sign-in: setup links, invitations, ceremonies, passkeys, identities at the provider. */

export type CeremonyKind = 'setup' | 'join' | 'sign-in' | 'add-passkey' | 'oidc' | 'prove';

/** Keeps a challenge for one use. */
export async function insertCeremony(
  db: Db,
  kind: CeremonyKind,
  challenge: string,
  detail: { readonly [key: string]: Json },
  nowMs: number,
  expiresAtMs: number,
): Promise<string> {
  await sql`delete from people_ceremonies where expires_at < ${new Date(nowMs)}`.execute(db);
  const { rows } = await sql<{ id: string }>`insert into people_ceremonies (kind, challenge, detail, expires_at)
    values (${kind}, ${challenge}, ${JSON.stringify(detail)}::jsonb, ${new Date(expiresAtMs)}) returning id`.execute(
    db,
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('insert returned no row');
  return id;
}

/** Takes a ceremony away and gives its challenge; a second call finds nothing. */
export async function takeCeremony(
  db: Db,
  kind: CeremonyKind,
  id: string,
  nowMs: number,
): Promise<{ challenge: string; detail: { readonly [key: string]: unknown } } | undefined> {
  const { rows } = await sql<{ challenge: string; detail: { [key: string]: unknown } }>`delete from people_ceremonies
    where id = ${id} and kind = ${kind} and expires_at > ${new Date(nowMs)} returning challenge, detail`.execute(db);
  return rows[0];
}

/** Keeps a setup link and drops the expired ones. */
export async function insertSetupLink(db: Db, hash: Buffer, nowMs: number, expiresAtMs: number): Promise<void> {
  await sql`delete from people_setup_links where expires_at < ${new Date(nowMs)}`.execute(db);
  await sql`insert into people_setup_links (token_hash, expires_at) values (${hash}, ${new Date(expiresAtMs)})`.execute(
    db,
  );
}

/** Says whether a setup link is open. */
export async function setupLinkIsOpen(db: Db, hash: Buffer, nowMs: number): Promise<boolean> {
  const { rows } = await sql`select 1 from people_setup_links
    where token_hash = ${hash} and expires_at > ${new Date(nowMs)}`.execute(db);
  return rows.length === 1;
}

/** Closes every setup link. */
export async function deleteSetupLinks(tx: Db): Promise<void> {
  await sql`delete from people_setup_links`.execute(tx);
}

/** Opens a person's invitation, in place of an earlier one. */
export async function putInvitation(tx: Db, personId: string, hash: Buffer, expiresAtMs: number): Promise<void> {
  await sql`insert into people_invitations (person_id, token_hash, expires_at) values (${personId}, ${hash}, ${new Date(expiresAtMs)})
    on conflict (person_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at`.execute(
    tx,
  );
}

/** Finds whom an open invitation is for. */
export async function findInvitedPerson(db: Db, hash: Buffer, nowMs: number): Promise<string | undefined> {
  const { rows } = await sql<{ person_id: string }>`select person_id from people_invitations
    where token_hash = ${hash} and expires_at > ${new Date(nowMs)}`.execute(db);
  return rows[0]?.person_id;
}

/** Says until when a person's invitation is open, expired or not. */
export async function readInvitationExpiry(db: Db, personId: string): Promise<number | null> {
  const { rows } = await sql<{
    expires_at: Date;
  }>`select expires_at from people_invitations where person_id = ${personId}`.execute(db);
  return rows[0]?.expires_at.getTime() ?? null;
}

/** Uses up a person's invitation; false when another request was first or it has expired. */
export async function takeInvitation(tx: Db, personId: string, nowMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from people_invitations
    where person_id = ${personId} and expires_at > ${new Date(nowMs)}`.execute(tx);
  return numAffectedRows === 1n;
}

/** A stored passkey. */
export interface Passkey {
  readonly id: string;
  readonly personId: string;
  readonly credentialId: string;
  /** COSE key. */
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string[];
  readonly synced: boolean;
  readonly label: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

interface PasskeyRow {
  id: string;
  person_id: string;
  credential_id: string;
  public_key: Buffer;
  counter: number;
  transports: string[];
  synced: boolean;
  label: string;
  created_at: Date;
  last_used_at: Date | null;
}

function passkeyOf(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    personId: row.person_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports,
    synced: row.synced,
    label: row.label,
    createdAtMs: row.created_at.getTime(),
    lastUsedAtMs: row.last_used_at?.getTime() ?? null,
  };
}

/** Adds a passkey; undefined when the credential is known already. */
export async function insertPasskey(
  tx: Db,
  passkey: Omit<Passkey, 'id' | 'createdAtMs' | 'lastUsedAtMs'>,
  nowMs: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`insert into people_passkeys
      (person_id, credential_id, public_key, counter, transports, synced, label, created_at)
    values (${passkey.personId}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter},
      ${JSON.stringify(passkey.transports)}::jsonb, ${passkey.synced}, ${passkey.label}, ${new Date(nowMs)})
    on conflict (credential_id) do nothing returning id`.execute(tx);
  return rows[0]?.id;
}

/** Lists a person's passkeys, oldest first. */
export async function listPasskeys(db: Db, personId: string): Promise<Passkey[]> {
  const { rows } =
    await sql<PasskeyRow>`select * from people_passkeys where person_id = ${personId} order by created_at, id`.execute(
      db,
    );
  return rows.map(passkeyOf);
}

/** Finds a passkey by its credential and holds it until the transaction ends, so that counters only rise. */
export async function lockPasskey(tx: Db, credentialId: string): Promise<Passkey | undefined> {
  const { rows } =
    await sql<PasskeyRow>`select * from people_passkeys where credential_id = ${credentialId} for update`.execute(tx);
  return rows[0] === undefined ? undefined : passkeyOf(rows[0]);
}

/** Records a use of a passkey. */
export async function touchPasskey(tx: Db, id: string, counter: number, nowMs: number): Promise<void> {
  await sql`update people_passkeys set counter = ${counter}, last_used_at = ${new Date(nowMs)} where id = ${id}`.execute(
    tx,
  );
}

/** Removes every passkey of a person; says how many. */
export async function deletePasskeys(tx: Db, personId: string): Promise<number> {
  const { numAffectedRows } = await sql`delete from people_passkeys where person_id = ${personId}`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/** Removes one passkey of a person. */
export async function deletePasskey(tx: Db, personId: string, id: string): Promise<boolean> {
  const { numAffectedRows } =
    await sql`delete from people_passkeys where person_id = ${personId} and id = ${id}`.execute(tx);
  return numAffectedRows === 1n;
}

/** The configured identity provider. */
export interface OidcProvider {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretSealed: Buffer;
}

/** Reads the identity provider. */
export async function readOidcProvider(db: Db): Promise<OidcProvider | undefined> {
  const { rows } = await sql<OidcProvider>`select name, issuer, client_id as "clientId",
    client_secret_sealed as "clientSecretSealed" from people_oidc_provider`.execute(db);
  return rows[0];
}

/** Sets the identity provider. */
export async function putOidcProvider(tx: Db, provider: OidcProvider): Promise<void> {
  await sql`insert into people_oidc_provider (name, issuer, client_id, client_secret_sealed)
    values (${provider.name}, ${provider.issuer}, ${provider.clientId}, ${provider.clientSecretSealed})
    on conflict (singleton) do update set name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
      client_secret_sealed = excluded.client_secret_sealed`.execute(tx);
}

/** Removes the identity provider; linked identities stay and serve again when it returns. */
export async function deleteOidcProvider(tx: Db): Promise<void> {
  await sql`delete from people_oidc_provider`.execute(tx);
}

/** Finds who is linked to a subject at an issuer. */
export async function findIdentity(db: Db, issuer: string, subject: string): Promise<string | undefined> {
  const { rows } = await sql<{ person_id: string }>`select person_id from people_oidc_identities
    where issuer = ${issuer} and subject = ${subject}`.execute(db);
  return rows[0]?.person_id;
}

/** Links a subject to a person. */
export async function insertIdentity(
  tx: Db,
  issuer: string,
  subject: string,
  personId: string,
  nowMs: number,
): Promise<void> {
  await sql`insert into people_oidc_identities (issuer, subject, person_id, linked_at)
    values (${issuer}, ${subject}, ${personId}, ${new Date(nowMs)})`.execute(tx);
}

/** Says whether a person can sign in through the provider. */
export async function hasIdentity(db: Db, personId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from people_oidc_identities where person_id = ${personId} limit 1`.execute(db);
  return rows.length > 0;
}
