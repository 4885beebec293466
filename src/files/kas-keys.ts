import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { type Actor, append } from '../audit/index.ts';
import { utf8Bytes, utf8Text } from '../base/index.ts';
import { importWrapKey, type PrivateWrapKey } from '../formats/tdf/index.ts';
import { tellPerson } from '../people/index.ts';
import { type Db, type Secrets, transaction } from '../storage/index.ts';
import { insertKey, type KasAlgorithm, type KeyRow, listOwnerIds, lockKeys, readKeys } from './store.ts';

/** The key server's keys, loaded once at start. */
export interface KasKeys {
  /** New files are wrapped to these. */
  readonly publicKeys: ReadonlyMap<KasAlgorithm, { readonly kid: string; readonly pem: string }>;
  /** All that may unwrap, older ones too. */
  readonly privateKeys: readonly { readonly kid: string; readonly key: PrivateWrapKey }[];
  /** Signs access tokens (ES256). */
  readonly token: { readonly kid: string; readonly privateKey: CryptoKey; readonly publicJwk: JWK };
}

const WANTED: readonly { purpose: 'kas' | 'token'; algorithm: KasAlgorithm; prefix: string }[] = [
  { purpose: 'kas', algorithm: 'rsa:2048', prefix: 'r' },
  { purpose: 'kas', algorithm: 'ec:secp256r1', prefix: 'e' },
  { purpose: 'token', algorithm: 'ec:secp256r1', prefix: 't' },
];

/** Loads the keys, making them at the first start; private halves lie in the database only under the root key. */
export async function openKasKeys({ db, secrets }: { db: Db; secrets: Secrets }, nowMs: number): Promise<KasKeys> {
  const rows = await transaction(db, async (tx) => {
    await lockKeys(tx);
    const before = await readKeys(tx);
    for (const wanted of WANTED) {
      if (before.some((row) => row.active && row.purpose === wanted.purpose && row.algorithm === wanted.algorithm))
        continue;
      await insertKey(tx, makeKey(wanted, secrets), nowMs);
    }
    return readKeys(tx);
  });
  const active = rows.filter((row) => row.active);
  const token = active.find((row) => row.purpose === 'token');
  if (token === undefined) throw new Error('no token key after it was made');
  return {
    publicKeys: new Map(
      active
        .filter((row) => row.purpose === 'kas')
        .map((row) => [row.algorithm, { kid: row.kid, pem: row.publicKeyPem }]),
    ),
    privateKeys: await Promise.all(
      rows
        .filter((row) => row.purpose === 'kas')
        .map(async (row) => ({ kid: row.kid, key: await importWrapKey(openPem(row, secrets)) })),
    ),
    token: { kid: token.kid, ...(await importTokenKey(openPem(token, secrets))) },
  };
}

/** A key as `pavise open --kas-private-key` reads it, the spelling of OpenTDF's published test keys. */
export interface ExportedKey {
  readonly kid: string;
  readonly alg: KasAlgorithm;
  readonly privateKey: string;
}

/**
 * Gives out the private keys that open protected files, for an emergency at the server's own machine.
 *
 * The audit entry `files.keys.exported` commits before a key leaves, and with it everybody who owns a file is told: it opens them all. The key of the tokens is none of them: it opens no file.
 */
export async function exportKasKeys(
  { db, secrets, now }: { db: Db; secrets: Secrets; now: () => number },
  actor: Actor,
  reason: string,
): Promise<readonly ExportedKey[]> {
  const rows = (await readKeys(db)).filter(({ purpose }) => purpose === 'kas');
  const keys = rows.map((row) => ({ kid: row.kid, alg: row.algorithm, privateKey: openPem(row, secrets) }));
  if (keys.length === 0) return [];
  await transaction(db, async (tx) => {
    const detail = { reason, keys: keys.map(({ kid }) => kid) };
    await append(tx, { actor, action: 'files.keys.exported', object: { type: 'organisation', id: null }, detail });
    for (const personId of await listOwnerIds(tx))
      await tellPerson(tx, { personId, kind: 'keys-exported', actor, what: reason }, now());
  });
  return keys;
}

function makeKey({ purpose, algorithm, prefix }: (typeof WANTED)[number], secrets: Secrets): KeyRow {
  const pair: { publicKey: KeyObject; privateKey: KeyObject } =
    algorithm === 'rsa:2048'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${prefix}-${randomBytes(6).toString('hex')}`;
  const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    kid,
    purpose,
    algorithm,
    publicKeyPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeySealed: Buffer.from(secrets.seal(`files-key/${kid}`, utf8Bytes(privateKeyPem))),
    active: true,
  };
}

function openPem(row: KeyRow, secrets: Secrets): string {
  return utf8Text(secrets.open(`files-key/${row.kid}`, row.privateKeySealed));
}

async function importTokenKey(pem: string): Promise<{ privateKey: CryptoKey; publicJwk: JWK }> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
  const exportable = await crypto.subtle.importKey('pkcs8', der, ecdsa, true, ['sign']);
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', exportable);
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', der, ecdsa, false, ['sign']),
    publicJwk: { kty, crv, x, y },
  };
}
