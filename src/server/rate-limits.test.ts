import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBlobs, secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { openRooms, registerRooms, type Services, whoCalls } from './rooms.ts';

/** What a minute allows from one address: phones of an office share one. */
const A_MINUTE = 300;
const TOKEN = 'x'.repeat(43);

let test: TestDatabase;
let folder: string;
let app: FastifyInstance;
let services: Services;

beforeAll(async () => {
  test = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'pavise-limits-'));
  const config = readConfig([], {});
  services = await openRooms({
    db: test.db,
    pool: test.pool,
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
    ['GET', `/enroll/apple?token=${TOKEN}`, undefined, 404],
    ['GET', '/scep?operation=PKIOperation&message=MIID', undefined, 400],
    ['POST', '/scep?operation=PKIOperation', 'x', 400],
    ['POST', '/api/v1/enrolments/open', { token: TOKEN }, 404],
  ] as const)(
    '%s %s takes its share of a minute from one address, and other addresses stay free',
    async (method, url, payload, guessed) => {
      const from = async (remoteAddress: string) =>
        (await app.inject({ method, url, remoteAddress, ...(payload === undefined ? {} : { payload }) })).statusCode;
      const answers = new Map<number, number>();
      for (let i = 0; i < A_MINUTE + 5; i++) {
        const status = await from('192.0.2.1');
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      expect(Object.fromEntries(answers)).toEqual({ [guessed]: A_MINUTE, 429: 5 });
      expect(await from('192.0.2.2')).toBe(guessed);
    },
  );

  it('count the addresses of one IPv6 network together, and an IPv4 address once however it is written', async () => {
    const from = async (remoteAddress: string) =>
      (await app.inject({ url: `/enroll/apple?token=${TOKEN}`, remoteAddress })).statusCode;
    for (let i = 0; i < A_MINUTE; i++) expect(await from(`2001:db8:1:2:${i.toString(16)}::1`)).toBe(404);
    expect([await from('2001:db8:1:2::ffff'), await from('2001:db8:1:3::1')]).toEqual([429, 404]);
    for (let i = 0; i < A_MINUTE; i++) expect(await from('::ffff:198.51.100.1')).toBe(404);
    expect([await from('198.51.100.1'), await from('::ffff:198.51.100.2')]).toEqual([429, 404]);
  });
});
