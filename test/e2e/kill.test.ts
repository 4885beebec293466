/** The server is killed with -9 while it answers; whatever it acknowledged must be there after the next start. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { afterAll, describe, expect, it } from 'vitest';
import { AuditHead, AuditList } from '../../src/audit/api.ts';
import { concatBytes, readAtOf } from '../../src/base/index.ts';
import { type Iphone, simulateIphone } from '../../src/demo/iphone.ts';
import { PHONES } from '../../src/demo/organisation.data.ts';
import { makePasskey, type PasskeySecret, register } from '../../src/demo/passkey.ts';
import { join as joinBy, type PracticeMember, signIn } from '../../src/demo/practice-member.ts';
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
import { type CeremonyReply, GroupItem, GroupList, InvitationReply, Me } from '../../src/people/api.ts';
import { livingPostmaster } from '../../src/storage/supervisor.ts';
import { AgreementsReply } from '../../src/training/api.ts';
import { freePort, type ServerProcess, startProcess } from './harness.ts';

const ROUNDS = 3;
const PLAIN = 'the name of the source';
const data = mkdtempSync(join(tmpdir(), 'pavise-kill-'));
let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
  await stopPostgres();
  rmSync(data, { recursive: true, force: true });
});

/** A test that failed between a kill and a start leaves PostgreSQL behind. */
async function stopPostgres(): Promise<void> {
  const pid = await livingPostmaster(join(data, 'postgres'));
  if (pid !== undefined) process.kill(pid, 'SIGINT');
  while ((await livingPostmaster(join(data, 'postgres'))) !== undefined) await sleep(50);
}

/** What the server answered with success. */
interface Acknowledged {
  readonly groups: string[];
  readonly phones: { readonly deviceId: string; readonly iphone: Iphone; answers: number }[];
  readonly members: PasskeySecret[];
  /** Keys that were received: each release is in the log before its answer. */
  keysReleased: number;
}

type Addresses = Parameters<typeof signIn>[0];

describe('a server that is killed with -9', () => {
  it('loses nothing that it acknowledged, and its next start adopts PostgreSQL', { timeout: 110_000 }, async () => {
    const port = await freePort();
    server = await startProcess({ data, port });
    const baseUrl = new URL(server.url);
    const addresses = { baseUrl, publicUrl: baseUrl };
    const owner = makePasskey();
    const [, link = ''] = await server.line(/(http\S+setup\?token=\S+)/);
    await setUp(baseUrl, link, owner);
    const opener = await protectOne(await signIn(addresses, owner), baseUrl);
    const done: Acknowledged = { groups: [], phones: [], members: [], keysReleased: 0 };

    for (let round = 1; round <= ROUNDS; round++) {
      const desk = await signIn(addresses, owner);
      const { id: personId } = await desk.call('GET', '/api/v1/me', Me);
      const before = counts(done);
      const writers = [
        writeGroups(desk, round, done),
        enrolPhones(desk, personId, baseUrl, round, done),
        signTexts(desk, addresses, round, done),
        requestKeys(desk, baseUrl, opener, done),
      ];
      // Not before each writer has been answered at least once, then at any moment.
      for (const endAt = Date.now() + 15_000; Date.now() < endAt; await sleep(20)) {
        const now = counts(done);
        if (
          now.groups > before.groups + 3 &&
          now.phones > before.phones &&
          now.members > before.members &&
          now.keys > before.keys
        )
          break;
      }
      await sleep(Math.random() * 200);
      server.child.kill('SIGKILL');
      await once(server.child, 'close');
      await Promise.all(writers);
      const after = counts(done);
      expect(after.groups, server.printed()).toBeGreaterThan(before.groups);
      expect(after.phones, server.printed()).toBeGreaterThan(before.phones);
      expect(after.members, server.printed()).toBeGreaterThan(before.members);
      expect(after.keys, server.printed()).toBeGreaterThan(before.keys);

      server = await startProcess({ data, port });
      expect(server.printed()).toContain('database adopted');
      await proveAll(addresses, owner, done, round);
    }
  });
});

function counts(done: Acknowledged): { groups: number; phones: number; members: number; keys: number } {
  const { groups, phones, members, keysReleased } = done;
  return { groups: groups.length, phones: phones.length, members: members.length, keys: keysReleased };
}

async function setUp(baseUrl: URL, link: string, owner: PasskeySecret): Promise<void> {
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

/** Repeats until the server is gone; only a refused or broken connection ends it quietly. */
async function untilKilled(step: () => Promise<void>, most = Number.POSITIVE_INFINITY): Promise<void> {
  try {
    for (let n = 0; n < most; n++) await step();
  } catch (error) {
    const message = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
    if (!/fetch failed|terminated|socket|ECONN/i.test(message)) throw error;
  }
}

async function writeGroups(desk: PracticeMember, round: number, done: Acknowledged): Promise<void> {
  let n = 0;
  await untilKilled(async () => {
    const name = `Group ${round}-${++n}`;
    await desk.call('POST', '/api/v1/groups', GroupItem, { name });
    done.groups.push(name);
  });
}

/** Phones enrol, then connect again and again: Authenticate, TokenUpdate, answers to commands. */
async function enrolPhones(
  desk: PracticeMember,
  personId: string,
  baseUrl: URL,
  round: number,
  done: Acknowledged,
): Promise<void> {
  await untilKilled(async () => {
    const body = { personId, platform: 'apple', ownership: 'organisation' };
    const { token, deviceId } = await desk.call('POST', '/api/v1/enrolments', EnrolmentReply, body);
    const seed = `kill-${round}-${done.phones.length}`;
    const iphone = simulatedPhone(seed, baseUrl);
    await iphone.enrol(token);
    const phone = { deviceId, iphone, answers: 0 };
    done.phones.push(phone);
    phone.answers += await iphone.connect();
  }, 8);
}

function simulatedPhone(seed: string, baseUrl: URL): Iphone {
  const make = PHONES[0];
  if (make === undefined) throw new Error('no phone to simulate');
  return simulateIphone({ make, seed, baseUrl, now: () => Date.now(), lockedAt: () => false });
}

/** Invited people join by passkey and sign every text. */
async function signTexts(desk: PracticeMember, addresses: Addresses, round: number, done: Acknowledged): Promise<void> {
  let n = 0;
  await untilKilled(async () => {
    const body = { displayName: `Member ${round} ${++n}`, email: `member-${round}-${n}@example.org`, role: 'member' };
    const { link } = await desk.call('POST', '/api/v1/people/invitations', InvitationReply, body);
    const passkey = makePasskey();
    const member = await joinBy(addresses, link, passkey);
    await member.signAgreements();
    done.members.push(passkey);
  }, 4); // the sign-in routes are limited to 60 calls a minute
}

/** The browser of a phone in order, whose owner has signed, and a file that it may open. */
interface Opener {
  readonly deviceKey: DeviceKey;
  readonly container: TdfContainer;
}

async function protectOne(desk: PracticeMember, baseUrl: URL): Promise<Opener> {
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
  const plain = Buffer.from(PLAIN);
  const policy = encodePolicy({ uuid: crypto.randomUUID(), attributes: [], dissem: [], owner: me.email });
  const kasKeys = [{ url: new URL('/kas', baseUrl).href, kid: key.kid, publicKeyPem: key.publicKey }];
  const parts: Uint8Array[] = [];
  for await (const part of protectStream(readAtOf(plain), plain.length, { policy, mimeType: 'text/plain', kasKeys })) {
    parts.push(part);
  }
  const bytes = concatBytes(parts);
  await desk.upload('/api/v1/files?title=Sources', bytes);
  return { deviceKey, container: await readContainer(readAtOf(bytes), bytes.length) };
}

async function requestKeys(desk: PracticeMember, baseUrl: URL, opener: Opener, done: Acknowledged): Promise<void> {
  const { deviceKey, container } = opener;
  const urlOf = (path: string): string => new URL(path, baseUrl).href;
  await untilKilled(async () => {
    const proof = await dpopProof(deviceKey, { method: 'POST', url: urlOf('/api/v1/files/token'), nowMs: Date.now() });
    const { accessToken, deviceId } = await desk.call('POST', '/api/v1/files/token', TokenReply, { proof });
    expect(deviceId, 'the browser is still bound').not.toBeNull();
    const url = urlOf('/kas.AccessService/Rewrap');
    const session = await createRewrapSession();
    const signedRequestToken = await signRewrapRequest(deviceKey, container, session, Date.now());
    const reply = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${accessToken}`,
        dpop: await dpopProof(deviceKey, { method: 'POST', url, accessToken, nowMs: Date.now() }),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ signedRequestToken }),
    });
    const answer: unknown = await reply.json();
    expect({ status: reply.status, answer }, 'the phone is in order').toMatchObject({ status: 200 });
    const content = await openTdf(container, await unwrapRewrapped(container, session, answer));
    expect(Buffer.from(await content.read(0, PLAIN.length)).toString()).toBe(PLAIN);
    done.keysReleased += 1;
  }, 40);
}

const DeviceState = Type.Object({ state: Type.String() });

async function proveAll(addresses: Addresses, owner: PasskeySecret, done: Acknowledged, kills: number): Promise<void> {
  const desk = await signIn(addresses, owner);
  const { items } = await desk.call('GET', '/api/v1/groups', GroupList);
  const names = new Set(items.map((group) => group.name));
  expect(done.groups.filter((name) => !names.has(name))).toEqual([]);

  for (const { deviceId, iphone } of done.phones) {
    const device = await desk.call('GET', `/api/v1/devices/${deviceId}`, DeviceState);
    expect(device.state).toBe('enrolled');
    await iphone.connect();
    expect(iphone.memory, 'the phone is still known by its certificate').toBeDefined();
  }
  // One sign-in for each person is enough: what was proved in an earlier round is not asked again.
  for (const passkey of done.members.splice(0)) {
    const member = await signIn(addresses, passkey);
    const texts = await member.call('GET', '/api/v1/me/agreements', AgreementsReply);
    expect(texts.items.filter((text) => text.signedAtMs === null)).toEqual([]);
  }

  const head = await sealedHead(desk);
  expect({ verified: head.verified, why: head.why }).toEqual({ verified: true, why: null });
  const released = await desk.call('GET', '/api/v1/audit?action=file.key.released&limit=1000', AuditList);
  expect(released.items.length).toBeGreaterThanOrEqual(done.keysReleased);
  // At each kill one release may have been written whose answer did not arrive.
  expect(released.items.length).toBeLessThanOrEqual(done.keysReleased + kills);
  const { items: newest } = await desk.call('GET', '/api/v1/audit?limit=1', AuditList);
  expect(newest[0]?.seq).toBeGreaterThanOrEqual(head.entries);
}

async function sealedHead(desk: PracticeMember): Promise<AuditHead> {
  await sleep(600); // the sealer runs four times a second
  return await desk.call('GET', '/api/v1/audit/head', AuditHead);
}
