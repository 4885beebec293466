import { expect } from 'vitest';
import { concatBytes, readAtOf } from '../../src/base/index.ts';
import { type Iphone, simulateIphone } from '../../src/demo/iphone.ts';
import { PHONES } from '../../src/demo/organisation.data.ts';
import { type PasskeySecret, register } from '../../src/demo/passkey.ts';
import type { PracticeMember } from '../../src/demo/practice-member.ts';
import { BindReply, EnrolmentReply, OpenReply } from '../../src/devices/api.ts';
import { PublicKeyReply, TokenReply } from '../../src/files/api.ts';
import {
  createRewrapSession,
  type DeviceKey,
  dpopProof,
  encodePolicy,
  openTdf,
  protectStream,
  readContainer,
  signRewrapRequest,
  type TdfContainer,
  unwrapRewrapped,
} from '../../src/formats/tdf/index.ts';
import { type CeremonyReply, Me } from '../../src/people/api.ts';

/** Makes the first owner by the setup link. */
export async function setUpOwner(baseUrl: URL, link: string, owner: PasskeySecret): Promise<void> {
  const send = async (path: string, body: object): Promise<Response> =>
    await fetch(new URL(path, baseUrl), {
      method: 'POST',
      headers: { origin: baseUrl.origin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const token = new URLSearchParams(link.split('?').at(-1)).get('token');
  const begun = await send('/api/v1/setup/options', { token, displayName: 'Ada Owner', email: 'ada@example.org' });
  const ceremony: unknown = await begun.json();
  if (!isCeremony(ceremony)) throw new Error(`setup was refused: ${JSON.stringify(ceremony)}`);
  const response = register(owner, baseUrl.origin, String(ceremony.options['challenge']));
  const ended = await send('/api/v1/setup/verify', { ceremonyId: ceremony.ceremonyId, response });
  expect(ended.status).toBe(204);
}

function isCeremony(value: unknown): value is CeremonyReply {
  return typeof value === 'object' && value !== null && 'ceremonyId' in value && 'options' in value;
}

/** A phone that speaks the real protocols; the same seed gives the same phone. */
export function simulatedPhone(seed: string, baseUrl: URL): Iphone {
  const make = PHONES[0];
  if (make === undefined) throw new Error('no phone to simulate');
  return simulateIphone({ make, seed, baseUrl, now: () => Date.now(), lockedAt: () => false });
}

/** The browser of a phone in order, whose owner has signed, and a file that it may open. */
export interface Opener {
  readonly deviceKey: DeviceKey;
  readonly container: TdfContainer;
}

/** Has a person make her browser part of a phone in order, sign, and keep one file. */
export async function protectOne(desk: PracticeMember, baseUrl: URL, content: string): Promise<Opener> {
  const me = await desk.call('GET', '/api/v1/me', Me);
  const enrolment = await desk.call('POST', '/api/v1/enrolments', EnrolmentReply, {
    personId: me.id,
    platform: 'apple',
  });
  const { challenge } = await desk.call('POST', '/api/v1/enrolments/open', OpenReply, { token: enrolment.token });
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const deviceKey = await crypto.subtle.generateKey(ecdsa, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', deviceKey.publicKey);
  const proof = await crypto.subtle.sign(ecdsa, deviceKey.privateKey, Buffer.from(`pavise-bind:${challenge}`));
  const signature = Buffer.from(proof).toString('base64url');
  await desk.call('POST', '/api/v1/enrolments/bind', BindReply, {
    challenge,
    publicJwk: { kty, crv, x, y },
    signature,
  });
  const iphone = simulatedPhone('opener', baseUrl);
  await iphone.enrol(enrolment.token);
  await iphone.connect();
  await desk.signAgreements();

  const key = await desk.call('POST', '/kas.AccessService/PublicKey', PublicKeyReply, { algorithm: 'ec:secp256r1' });
  const plain = Buffer.from(content);
  const policy = encodePolicy({ uuid: crypto.randomUUID(), attributes: [], dissem: [], owner: me.email });
  const kasKeys = [{ url: new URL('/kas', baseUrl).href, kid: key.kid, publicKeyPem: key.publicKey }];
  const parts: Uint8Array[] = [];
  for await (const part of protectStream(readAtOf(plain), plain.length, {
    policy,
    mimeType: 'text/plain',
    kasKeys,
    random: crypto,
  })) {
    parts.push(part);
  }
  const bytes = concatBytes(parts);
  await desk.upload('/api/v1/files?title=Sources', bytes);
  return { deviceKey, container: await readContainer(readAtOf(bytes), bytes.length) };
}

/** Asks the key server as the workspace does, and opens the file; what it holds. */
export async function openOnce(desk: PracticeMember, baseUrl: URL, { deviceKey, container }: Opener): Promise<string> {
  const urlOf = (path: string): string => new URL(path, baseUrl).href;
  const proof = await dpopProof(deviceKey, {
    method: 'POST',
    url: urlOf('/api/v1/files/token'),
    nowMs: Date.now(),
    random: crypto,
  });
  const { accessToken, deviceId } = await desk.call('POST', '/api/v1/files/token', TokenReply, { proof });
  expect(deviceId, 'the browser is still bound').not.toBeNull();
  const url = urlOf('/kas.AccessService/Rewrap');
  const session = await createRewrapSession(crypto);
  const signedRequestToken = await signRewrapRequest(deviceKey, container, session, Date.now());
  const reply = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `DPoP ${accessToken}`,
      dpop: await dpopProof(deviceKey, { method: 'POST', url, accessToken, nowMs: Date.now(), random: crypto }),
      'content-type': 'application/json',
    },
    body: JSON.stringify({ signedRequestToken }),
  });
  const answer: unknown = await reply.json();
  expect({ status: reply.status, answer }, 'the phone is in order').toMatchObject({ status: 200 });
  const content = await openTdf(container, await unwrapRewrapped(container, session, answer));
  return Buffer.from(await content.read(0, content.sizeBytes)).toString();
}
