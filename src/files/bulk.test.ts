import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readAtOf } from '../base/index.ts';
import { createRewrapSession, dpopProof, readContainer } from '../formats/tdf/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { acceptUpload } from './accept-upload.ts';
import { issueToken } from './access-token.ts';
import { kasRoutes } from './kas-routes.ts';
import type { FilesServices } from './services.ts';
import { type Account, addAccount, addPhone, onInsert, type Phone, protectPlain, testServices } from './testing.ts';

const origin = 'http://localhost:8420';
let database: TestDatabase;
let folder: string;
let app: FastifyInstance;
let services: FilesServices;
let owner: Account;
let phone: Phone;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'bulk-'));
  services = await testServices(database.db, folder, origin);
  app = fastify();
  await kasRoutes(app, services);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

// What ends in one test is not there in the next.
beforeEach(async () => {
  count += 1;
  owner = await addAccount(database.db, `olga-${count}`);
  phone = await addPhone(database.db, owner);
  await sql`delete from file_openings`.execute(database.db);
});

/** Uploads files of the owner and asks for the keys of all in one request, `copies` accesses each. */
async function askForAll(files: number, copies: number) {
  const key = services.keys.publicKeys.get('ec:secp256r1');
  const requests: object[] = [];
  for (let n = 0; n < files; n++) {
    const kas = { publicKey: key?.pem ?? '', kid: key?.kid ?? '' };
    const { bytes } = await protectPlain({ owner: owner.email }, kas, origin);
    const body = async function* () {
      yield bytes;
    };
    await acceptUpload(services, owner.actor, `File ${n}`, body());
    const { manifest } = await readContainer(readAtOf(bytes), bytes.length);
    requests.push({
      policy: { id: `${n}`, body: manifest.policy },
      keyAccessObjects: Array.from({ length: copies }, (_, i) => ({
        keyAccessObjectId: `${i}`,
        keyAccessObject: { ...manifest.keyAccess[0], policyBinding: { hash: manifest.keyAccess[0]?.bindingHash } },
      })),
    });
  }
  return { requests };
}

async function send(requests: readonly object[]) {
  const nowMs = Date.now();
  if (owner.actor.kind !== 'person') throw new Error('not a person');
  const forToken = { method: 'POST', url: `${origin}/api/v1/files/token`, nowMs, random: crypto };
  const { accessToken } = await issueToken(services, owner.actor, await dpopProof(phone.key, forToken), nowMs);
  const url = '/kas.AccessService/Rewrap';
  const dpop = await dpopProof(phone.key, {
    method: 'POST',
    url: `${origin}${url}`,
    accessToken,
    nowMs,
    random: crypto,
  });
  const { publicKeyPem } = await createRewrapSession(crypto);
  const iat = Math.floor(nowMs / 1000);
  const claims = { requestBody: JSON.stringify({ clientPublicKey: publicKeyPem, requests }), iat, exp: iat + 60 };
  const signedRequestToken = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(phone.key.privateKey);
  const headers = { authorization: `DPoP ${accessToken}`, dpop };
  const reply = await app.inject({ method: 'POST', url, headers, payload: { signedRequestToken } });
  const { rows } = await sql<{ outcome: string; reasons: string[] }>`select outcome, reasons from file_openings
    order by at`.execute(database.db);
  return { reply, openings: rows };
}

const ends: readonly (readonly [string, () => string, string])[] = [
  ['its session', () => `delete from people_sessions where person_id = '${owner.personId}'`, 'session.ended'],
  ['its account', () => `update people set state = 'suspended' where id = '${owner.personId}'`, 'session.ended'],
  ['its phone', () => `update devices set state = 'checked-out' where id = '${phone.deviceId}'`, 'device.unknown'],
  [
    'the binding of its browser',
    () => `update devices set browser_key_thumbprint = null where id = '${phone.deviceId}'`,
    'device.unknown',
  ],
];

test('many keys of many files are released in one request', async () => {
  const { requests } = await askForAll(3, 2);
  const { reply, openings } = await send(requests);
  expect([reply.statusCode, reply.body.match(/kasWrappedKey/g)?.length]).toEqual([200, 6]);
  expect(openings.map(({ outcome }) => outcome)).toEqual(['opened', 'opened', 'opened']);
});

test.each(ends)('a key that is unwrapped when %s ends does not leave, and the log says why', async (_, end, reason) => {
  const { requests } = await askForAll(1, 1);
  await using _ended = await onInsert(database, 'access_decisions', end());
  const { reply, openings } = await send(requests);
  expect([reply.statusCode, reply.body.includes('kasWrappedKey')]).toEqual([401, false]);
  expect(openings).toEqual([{ outcome: 'refused', reasons: [reason] }]);
  const { rows } = await sql`select detail->'reasons' as reasons from audit_entries
    where action = 'file.key.refused' order by at desc limit 1`.execute(database.db);
  expect(rows).toEqual([{ reasons: [reason] }]);
});

test.each(ends)('a running request for many files stops when %s ends, and none of its keys leaves', async (_, end) => {
  const { requests } = await askForAll(3, 1);
  const before = await decisions();
  await using _ended = await onInsert(database, 'file_openings', end());
  const { reply, openings } = await send(requests);
  expect([reply.statusCode, reply.body.includes('kasWrappedKey')]).toEqual([401, false]);
  expect([openings.length, (await decisions()) - before]).toEqual([1, 1]);
});

test('a session that ends while the last of many keys is recorded holds all of them back', async () => {
  const { requests } = await askForAll(2, 1);
  const last = `if (select count(*) from file_openings) = 1 then
    delete from people_sessions where person_id = '${owner.personId}'; end if`;
  await using _ended = await onInsert(database, 'file_openings', last);
  const { reply } = await send(requests);
  expect([reply.statusCode, reply.body.includes('kasWrappedKey')]).toEqual([401, false]);
});

async function decisions(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from access_decisions`.execute(database.db);
  return rows[0]?.n ?? 0;
}
