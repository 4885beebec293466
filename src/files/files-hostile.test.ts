import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fastify, { type FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAtOf } from '../base/index.ts';
import {
  createRewrapSession,
  dpopProof,
  readContainer,
  signRewrapRequest,
  type TdfPolicy,
} from '../formats/tdf/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { acceptUpload } from './accept-upload.ts';
import { issueToken } from './access-token.ts';
import { kasRoutes } from './kas-routes.ts';
import type { FilesServices } from './services.ts';
import {
  type Account,
  addAccount,
  addPhone,
  noPasscode,
  onInsert,
  type Phone,
  protectPlain,
  setPasscode,
  testServices,
} from './testing.ts';

const origin = 'http://localhost:8420';

let database: TestDatabase;
let folder: string;
let app: FastifyInstance;
let services: FilesServices;
let owner: Account;
let other: Account;
let phone: Phone;
let log = '';

beforeAll(async () => {
  database = await testDatabase();
  const { db } = database;
  folder = await mkdtemp(join(tmpdir(), 'files-hostile-'));
  owner = await addAccount(db, 'olga');
  other = await addAccount(db, 'omar');
  phone = await addPhone(db, owner);
  services = await testServices(db, folder, origin);
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  app = fastify({ logger: { level: 'error', stream } });
  await kasRoutes(app, services);
}, 60_000);

afterEach(() => {
  log = '';
});

afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function protect(policy: Partial<TdfPolicy>): Promise<Uint8Array> {
  const key = services.keys.publicKeys.get('ec:secp256r1');
  const { bytes } = await protectPlain(policy, { publicKey: key?.pem ?? '', kid: key?.kid ?? '' }, origin);
  return bytes;
}

async function upload(as: Account, bytes: Uint8Array) {
  const body = async function* () {
    yield bytes;
  };
  return acceptUpload(services, as.actor, 'Sources', body());
}

async function sizeOf({ personId }: Account): Promise<number> {
  const { rows } = await sql<{ n: number }>`select coalesce(sum(protected_bytes), 0)::float8 as n from files
    where owner_id = ${personId}`.execute(database.db);
  return rows[0]?.n ?? 0;
}

/** Names of all blobs, those on their way too. */
async function stored(): Promise<string[]> {
  const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function tokenOf(account: Account): Promise<string> {
  if (account.actor.kind !== 'person') throw new Error('not a person');
  const proof = await dpopProof(phone.key, {
    method: 'POST',
    url: `${origin}/api/v1/files/token`,
    nowMs: Date.now(),
    random: crypto,
  });
  return (await issueToken(services, account.actor, proof, Date.now())).accessToken;
}

async function rewrapWith(accessToken: string, bytes: Uint8Array, copies = 1) {
  const read = await readContainer(readAtOf(bytes), bytes.length);
  const keyAccess = Array.from({ length: copies }, () => read.manifest.keyAccess).flat();
  const container = { ...read, manifest: { ...read.manifest, keyAccess } };
  const nowMs = Date.now();
  const path = '/kas.AccessService/Rewrap';
  const proof = await dpopProof(phone.key, {
    method: 'POST',
    url: `${origin}${path}`,
    accessToken,
    nowMs,
    random: crypto,
  });
  return app.inject({
    method: 'POST',
    url: path,
    headers: { authorization: `DPoP ${accessToken}`, dpop: proof },
    payload: {
      signedRequestToken: await signRewrapRequest(phone.key, container, await createRewrapSession(crypto), nowMs),
    },
  });
}

describe('content of refused uploads', () => {
  test('nothing of them stays on the disk', async () => {
    const refused: readonly (readonly [Uint8Array, string])[] = [
      [await protect({ owner: other.email }), 'files-owner'],
      [await protect({}), 'files-owner'],
      [await protect({ owner: owner.email, uuid: 'no uuid' }), 'files-invalid'],
      [await protect({ owner: owner.email, dissem: ['nobody@example.org'] }), 'files-unknown-recipient'],
      [new Uint8Array(100), 'files-invalid'],
    ];
    for (const [bytes, code] of refused) {
      await expect(upload(owner, bytes)).rejects.toMatchObject({ code });
      expect([code, await stored()]).toEqual([code, []]);
    }
  });

  test('the body of an actor who may not upload is not read', async () => {
    let read = false;
    const body = async function* () {
      read = true;
      yield new Uint8Array(1);
    };
    const actor = { kind: 'token', tokenId: 't', role: 'auditor' } as const;
    await expect(acceptUpload(services, actor, 'Sources', body())).rejects.toMatchObject({ status: 403 });
    expect(read).toBe(false);
  });

  test('a content that a file has outlives the refusal of its copies, also at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const bytes = await protect({ owner: owner.email });
      const results = await Promise.allSettled([upload(other, bytes), upload(owner, bytes), upload(other, bytes)]);
      const kept = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.sha256] : []));
      const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
      for (const code of codes) expect(['files-owner', 'files-content-lost']).toContain(code);
      // The owner's may have lost its bytes to a copy's refusal; then it says so, and the next one is kept.
      const sha256 = kept[0] ?? (await upload(owner, bytes)).sha256;
      expect(await stored()).toContain(sha256);
      await expect(upload(other, bytes)).rejects.toMatchObject({ code: 'files-owner' });
      expect(await stored()).toContain(sha256);
    }
  });
});

describe('the share of the disk that one person has', () => {
  test('uploads beyond it are refused, also two at the same time, and say what is used', async () => {
    const bytes = await Promise.all([1, 2, 3].map(() => protect({ owner: other.email })));
    const sizes = bytes.map((one) => one.length);
    const before = services;
    services = { ...before, filesPerPersonBytes: Math.max(...sizes) * 1.5 };
    try {
      const results = await Promise.allSettled(bytes.slice(0, 2).map((one) => upload(other, one)));
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
      const blobs = await stored();
      const last = bytes[2] ?? new Uint8Array();
      await expect(upload(other, last)).rejects.toMatchObject({
        code: 'files-quota',
        status: 413,
        message: expect.stringMatching(
          /^Delete files that nobody needs, or ask an administrator to raise --files-per-person: [\d.]+ of [\d.]+ GiB/,
        ) as string,
      });
      expect(await stored()).toEqual(blobs);
      const token = { kind: 'token', tokenId: 't', role: 'administrator' } as const;
      await expect(upload({ ...other, actor: token }, last)).rejects.toMatchObject({ code: 'files-quota' });
      expect(await stored()).toEqual(blobs);
      services = { ...before, filesPerPersonBytes: Math.max(...sizes) * 3 };
      expect(await upload(other, last)).toMatchObject({ ownerId: other.personId });
    } finally {
      services = before;
    }
  });
});

describe('many uploads of one person at once', () => {
  test('take no more of the disk together than her share, and give it back when they break off', async () => {
    const arriving = new Map<string, number>();
    const before = services;
    services = { ...before, filesPerPersonBytes: (await sizeOf(owner)) + 1000 };
    const asked: number[] = [];
    let release: (() => void) | undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    const body = async function* (name: number) {
      yield new Uint8Array(600);
      asked.push(name); // the first chunk was taken
      await held;
      throw new Error('broke off');
    };
    const send = (name: number) => acceptUpload(services, owner.actor, 'Sources', body(name), arriving);
    try {
      const first = send(1);
      first.catch(() => {}); // awaited below
      while (asked.length === 0) await new Promise((done) => setTimeout(done, 5));
      await expect(send(2)).rejects.toMatchObject({ code: 'files-quota' });
      expect([asked, arriving.get(owner.personId)]).toEqual([[1], 600]);
      release?.();
      await expect(first).rejects.toThrow('broke off');
      expect(arriving).toEqual(new Map());
    } finally {
      services = before;
    }
  });
});

describe('hostile requests for keys', () => {
  test('a file that is withdrawn while its key is unwrapped gives no key', async () => {
    const bytes = await protect({ owner: owner.email });
    const { id } = await upload(owner, bytes);
    const accessToken = await tokenOf(owner);
    let reply: ReturnType<typeof rewrapWith> | undefined;
    await database.db.transaction().execute(async (tx) => {
      await sql`update files set revoked_at = now() where id = ${id}`.execute(tx);
      reply = rewrapWith(accessToken, bytes); // reads the file as it is committed: not withdrawn
      const waiting = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      const settled = reply.then(() => true);
      while (!(await Promise.race([settled, new Promise<boolean>((done) => setTimeout(done, 10, false))])))
        if (((await waiting.execute(database.db)).rows[0]?.n ?? 0) > 0) break;
    });
    const answer = await reply;
    expect([answer?.statusCode, answer?.json().reasons?.[0]?.code]).toEqual([403, 'file.revoked']);
    const { rows } = await sql<{ outcome: string }>`select outcome from file_openings where file_id = ${id}`.execute(
      database.db,
    );
    expect(rows).toEqual([{ outcome: 'refused' }]);
  });

  test('a trace that is found while many keys are unwrapped lets none of them go', async () => {
    const bytes = await protect({ owner: owner.email });
    const { id } = await upload(owner, bytes);
    const accessToken = await tokenOf(owner);
    const { db } = database;
    expect((await rewrapWith(accessToken, bytes)).statusCode).toBe(200); // one key takes no time
    await sql`delete from file_openings`.execute(db);
    await sql`delete from access_decisions`.execute(db);
    // What is found just after the first decision is there at the second, and the test waits by no clock.
    const taken = `update devices_facts set value = 'false' where name = 'passcode.present'`;
    const found = await onInsert(database, 'access_decisions', taken);
    const reply = await rewrapWith(accessToken, bytes, 3);
    await found[Symbol.asyncDispose]();
    await setPasscode(db, phone.deviceId, true);
    expect([reply.statusCode, reply.json().reasons?.[0]?.code]).toEqual([403, noPasscode]);
    const decided = await sql<{ id: string }>`select id, allow, continues from access_decisions order by at`.execute(
      db,
    );
    const [first, second] = decided.rows;
    expect(decided.rows).toMatchObject([
      { allow: true, continues: null },
      { allow: false, continues: first?.id },
    ]);
    const { rows } = await sql`select outcome, decision_id from file_openings where file_id = ${id}`.execute(db);
    expect(rows).toEqual([{ outcome: 'refused', decision_id: second?.id }]);
  });

  test('a full disk is told as such', async () => {
    const raised = `raise exception 'secret message' using errcode = '53100'`;
    await using _full = await onInsert(database, 'access_decisions', raised);
    const reply = await rewrapWith(await tokenOf(owner), await protect({ owner: owner.email }));
    expect([reply.statusCode, reply.json()]).toMatchObject([
      507,
      { code: 'resource_exhausted', message: expect.stringContaining("make room on the server's disk") },
    ]);
    expect(reply.body).not.toContain('secret message');
  });

  test('a token ends with its session: signed out, idle, over', async () => {
    const bytes = await protect({ owner: owner.email });
    const accessToken = await tokenOf(owner);
    expect((await rewrapWith(accessToken, bytes)).statusCode).toBe(200);
    const change = async (statement: string) => sql.raw(statement).execute(database.db);
    const ends = [
      [`update people_sessions set last_used_at = now() - interval '13 hours'`, 'last_used_at = now()'],
      [`update people_sessions set expires_at = now()`, `expires_at = now() + interval '7 days'`],
    ] as const;
    for (const [end, again] of ends) {
      await change(end);
      const reply = await rewrapWith(accessToken, bytes);
      expect([end, reply.statusCode]).toEqual([end, 401]);
      expect(reply.json()).toMatchObject({ code: 'unauthenticated' });
      await change(`update people_sessions set ${again}`);
    }
    expect((await rewrapWith(accessToken, bytes)).statusCode).toBe(200);
    await change(`delete from people_sessions where person_id = '${owner.personId}'`);
    expect((await rewrapWith(accessToken, bytes)).statusCode).toBe(401);
    owner = await addAccount(database.db, 'olga-again');
    phone = await addPhone(database.db, owner);
  });

  test('text that the database cannot keep is the request’s fault', async () => {
    const accessToken = await tokenOf(owner);
    for (const uuid of ['a\u0000b', 'a\ud800b']) {
      const reply = await rewrapWith(accessToken, await protect({ owner: owner.email, uuid }));
      expect(reply.statusCode, reply.body).toBe(400);
      expect(reply.json()).toMatchObject({ code: 'invalid_argument' });
      expect(log).toBe('');
    }
  });

  test('of a failure the log has the name and the code, never the request', async () => {
    const raised = `raise exception 'secret message' using errcode = '23514', detail = 'secret row', hint = 'secret'`;
    await using _failing = await onInsert(database, 'access_decisions', raised);
    const reply = await rewrapWith(await tokenOf(owner), await protect({ owner: owner.email }));
    expect(reply.statusCode).toBe(500);
    expect(JSON.parse(log)).toMatchObject({ name: 'error', errorCode: '23514' });
    expect(log + reply.body).not.toContain('secret');
  });
});
