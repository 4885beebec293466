import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inviteDevice } from '../devices/enrolments.ts';
import { createPerson } from '../people/index.ts';
import { openBlobs, secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { openRooms, registerRooms, type Services, whoCalls } from './rooms.ts';

/** What may fail in a minute from one address; what succeeds is limited by its invitation. */
const A_MINUTE = 300;
const TOKEN = 'x'.repeat(43);

let test: TestDatabase;
let folder: string;
let app: FastifyInstance;
let services: Services;

// It stays the same minute, however long a busy machine takes for it.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());
beforeAll(async () => {
  test = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'pavise-limits-'));
  const config = readConfig([], {});
  services = await openRooms({
    db: test.db,
    reserved: test.db,
    secrets: secretsOf(new Uint8Array(32)),
    blobs: await openBlobs(folder),
    data: folder,
    config,
    publicUrl: config.publicUrl,
    now: () => Date.now(),
    android: undefined,
  });
  app = await createApp({ config, authenticate: (request) => whoCalls(services, request) }, false);
  await registerRooms(app, services);
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await services.apple[Symbol.asyncDispose]();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

describe('enrolment routes', () => {
  it.each([
    ['192.0.2.1', 'GET', `/enroll/apple?token=${TOKEN}`, undefined, 404],
    ['192.0.2.3', 'GET', '/scep?operation=PKIOperation&message=MIID', undefined, 400],
    ['192.0.2.4', 'POST', '/scep?operation=PKIOperation', 'x', 400],
    ['192.0.2.5', 'POST', '/api/v1/enrolments/open', { token: TOKEN }, 404],
    ['192.0.2.6', 'POST', '/api/v1/enrolments/android', { token: TOKEN }, 404],
  ] as const)(
    'from %s %s %s fails as often as a minute allows from one address, and other addresses stay free',
    async (address, method, url, payload, guessed) => {
      const from = async (remoteAddress: string) =>
        (await app.inject({ method, url, remoteAddress, ...(payload === undefined ? {} : { payload }) })).statusCode;
      const answers = new Map<number, number>();
      for (let i = 0; i < A_MINUTE + 5; i++) {
        const status = await from(address);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      expect(Object.fromEntries(answers)).toEqual({ [guessed]: A_MINUTE, 429: 5 });
      expect(await from('192.0.2.2')).toBe(guessed);
    },
  );

  it('let a fleet enrol behind one address, and each invitation be opened thirty times a minute', async () => {
    const system = { kind: 'system' } as const;
    const { person } = await createPerson(services, system, {
      displayName: 'Ada',
      email: 'ada@example.org',
      role: 'member',
    });
    const wish = { personId: person.id, platform: 'apple', ownership: 'organisation' } as const;
    const remoteAddress = '203.0.113.1';
    const steps = async (token: string) => {
      const open = { method: 'POST', url: '/api/v1/enrolments/open', payload: { token }, remoteAddress } as const;
      const fetched = [
        await app.inject(open),
        await app.inject({ url: `/enroll/apple?token=${token}`, remoteAddress }),
        await app.inject({ url: '/scep?operation=GetCACaps', remoteAddress }),
        await app.inject({ url: '/scep?operation=GetCACert', remoteAddress }),
      ];
      return fetched.map(({ statusCode }) => statusCode).join(' ');
    };
    const tokens = await Promise.all(
      Array.from({ length: A_MINUTE + 5 }, async () => (await inviteDevice(services, system, wish)).token),
    );
    expect([...new Set(await Promise.all(tokens.map(steps)))]).toEqual(['200 200 200 200']);
    const [token = ''] = tokens;
    for (let n = 1; n < 30; n++) await steps(token);
    expect(await steps(token)).toBe('429 429 200 200');
  }, 120_000);

  it('count the addresses of one IPv6 network together, and an IPv4 address once however it is written', async () => {
    const from = async (remoteAddress: string) =>
      (await app.inject({ url: `/enroll/apple?token=${TOKEN}`, remoteAddress })).statusCode;
    for (let i = 0; i < A_MINUTE; i++) expect(await from(`2001:db8:1:2:${i.toString(16)}::1`)).toBe(404);
    expect([await from('2001:db8:1:2::ffff'), await from('2001:db8:1:3::1')]).toEqual([429, 404]);
    for (let i = 0; i < A_MINUTE; i++) expect(await from('::ffff:198.51.100.1')).toBe(404);
    expect([await from('198.51.100.1'), await from('::ffff:198.51.100.2')]).toEqual([429, 404]);
  });
});
