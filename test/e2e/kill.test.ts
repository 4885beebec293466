/** The server is killed with -9 while it answers; whatever it acknowledged must be there after the next start. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { afterAll, describe, expect, it } from 'vitest';
import { AuditHead, AuditList } from '../../src/audit/api.ts';
import type { Iphone } from '../../src/demo/iphone.ts';
import { makePasskey, type PasskeySecret } from '../../src/demo/passkey.ts';
import { join as joinBy, type PracticeMember, signIn } from '../../src/demo/practice-member.ts';
import { EnrolmentReply } from '../../src/devices/api.ts';
import { GroupItem, GroupList, InvitationReply, Me } from '../../src/people/api.ts';
import { livingPostmaster } from '../../src/storage/supervisor.ts';
import { AgreementsReply } from '../../src/training/api.ts';
import { freePort, type ServerProcess, startProcess } from './harness.ts';
import { type Opener, openOnce, protectOne, setUpOwner, simulatedPhone } from './opener.ts';

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
  it('loses nothing that it acknowledged, and its next start adopts PostgreSQL', { timeout: 300_000 }, async () => {
    const port = await freePort();
    server = await startProcess({ data, port });
    const baseUrl = new URL(server.url);
    const addresses = { baseUrl, publicUrl: baseUrl };
    const owner = makePasskey();
    const [, link = ''] = await server.line(/(http\S+setup\?token=\S+)/);
    await setUpOwner(baseUrl, link, owner);
    const opener = await protectOne(await signIn(addresses, owner), baseUrl, PLAIN);
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
      for (const endAt = Date.now() + 60_000; Date.now() < endAt; await sleep(20)) {
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

async function requestKeys(desk: PracticeMember, baseUrl: URL, opener: Opener, done: Acknowledged): Promise<void> {
  await untilKilled(async () => {
    expect(await openOnce(desk, baseUrl, opener)).toBe(PLAIN);
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
