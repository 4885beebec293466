import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { toBase64 } from '../../base/index.ts';
import {
  bitString,
  context,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  TAG,
  tagged,
  text,
} from '../../formats/asn1/index.ts';
import { parseEnveloped, parseSigned } from '../../formats/cms/index.ts';
import { openEnvelope, sealEnvelope, signContent } from '../../formats/cms/node.ts';
import { isPlistDict, type PlistDict, type PlistValue, parsePlist, writeXmlPlist } from '../../formats/plist/index.ts';
import { type Certificate, nameOf, parseCertificate } from '../../formats/x509/index.ts';
import { issueCertificate, publicKeyOf } from '../../formats/x509/node.ts';
import { prepareJobs } from '../../jobs/index.ts';
import { policiesRoutes, profileFor } from '../../policies/index.ts';
import { type Db, secretsOf } from '../../storage/index.ts';
import { type TestDatabase, testDatabase } from '../../storage/testing.ts';
import { type AppleServices, appleJobs, devicesRoutes, openApple, readDevice } from '../index.ts';
import { TOPIC } from './enrolment-profile.ts';

const publicUrl = new URL('http://localhost:8420');

/** The devices room on a database of its own, with one owner signed in. */
export interface Bench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly app: FastifyInstance;
  readonly personId: string;
  readonly apple: AppleServices;
  /** What was looked at: the device's id and what of it. */
  readonly looks: string[];
  /** Moves the clock of the server. */
  wait(ms: number): void;
}

/** Opens it; `policies` puts the real policies and their routes in place of one profile that never changes. */
export async function openBench(policies = false): Promise<Bench> {
  const test = await testDatabase();
  await prepareJobs(test.pool);
  const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
    values ('Ada', 'ada@example.org', 'owner', 'active', now()) returning id`.execute(test.db);
  const personId = rows[0]?.id ?? '';
  let waitedMs = 0;
  const base = { db: test.db, secrets: secretsOf(randomBytes(32)), publicUrl, now: () => Date.now() + waitedMs };
  const fixed = async () => ({ id: 'P-1', payload: writeXmlPlist({ PayloadType: 'Configuration' }) });
  const apple = await openApple({
    ...base,
    scepLegacyDes: false,
    organisation: 'Newsroom',
    profileFor: policies ? realProfile : fixed,
    factMaxAgeMs: 3_600_000,
  });
  const app = Fastify();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.decorateRequest('actor', {
    getter: () => ({ kind: 'person', personId, role: 'owner', sessionId: 's' }) as const,
  });
  if (policies) await policiesRoutes(app, { db: test.db, organisation: 'Newsroom', now: Date.now });
  const looks: string[] = [];
  await devicesRoutes(app, {
    androidReady: false,
    mayCallFalse: () => Promise.resolve(),
    recordLook: (_actor, id, what) => Promise.resolve(void looks.push(`${id} ${what}`)),
    ...base,
    apple,
  });
  const close = async () => {
    await app.close();
    await apple[Symbol.asyncDispose]();
    await test.close();
  };
  const wait = (ms: number): void => {
    waitedMs += ms;
  };
  return { test, app, personId, apple, wait, looks, [Symbol.asyncDispose]: close };
}

async function realProfile(db: Db, deviceId: string) {
  const device = await readDevice(db, deviceId);
  if (device === undefined) return undefined;
  const supervised = device.facts.some(({ name, value }) => name === 'supervised' && value === true);
  const { platform, ownership, personId } = device;
  return await profileFor(db, { platform, ownership, supervised, personId }, 'Newsroom');
}

/** Does what `devices.deliver` was asked for since the last time, as the runner of jobs would. */
export async function deliver({ test, apple }: Bench): Promise<void> {
  const { rows } = await sql<{ payload: unknown }>`delete from graphile_worker._private_jobs j
    using graphile_worker._private_tasks t where t.id = j.task_id and t.identifier = 'devices.deliver'
    returning j.payload`.execute(test.db);
  for (const { payload } of rows) {
    await appleJobs(apple)['devices.deliver']?.(payload);
    await appleJobs(apple)['devices.deliver']?.(payload); // jobs may run twice
  }
}

/** The one-time challenge in a command that renews the identity of a phone. */
export function renewalChallenge(command: PlistDict | undefined): string {
  const payload = dict(command?.['Command'])['Payload'];
  if (!(payload instanceof Uint8Array)) throw new Error('no profile');
  const profile = dict(parsePlist(parseSigned(payload).content ?? new Uint8Array()));
  const parts = Array.isArray(profile['PayloadContent']) ? profile['PayloadContent'].map(dict) : [];
  const scep = parts.find((part) => part['PayloadType'] === 'com.apple.security.scep');
  return String(dict(scep?.['PayloadContent'])['Challenge']);
}

/** Another person of the organisation. */
export async function addPerson({ test }: Bench, name: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
    values (${name}, ${`${name}@example.org`}, 'member', 'active', now()) returning id`.execute(test.db);
  return rows[0]?.id ?? '';
}

/** A phone that speaks the protocol. */
export interface Phone {
  readonly key: KeyObject;
  readonly certificate: Certificate;
  readonly udid: string;
  /** Under User Enrollment a phone keeps its UDID to itself. */
  readonly idKey?: 'EnrollmentID';
}

export async function invite({ app, personId }: Bench, owner = personId): Promise<{ deviceId: string; token: string }> {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/v1/enrolments',
    payload: { personId: owner, platform: 'apple' },
  });
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

export function dict(value: PlistValue | undefined): PlistDict {
  if (!isPlistDict(value)) throw new Error('no dictionary');
  return value;
}

export async function challengeOf({ app }: Pick<Bench, 'app'>, token: string): Promise<string> {
  const reply = await app.inject({ method: 'GET', url: `/enroll/apple?token=${token}` });
  expect(reply.headers['content-type']).toBe('application/x-apple-aspen-config');
  const profile = dict(parsePlist(parseSigned(new Uint8Array(reply.rawPayload)).content ?? new Uint8Array()));
  const payloads = profile['PayloadContent'];
  const scep = dict(dict(Array.isArray(payloads) ? payloads[0] : undefined)['PayloadContent']);
  return String(scep['Challenge']);
}

const sha256Rsa = sequence(oid('1.2.840.113549.1.1.11'), tagged(TAG.null));

/** What of a request for a certificate is not as it should be. */
export interface ScepWish {
  readonly messageType?: string;
  /** Signs the message in place of the key of its certificate. */
  readonly messageKey?: KeyObject;
  /** Signs the certification request in place of the key in it. */
  readonly requestKey?: KeyObject;
  /** Whom the request is encrypted to. */
  readonly recipient?: Certificate;
  readonly withoutChallenge?: boolean;
  /** Names a cipher that nobody knows. */
  readonly unknownCipher?: boolean;
}

const AES_256 = Buffer.from('60864801650304012a', 'hex');
const ATTRIBUTE = '2.16.840.1.113733.1.9.';

/** A request for a certificate (PKCSReq), and whose it is. */
export async function craftRequest(
  { app }: Pick<Bench, 'app'>,
  challenge: string,
  wish: ScepWish = {},
): Promise<{ message: Uint8Array; key: KeyObject; certificate: Certificate }> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const name = nameOf({ commonName: 'phone' });
  const challengeAttribute = sequence(oid('1.2.840.113549.1.9.7'), setOf(text(challenge)));
  const attributes = context(0, ...(wish.withoutChallenge === true ? [] : [challengeAttribute]));
  const info = sequence(integer(0), name, spki, attributes);
  const csr = sequence(info, sha256Rsa, bitString(sign('sha256', info, wish.requestKey ?? privateKey)));
  const times = { notBeforeMs: Date.now() - 1000, notAfterMs: Date.now() + 86_400_000 };
  const names = { subjectRaw: name, issuerRaw: name, spkiRaw: spki, serial: randomBytes(8), authorityKey: privateKey };
  const own = parseCertificate(issueCertificate({ use: 'client', ...names, ...times }));
  const ca = await app.inject({ method: 'GET', url: '/scep?operation=GetCACert' });
  expect(ca.headers['content-type']).toBe('application/x-x509-ca-cert');
  const authority = wish.recipient ?? parseCertificate(new Uint8Array(ca.rawPayload));
  const recipient = { certificate: authority, key: publicKeyOf(authority.spkiRaw) };
  const envelope = sealEnvelope(csr, recipient, { secret: randomBytes(32), iv: randomBytes(16) });
  if (wish.unknownCipher === true) envelope[Buffer.from(envelope).indexOf(AES_256) + AES_256.length - 1] = 0x7f;
  const message = signContent(
    envelope,
    { certificate: own, key: wish.messageKey ?? privateKey },
    {
      nowMs: Date.now(),
      extra: [
        [`${ATTRIBUTE}2`, text(wish.messageType ?? '19', true)],
        [`${ATTRIBUTE}5`, octetString(randomBytes(16))],
        [`${ATTRIBUTE}7`, text('transaction', true)],
      ],
    },
  );
  return { message, key: privateKey, certificate: own };
}

/** What the answer to a request says (RFC 8894 section 3.2.1.3): its status, and why it is refused. */
export function scepStatus(reply: Uint8Array): { status: string; failInfo: string } {
  const { attributes } = parseSigned(new Uint8Array(reply));
  const [status = '', failInfo = ''] = ['3', '4'].map((id) =>
    Buffer.from(attributes.get(`${ATTRIBUTE}${id}`)?.content ?? []).toString(),
  );
  return { status, failInfo };
}

export async function enrolIdentity(
  { app }: Pick<Bench, 'app'>,
  challenge: string,
  wish: ScepWish = {},
): Promise<{ status: string; failInfo: string; phone: Phone }> {
  const { message, key, certificate } = await craftRequest({ app }, challenge, wish);
  const reply = await app.inject({
    method: 'POST',
    url: '/scep?operation=PKIOperation',
    payload: Buffer.from(message),
    headers: { 'content-type': 'application/x-pki-message' },
  });
  expect(reply.statusCode).toBe(200);
  const said = scepStatus(reply.rawPayload);
  if (said.status !== '0') return { ...said, phone: { key, certificate, udid: 'none' } };
  const answer = parseSigned(new Uint8Array(reply.rawPayload));
  const bag = openEnvelope(parseEnveloped(answer.content ?? new Uint8Array()), key, false);
  // The degenerate SignedData has no signer: find its certificate by the sequence inside [0].
  const at = Buffer.from(bag).indexOf(Buffer.from([0x30, 0x82]), 40);
  const length = Buffer.from(bag).readUInt16BE(at + 2) + 4;
  return {
    ...said,
    phone: {
      key,
      certificate: parseCertificate(new Uint8Array(bag.subarray(at, at + length))),
      udid: randomBytes(8).toString('hex'),
    },
  };
}

/** A message as it goes over the wire: anybody who overhears it has both. */
export interface Sealed {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signs a message as a phone does, by the clock of the server unless another time is given. */
export function sealMessage(
  { apple }: Pick<Bench, 'apple'>,
  phone: Phone,
  message: PlistDict,
  atMs = apple.now(),
): Sealed {
  const body = writeXmlPlist({ [phone.idKey ?? 'UDID']: phone.udid, ...message });
  return { body, signature: signContent(body, phone, { nowMs: atMs, detached: true }) };
}

/** What the server answered: `code` where it refused. */
export interface Answer {
  readonly status: number;
  readonly command: PlistDict | undefined;
  readonly code?: string;
}

/** Sends a message that was signed before. */
export async function put({ app }: Pick<Bench, 'app'>, { body, signature }: Sealed): Promise<Answer> {
  const reply = await app.inject({
    method: 'PUT',
    url: '/mdm/apple',
    payload: Buffer.from(body),
    headers: { 'mdm-signature': toBase64(signature), 'content-type': 'application/x-apple-aspen-mdm' },
  });
  if (reply.statusCode !== 200) return { status: reply.statusCode, command: undefined, code: reply.body.trim() };
  return { status: 200, command: reply.rawPayload.length > 0 ? dict(parsePlist(reply.rawPayload)) : undefined };
}

export async function send(bench: Pick<Bench, 'app' | 'apple'>, phone: Phone, message: PlistDict): Promise<Answer> {
  return await put(bench, sealMessage(bench, phone, message));
}

export const authenticate = {
  MessageType: 'Authenticate',
  Topic: TOPIC,
  DeviceName: "Ada's iPhone",
  OSVersion: '18.1',
  BuildVersion: '22B83',
  ProductName: 'iPhone14,5',
};
export const tokenUpdate = {
  MessageType: 'TokenUpdate',
  Topic: TOPIC,
  Token: new Uint8Array([1, 2]),
  PushMagic: 'magic',
  UnlockToken: new Uint8Array([3]),
};
export const typeOf = (command: PlistDict | undefined): PlistValue | undefined =>
  command === undefined ? undefined : dict(command['Command'])['RequestType'];

export async function enrolled(
  bench: Bench,
  owner = bench.personId,
  kind: 'device' | 'user' = 'device',
): Promise<{ deviceId: string; phone: Phone }> {
  const { deviceId, token } = await invite(bench, owner);
  const made = await enrolIdentity(bench, await challengeOf(bench, token));
  const phone: Phone = kind === 'user' ? { ...made.phone, idKey: 'EnrollmentID' } : made.phone;
  expect((await send(bench, phone, authenticate)).status).toBe(200);
  expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
  return { deviceId, phone };
}

/** What a phone in order answers, by the kind of command; which profiles it lists is for the test to say. */
export const answers: Readonly<Record<string, PlistDict>> = {
  DeviceInformation: { QueryResponses: { DeviceName: "Ada's iPhone", OSVersion: '18.2', IsSupervised: false } },
  SecurityInfo: {
    SecurityInfo: { PasscodePresent: true, PasscodeCompliantWithProfiles: true, HardwareEncryptionCaps: 3 },
  },
  InstalledApplicationList: {
    InstalledApplicationList: [{ Identifier: 'org.example.app', Name: 'Example', ShortVersion: '1.2' }],
  },
};

/** Lets a phone answer every command that waits for it, and tells their kinds. */
export async function drain(bench: Pick<Bench, 'app' | 'apple'>, phone: Phone, says = answers): Promise<string[]> {
  const seen: string[] = [];
  let { command } = await send(bench, phone, { Status: 'Idle' });
  while (command !== undefined && seen.length < 20) {
    const type = String(typeOf(command));
    seen.push(type);
    ({ command } = await send(bench, phone, {
      Status: 'Acknowledged',
      CommandUUID: command['CommandUUID'],
      ...says[type],
    }));
  }
  return seen;
}
