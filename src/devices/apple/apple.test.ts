import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { secretsOf } from '../../storage/index.ts';
import { type TestDatabase, testDatabase } from '../../storage/testing.ts';
import { thumbprintOf } from '../bind.ts';
import { type AppleServices, devicesRoutes, findDeviceByKeyThumbprint, openApple, readDevice } from '../index.ts';

let test: TestDatabase;
let app: FastifyInstance;
let apple: AppleServices;
let personId: string;
const publicUrl = new URL('http://localhost:8420');

beforeAll(async () => {
  test = await testDatabase();
  await prepareJobs(test.pool);
  const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
    values ('Ada', 'ada@example.org', 'owner', 'active', now()) returning id`.execute(test.db);
  personId = rows[0]?.id ?? '';
  const base = { db: test.db, secrets: secretsOf(randomBytes(32)), publicUrl, now: () => Date.now() };
  const profileFor = async () => writeXmlPlist({ PayloadType: 'Configuration' });
  apple = await openApple({
    ...base,
    scepLegacyDes: false,
    organisation: 'Newsroom',
    profileFor,
    factMaxAgeMs: 3_600_000,
  });
  app = Fastify();
  app.decorateRequest('actor', {
    getter: () => ({ kind: 'person', personId, role: 'owner', sessionId: 's' }) as const,
  });
  await devicesRoutes(app, { ...base, apple });
}, 60_000);
afterAll(async () => {
  await app.close();
  await apple[Symbol.asyncDispose]();
  await test.close();
});

/** A phone that speaks the protocol. */
interface Phone {
  readonly key: KeyObject;
  readonly certificate: Certificate;
  readonly udid: string;
}

async function invite(owner = personId): Promise<{ deviceId: string; token: string }> {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/v1/enrolments',
    payload: { personId: owner, platform: 'apple' },
  });
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

function dict(value: PlistValue | undefined): PlistDict {
  if (!isPlistDict(value)) throw new Error('no dictionary');
  return value;
}

async function challengeOf(token: string): Promise<string> {
  const reply = await app.inject({ method: 'GET', url: `/enroll/apple?token=${token}` });
  expect(reply.headers['content-type']).toBe('application/x-apple-aspen-config');
  const profile = dict(parsePlist(parseSigned(new Uint8Array(reply.rawPayload)).content ?? new Uint8Array()));
  const payloads = profile['PayloadContent'];
  const scep = dict(dict(Array.isArray(payloads) ? payloads[0] : undefined)['PayloadContent']);
  return String(scep['Challenge']);
}

const sha256Rsa = sequence(oid('1.2.840.113549.1.1.11'), tagged(TAG.null));

async function enrolIdentity(challenge: string): Promise<{ status: string; phone: Phone }> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const name = nameOf({ commonName: 'phone' });
  const challengeAttribute = sequence(oid('1.2.840.113549.1.9.7'), setOf(text(challenge)));
  const info = sequence(integer(0), name, spki, context(0, challengeAttribute));
  const csr = sequence(info, sha256Rsa, bitString(sign('sha256', info, privateKey)));
  const times = { notBeforeMs: Date.now() - 1000, notAfterMs: Date.now() + 86_400_000 };
  const names = { subjectRaw: name, issuerRaw: name, spkiRaw: spki, serial: randomBytes(8), authorityKey: privateKey };
  const own = parseCertificate(issueCertificate({ use: 'client', ...names, ...times }));
  const ca = await app.inject({ method: 'GET', url: '/scep?operation=GetCACert' });
  expect(ca.headers['content-type']).toBe('application/x-x509-ca-cert');
  const authority = parseCertificate(new Uint8Array(ca.rawPayload));
  const recipient = { certificate: authority, key: publicKeyOf(authority.spkiRaw) };
  const envelope = sealEnvelope(csr, recipient, { secret: randomBytes(32), iv: randomBytes(16) });
  const attribute = '2.16.840.1.113733.1.9.';
  const message = signContent(
    envelope,
    { certificate: own, key: privateKey },
    {
      nowMs: Date.now(),
      extra: [
        [`${attribute}2`, text('19', true)],
        [`${attribute}5`, octetString(randomBytes(16))],
        [`${attribute}7`, text('transaction', true)],
      ],
    },
  );
  const reply = await app.inject({
    method: 'POST',
    url: '/scep?operation=PKIOperation',
    payload: Buffer.from(message),
    headers: { 'content-type': 'application/x-pki-message' },
  });
  expect(reply.statusCode).toBe(200);
  const answer = parseSigned(new Uint8Array(reply.rawPayload));
  const status = Buffer.from(answer.attributes.get(`${attribute}3`)?.content ?? []).toString();
  if (status !== '0') return { status, phone: { key: privateKey, certificate: own, udid: 'none' } };
  const bag = openEnvelope(parseEnveloped(answer.content ?? new Uint8Array()), privateKey, false);
  // The degenerate SignedData has no signer: find its certificate by the sequence inside [0].
  const at = Buffer.from(bag).indexOf(Buffer.from([0x30, 0x82]), 40);
  const length = Buffer.from(bag).readUInt16BE(at + 2) + 4;
  return {
    status,
    phone: {
      key: privateKey,
      certificate: parseCertificate(new Uint8Array(bag.subarray(at, at + length))),
      udid: randomBytes(8).toString('hex'),
    },
  };
}

async function send(
  phone: Phone,
  message: PlistDict,
  tamper = false,
): Promise<{ status: number; command: PlistDict | undefined }> {
  const body = writeXmlPlist({ UDID: phone.udid, ...message });
  const signature = signContent(body, phone, { nowMs: Date.now(), detached: true });
  const payload = tamper ? Buffer.concat([body, Buffer.from(' ')]) : Buffer.from(body);
  const reply = await app.inject({
    method: 'PUT',
    url: '/mdm/apple',
    payload,
    headers: { 'mdm-signature': toBase64(signature), 'content-type': 'application/x-apple-aspen-mdm' },
  });
  return {
    status: reply.statusCode,
    command: reply.statusCode === 200 && reply.rawPayload.length > 0 ? dict(parsePlist(reply.rawPayload)) : undefined,
  };
}

const authenticate = {
  MessageType: 'Authenticate',
  Topic: 'com.apple.mgmt.x',
  DeviceName: "Ada's iPhone",
  OSVersion: '18.1',
  BuildVersion: '22B83',
  ProductName: 'iPhone14,5',
};
const tokenUpdate = {
  MessageType: 'TokenUpdate',
  Topic: 'com.apple.mgmt.x',
  Token: new Uint8Array([1, 2]),
  PushMagic: 'magic',
  UnlockToken: new Uint8Array([3]),
};
const typeOf = (command: PlistDict | undefined): PlistValue | undefined =>
  command === undefined ? undefined : dict(command['Command'])['RequestType'];

async function enrolled(): Promise<{ deviceId: string; phone: Phone }> {
  const { deviceId, token } = await invite();
  const { phone } = await enrolIdentity(await challengeOf(token));
  expect((await send(phone, authenticate)).status).toBe(200);
  expect((await send(phone, tokenUpdate)).status).toBe(200);
  return { deviceId, phone };
}

const answers: Readonly<Record<string, PlistDict>> = {
  DeviceInformation: { QueryResponses: { DeviceName: "Ada's iPhone", OSVersion: '18.2', IsSupervised: false } },
  SecurityInfo: {
    SecurityInfo: { PasscodePresent: true, PasscodeCompliantWithProfiles: true, HardwareEncryptionCaps: 3 },
  },
  InstalledApplicationList: {
    InstalledApplicationList: [{ Identifier: 'org.example.app', Name: 'Example', ShortVersion: '1.2' }],
  },
};

async function drain(phone: Phone): Promise<string[]> {
  const seen: string[] = [];
  let { command } = await send(phone, { Status: 'Idle' });
  while (command !== undefined && seen.length < 20) {
    const type = String(typeOf(command));
    seen.push(type);
    ({ command } = await send(phone, {
      Status: 'Acknowledged',
      CommandUUID: command['CommandUUID'],
      ...answers[type],
    }));
  }
  return seen;
}

describe('an Apple device', () => {
  it('enrols, takes its first commands and reports facts', async () => {
    const { deviceId, phone } = await enrolled();
    expect(await drain(phone)).toEqual([
      'InstallProfile',
      'DeviceInformation',
      'SecurityInfo',
      'InstalledApplicationList',
    ]);
    const device = await readDevice(test.db, deviceId);
    expect(device?.state).toBe('enrolled');
    expect(Object.fromEntries((device?.facts ?? []).map((fact) => [fact.name, fact.value]))).toEqual({
      'os.version': '18.2',
      'os.build': '22B83',
      'device.model': 'iPhone14,5',
      'device.name': "Ada's iPhone",
      'passcode.present': true,
      'passcode.compliant': true,
      'encryption.enabled': true,
      supervised: false,
      'enrolment.kind': 'device',
      'profile.installed': true,
      apps: 1,
    });
    const apps = await app.inject({ method: 'GET', url: `/api/v1/devices/${deviceId}/apps` });
    expect(apps.json()).toEqual({
      items: [{ appId: 'org.example.app', name: 'Example', version: '1.2', managed: null }],
    });
    expect((await app.inject({ method: 'GET', url: '/api/v1/me/devices' })).json().items.length).toBeGreaterThan(0);
    expect((await app.inject({ method: 'GET', url: '/api/v1/devices?query=ada&limit=1' })).json().items.length).toBe(1);
  });

  it('is offered a command again after NotNow, but not in the same connection', async () => {
    const { deviceId, phone } = await enrolled();
    await drain(phone);
    const order = (payload: object) =>
      app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload });
    expect((await order({ kind: 'DeviceLock', confirmName: 'another' })).statusCode).toBe(422);
    expect((await order({ kind: 'DeviceLock', confirmName: "Ada's iPhone" })).json().ids.length).toBe(1);
    const first = await send(phone, { Status: 'Idle' });
    expect(typeOf(first.command)).toBe('DeviceLock');
    const id = first.command?.['CommandUUID'];
    expect((await send(phone, { Status: 'NotNow', CommandUUID: id })).command).toBeUndefined();
    expect((await send(phone, { Status: 'Idle' })).command?.['CommandUUID']).toBe(id);
    expect(
      (
        await send(phone, {
          Status: 'Error',
          CommandUUID: id,
          ErrorChain: [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain' }],
        })
      ).command,
    ).toBeUndefined();
    const list = await app.inject({ method: 'GET', url: `/api/v1/devices/${deviceId}/commands?limit=1` });
    expect(list.json().items[0]).toMatchObject({ kind: 'DeviceLock', state: 'error', error: 'MCMDMErrorDomain 12021' });
    expect((await send(phone, { Status: 'Acknowledged', CommandUUID: 'unknown' })).status).toBe(200);
  });

  it('is refused with 400, never 401, when its proof is wrong', async () => {
    const { phone } = await enrolled();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect((await send(phone, { Status: 'Idle' }, true)).status).toBe(400);
    expect((await send({ ...phone, key: privateKey }, { Status: 'Idle' })).status).toBe(400);
    expect((await send({ ...phone, udid: 'other' }, { Status: 'Idle' })).status).toBe(400);
    expect((await send({ ...phone, udid: 'other' }, authenticate)).status).toBe(400);
    expect((await send(phone, { MessageType: 'Nonsense' })).status).toBe(400);
    expect((await app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x' })).statusCode).toBe(400);
    expect(
      (await app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x', headers: { 'mdm-signature': 'MIID' } }))
        .statusCode,
    ).toBe(400);
  });

  it('gets one certificate for one challenge, and leaves by CheckOut', async () => {
    const { deviceId, token } = await invite();
    const challenge = await challengeOf(token);
    const { phone, status } = await enrolIdentity(challenge);
    expect(status).toBe('0');
    expect((await enrolIdentity(challenge)).status).toBe('2');
    expect((await send(phone, tokenUpdate)).status).toBe(400);
    await send(phone, authenticate);
    await send(phone, tokenUpdate);
    expect((await app.inject({ method: 'GET', url: `/enroll/apple?token=${token}` })).statusCode).toBe(404);
    expect((await send(phone, { MessageType: 'CheckOut', Topic: 'x' })).status).toBe(200);
    expect((await readDevice(test.db, deviceId))?.state).toBe('checked-out');
    expect((await send(phone, { Status: 'Idle' })).status).toBe(400);
  });

  it('binds one browser by the challenge of its enrolment', async () => {
    const { deviceId, token } = await invite();
    const { challenge } = (
      await app.inject({ method: 'POST', url: '/api/v1/enrolments/open', payload: { token } })
    ).json();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const publicJwk = { kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) } as const;
    const signature = sign('sha256', Buffer.from(`pavise-bind:${challenge}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url');
    const bind = () =>
      app.inject({ method: 'POST', url: '/api/v1/enrolments/bind', payload: { challenge, publicJwk, signature } });
    expect((await bind()).json()).toEqual({ deviceId, thumbprint: thumbprintOf(publicJwk) });
    expect((await findDeviceByKeyThumbprint(test.db, thumbprintOf(publicJwk)))?.id).toBe(deviceId);
    expect((await bind()).statusCode).toBe(400);
  });

  it("cannot end the enrolment of another person's phone by its UDID", async () => {
    const { deviceId, phone } = await enrolled();
    const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
      values ('Eve', 'eve@example.org', 'member', 'active', now()) returning id`.execute(test.db);
    const eve = await invite(rows[0]?.id);
    const { phone: thief } = await enrolIdentity(await challengeOf(eve.token));
    expect((await send({ ...thief, udid: phone.udid }, authenticate)).status).toBe(400);
    expect((await readDevice(test.db, deviceId))?.state).toBe('enrolled');
    expect((await send(phone, { Status: 'Idle' })).status).toBe(200);
    const log = await sql`select from audit_entries where action = 'device.refused'`.execute(test.db);
    expect(log.rows.length).toBe(1);
    const again = await enrolIdentity(await challengeOf((await invite()).token));
    expect((await send({ ...again.phone, udid: phone.udid }, authenticate)).status).toBe(200);
    expect((await readDevice(test.db, deviceId))?.state).toBe('checked-out');
  });

  it('speaks by one certificate of its invitation only', async () => {
    const { token } = await invite();
    const { phone: first } = await enrolIdentity(await challengeOf(token));
    const { phone: second } = await enrolIdentity(await challengeOf(token));
    const late = await challengeOf(token);
    expect((await send(second, { Status: 'Idle' })).status).toBe(400);
    expect((await send(first, authenticate)).status).toBe(200);
    expect((await send(first, tokenUpdate)).status).toBe(200);
    expect((await send({ ...second, udid: first.udid }, authenticate)).status).toBe(400);
    expect((await enrolIdentity(late)).status).toBe('2');
    expect((await send(first, { Status: 'Idle' })).status).toBe(200);
  });

  it('is answered 400 for text that cannot be kept, and for cursors of no list', async () => {
    const { phone } = await enrolled();
    const head = Buffer.from('bplist00\xd2\x01\x02\x03\x04TUDID[MessageType_\x10\x10', 'latin1');
    const table = [8, 13, 18, 30, 49, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
    const tail = Buffer.from([0x52, 0x41, 0, ...table, 0, 0, 0, 0, 0, 0, 0, 52]);
    const payload = Buffer.concat([head, Buffer.from(phone.udid), tail]);
    const signature = toBase64(signContent(payload, phone, { nowMs: Date.now(), detached: true }));
    const headers = { 'mdm-signature': signature };
    expect((await app.inject({ method: 'PUT', url: '/mdm/apple', payload, headers })).body).toBe('failure\n');
    expect((await app.inject({ method: 'PUT', url: '/mdm/apple', payload, headers })).statusCode).toBe(400);
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const id = 'a0000000-0000-4000-8000-000000000000';
    for (const query of ['query=%00', `after=${cursor(['a', '-'.repeat(36)])}`, `after=${cursor(['\0', id])}`]) {
      expect((await app.inject({ method: 'GET', url: `/api/v1/devices?${query}` })).statusCode).toBe(400);
    }
    const android = { method: 'POST', url: '/api/v1/enrolments', payload: { personId, platform: 'android' } } as const;
    expect((await app.inject(android)).statusCode).toBe(422);
  });

  it('costs no statement when it is idle and nothing waits', async () => {
    const { phone } = await enrolled();
    await drain(phone);
    await send(phone, { Status: 'Idle' });
    const digest = createHash('sha256').update(phone.certificate.raw).digest('hex');
    expect(digest.length).toBe(64);
    let statements = 0;
    test.pool.on('acquire', () => statements++);
    expect((await send(phone, { Status: 'Idle' })).status).toBe(200);
    expect(statements).toBe(0);
  });
});
