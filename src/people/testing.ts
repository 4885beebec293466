import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { prepareJobs } from '../jobs/index.ts';
import { createApp } from '../server/app.ts';
import { readConfig } from '../server/index.ts';
import { secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase, toldBy } from '../storage/testing.ts';
import type { AssertionResponse, RegistrationResponse } from './api.ts';
import { authenticate, peopleRoutes, requireProof, setupLink } from './index.ts';
import type { PeopleServices } from './services.ts';

/** A software authenticator for tests: P-256, attestation "none", discoverable, one credential. */
export interface SoftwareAuthenticator {
  /** Answers the options of a registration. */
  create(options: { readonly [key: string]: unknown }): RegistrationResponse;
  /** Answers the options of an assertion. */
  get(options: { readonly [key: string]: unknown }): AssertionResponse;
  /** What the next answers say may be bent to test refusals. */
  readonly next: Bend;
}

/** What an answer says, each part by itself. */
export interface Bend {
  userPresent: boolean;
  userVerified: boolean;
  counter: number;
  origin: string;
  /** Host whose hash stands in the authenticator's data. */
  rpId: string;
  /** In place of `webauthn.create` and `webauthn.get`. */
  type: string | undefined;
  /** In place of the challenge that was asked. */
  challenge: string | undefined;
  /** In place of the handle that the person got at registration; null for none. */
  userHandle: string | undefined | null;
  /** Says of itself that it may be synced to other devices of its owner. */
  synced: boolean;
  /** Signs with a key that is not the passkey's. */
  otherKey: boolean;
}

const FLAG_PRESENT = 0x01; // WebAuthn Level 3, 6.1 authenticator data
const FLAG_VERIFIED = 0x04;
const FLAG_SYNCED = 0x08; // backup eligible
const FLAG_CREDENTIAL = 0x40;

/** Makes an authenticator with a fresh key for the page at `origin`. */
export function softwareAuthenticator(origin: string): SoftwareAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = randomBytes(32);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const next: Bend = {
    ...{ userPresent: true, userVerified: true, counter: 0, origin, rpId: new URL(origin).hostname },
    ...{ type: undefined, challenge: undefined, userHandle: undefined, otherKey: false, synced: false },
  };
  let userHandle = '';

  const clientData = (type: string, challenge: unknown): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: next.type ?? type,
        challenge: next.challenge ?? challenge,
        origin: next.origin,
        crossOrigin: false,
      }),
    );
  const authenticatorData = (extra: Buffer, flags: number): Buffer => {
    next.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(next.counter);
    const user = (next.userPresent ? FLAG_PRESENT : 0) | (next.userVerified ? FLAG_VERIFIED : 0);
    const all = flags | user | (next.synced ? FLAG_SYNCED : 0);
    return Buffer.concat([sha256(Buffer.from(next.rpId)), Buffer.from([all]), counter, extra]);
  };
  const id = credentialId.toString('base64url');

  return {
    next,
    create(options) {
      const user = options['user'];
      if (typeof user === 'object' && user !== null && 'id' in user) userHandle = String(user.id);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKeyOf(publicKey)]);
      const authData = authenticatorData(attested, FLAG_CREDENTIAL);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        ...[cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])],
        ...[cborText('authData'), cborBytes(authData)],
      ]);
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: clientData('webauthn.create', options['challenge']).toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      };
    },
    get(options) {
      const data = authenticatorData(Buffer.alloc(0), 0);
      const client = clientData('webauthn.get', options['challenge']);
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signed(next.otherKey ? other : privateKey, Buffer.concat([data, sha256(client)])),
          ...(next.userHandle === null ? {} : { userHandle: next.userHandle ?? userHandle }),
        },
        clientExtensionResults: {},
      };
    },
  };
}

function signed(key: KeyObject, bytes: Buffer): string {
  return sign('sha256', bytes, key).toString('base64url');
}

/** RFC 9053, EC2 key: kty 2, alg -7, crv 1, x, y. */
function coseKeyOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    ...[cborBytes(Buffer.from(x, 'base64url')), Buffer.from([0x22]), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  // Shortest form, as CTAP2 demands.
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** What a test reads of a reply; the body is whatever JSON came. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
  /** `name=value` of the cookie that was set, if any. */
  readonly cookie: string;
}

/** Somebody who has joined and is signed in. */
export interface Joined {
  readonly id: string;
  readonly cookie: string;
  readonly authenticator: SoftwareAuthenticator;
}

/** The people's routes on a database of their own, with a clock that the test moves. */
export interface PeopleBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly services: PeopleServices;
  readonly app: FastifyInstance;
  readonly clock: { nowMs: number };
  call(method: Method, url: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  register(kind: 'setup' | 'join', body: object, authenticator: SoftwareAuthenticator): Promise<Answer>;
  signIn(authenticator: SoftwareAuthenticator, headers?: Record<string, string>): Promise<Answer>;
  /** Confirms with a passkey within a session; the reply carries its new cookie. */
  confirm(authenticator: SoftwareAuthenticator, cookie: string): Promise<Answer>;
  /** Asks for a link by which a new passkey opens an account, has its person confirm it in her session, and fetches it. */
  recoveryLink(of: Joined, maker: { readonly cookie: string }): Promise<Answer>;
  /** Makes the first owner, Ada. */
  setUp(): Promise<Joined>;
  /** Invites by the cookie of who may, and joins. */
  join(role: string, name: string, cookie: string): Promise<Joined>;
}

/** What a piece of work left behind: entries of the audit log by action, topics that open pages were told, jobs of the rooms above. */
export interface Left {
  readonly entries: readonly (readonly [action: string, objectId: string | null, detail: unknown])[];
  readonly told: readonly string[];
  readonly jobs: readonly string[];
}

/** Does a piece of work and says what it left behind. */
export async function leftBy({ database }: Pick<PeopleBench, 'database'>, work: () => Promise<unknown>): Promise<Left> {
  const { owner } = database;
  await owner.query('delete from graphile_worker._private_jobs');
  const { rows: before } = await owner.query<{ id: string }>('select id from audit_entries');
  const told = await toldBy(database, work);
  const { rows } = await owner.query<{ action: string; object_id: string | null; detail: unknown }>(
    'select action, object_id, detail from audit_entries where not id = any($1) order by at',
    [before.map(({ id }) => id)],
  );
  const jobs = await owner.query<{ name: string }>(`select t.identifier as name from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id order by 1`);
  return {
    entries: rows.map(({ action, object_id: id, detail }) => [action, id, detail]),
    told: told.map(({ topic }) => topic),
    jobs: jobs.rows.map(({ name }) => name),
  };
}

/** The one-time secret of a link. */
export function tokenOf(link: string | undefined): string {
  return new URLSearchParams((link ?? '').split('?')[1]).get('token') ?? '';
}

/** Opens a bench for the page at `origin`; `openApp` gives more than the routes of this room. */
export async function openPeopleBench(
  origin = 'http://localhost:8443',
  openApp: (services: PeopleServices, database: TestDatabase) => Promise<FastifyInstance> = openPeopleApp,
): Promise<PeopleBench> {
  const database = await testDatabase();
  await prepareJobs(database.pool);
  const clock = { nowMs: Date.UTC(2026, 10, 24, 7) };
  const services: PeopleServices = {
    db: database.db,
    publicUrl: new URL(origin),
    secrets: secretsOf(Buffer.alloc(32, 7)),
    now: () => clock.nowMs,
  };
  const app = await openApp(services, database);
  await app.ready();

  const bench: PeopleBench = {
    ...{ database, services, app, clock },
    async call(method, url, body, headers = {}) {
      const reply = await app.inject({
        method,
        url,
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
        ...(body === undefined ? {} : { payload: body }),
      });
      const cookie = String([reply.headers['set-cookie']].flat()[0] ?? '').split(';')[0] ?? '';
      return { status: reply.statusCode, body: reply.body === '' ? {} : JSON.parse(reply.body), cookie };
    },
    async register(kind, body, authenticator) {
      const { status, body: begun } = await bench.call('POST', `/api/v1/${kind}/options`, body);
      if (status !== 200) return { status, body: begun, cookie: '' };
      const response = authenticator.create(begun['options'] ?? {});
      return await bench.call('POST', `/api/v1/${kind}/verify`, { ceremonyId: begun['ceremonyId'], response });
    },
    async signIn(authenticator, headers) {
      const { body: begun } = await bench.call('POST', '/api/v1/sign-in/options');
      const response = authenticator.get(begun['options'] ?? {});
      const body = { ceremonyId: begun['ceremonyId'], response };
      return await bench.call('POST', '/api/v1/sign-in/verify', body, headers);
    },
    async confirm(authenticator, cookie) {
      const { body: begun } = await bench.call('POST', '/api/v1/me/proof/options', undefined, { cookie });
      const response = authenticator.get(begun['options'] ?? {});
      return await bench.call('POST', '/api/v1/me/proof', { ceremonyId: begun['ceremonyId'], response }, { cookie });
    },
    async recoveryLink(of, { cookie }) {
      const asked = await bench.call('POST', `/api/v1/people/${of.id}/recovery`, { reason: 'Lost' }, { cookie });
      const url = `/api/v1/requests/${String(asked.body['id'])}`;
      await bench.call('POST', `${url}/confirm`, undefined, { cookie: of.cookie });
      return await bench.call('POST', `${url}/carry-out`, undefined, { cookie });
    },
    async setUp() {
      const authenticator = softwareAuthenticator(origin);
      const body = { token: tokenOf(await setupLink(services)), displayName: 'Ada', email: 'ada@example.org' };
      const { cookie } = await bench.register('setup', body, authenticator);
      const me = await bench.call('GET', '/api/v1/me', undefined, { cookie });
      return { id: String(me.body['id']), cookie, authenticator };
    },
    async join(role, name, cookie) {
      const wanted = { displayName: name, email: `${name.toLowerCase()}@example.org`, role };
      const invited = await bench.call('POST', '/api/v1/people/invitations', wanted, { cookie });
      if (invited.status !== 201) throw new Error(`not invited: ${JSON.stringify(invited.body)}`);
      const authenticator = softwareAuthenticator(origin);
      const joined = await bench.register('join', { token: tokenOf(invited.body['link']) }, authenticator);
      return { id: String(invited.body['person']?.['id']), cookie: joined.cookie, authenticator };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await database.close();
    },
  };
  return bench;
}

async function openPeopleApp(services: PeopleServices): Promise<FastifyInstance> {
  const app = await createApp(
    {
      config: readConfig(['--public-url', services.publicUrl.href, '--viewer-url', 'https://view.example'], {}),
      authenticate: ({ method, headers }) =>
        authenticate(services, {
          method,
          cookie: headers.cookie,
          authorization: headers.authorization,
          origin: headers.origin,
          secFetchSite: [headers['sec-fetch-site']].flat()[0],
        }),
      requireProof: ({ actor, headers }, proof) => requireProof(services, { actor, cookie: headers.cookie }, proof),
    },
    false,
  );
  await peopleRoutes(app, {
    ...services,
    recordPersonLook: () => Promise.resolve(),
    withoutLosers: (_tx, _confirmed, change) => change(),
  });
  return app;
}
