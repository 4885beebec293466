import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERYONE, type Proof, type Role } from '../audit/index.ts';
import { createToken } from '../people/index.ts';
import { openBlobs, secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { createApp } from './app.ts';
import { PROOFS, ROUTES } from './authorisation.data.ts';
import { readConfig } from './config.ts';
import { eventRoutes } from './events.ts';
import { openRooms, provesIt, registerRooms, type Services, whoCalls } from './rooms.ts';

const declared: Record<string, readonly Role[] | 'public'> = {};
const proofs: Record<string, Proof> = {};
let test: TestDatabase;
let folder: string;
let app: FastifyInstance;
let services: Services;
const tokens = new Map<Role, string>();
/** Cookies of people in whose session a passkey was used six minutes ago. */
const sessions = new Map<Role, string>();

beforeAll(async () => {
  test = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'pavise-roles-'));
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
    android: { baseUrl: new URL('http://127.0.0.1:9'), enterprise: 'enterprises/none' },
  });
  app = await createApp(
    {
      config,
      authenticate: (request) => whoCalls(services, request),
      requireProof: (request, proof) => provesIt(services, request, proof),
    },
    false,
  );
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD' && route.config?.roles !== undefined)
        declared[`${method} ${route.url}`] = route.config.roles;
      if (method !== 'HEAD' && route.config?.proof !== undefined) proofs[`${method} ${route.url}`] = route.config.proof;
    }
  });
  eventRoutes(app, (request) => whoCalls(services, request));
  await registerRooms(app, services);
  await app.ready();
  for (const role of EVERYONE) {
    const made = await createToken(services, { kind: 'system' }, { name: role, role, expiresInDays: 1 });
    tokens.set(role, made.token);
    await sql`with person as (insert into people (display_name, email, role, state, created_at)
        values (${role}, ${role}, ${role}, 'active', now()) returning id),
      passkey as (insert into people_passkeys (person_id, credential_id, public_key, counter, synced, label, created_at)
        select id, ${role}, '', 0, false, '', now() from person returning id, person_id)
      insert into people_sessions (person_id, token_hash, method, user_agent, created_at, last_used_at, expires_at,
        passkey_id, passkey_by, passkey_at)
      select person_id, sha256(convert_to(${role}, 'UTF8')), 'passkey', '', now() - interval '6 minutes', now(),
        now() + interval '1 hour', id, id, now() - interval '6 minutes' from passkey`.execute(test.db);
    sessions.set(role, `pavise_session=${role}`);
  }
});
afterAll(async () => {
  await app.close();
  await services.apple[Symbol.asyncDispose]();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const ID = '00000000-0000-4000-8000-000000000000';

function call(route: string, token: string | undefined): Promise<{ status: number; code: unknown }> {
  return callWith(route, token === undefined ? {} : { authorization: `Bearer ${token}` });
}

async function callWith(route: string, headers: Record<string, string>): Promise<{ status: number; code: unknown }> {
  const [method = 'GET', url = ''] = route.split(' ');
  const reply = await app.inject({
    method: method as HTTPMethods, // from the route table itself
    url: url.replace(/:[A-Za-z]+/g, ID).replace('*', 'x'),
    headers,
  });
  const body: unknown = /^application\/(problem\+)?json/.test(reply.headers['content-type'] ?? '') ? reply.json() : {};
  return { status: reply.statusCode, code: (body as { code?: unknown }).code };
}

describe('authorisation', () => {
  it('every route declares exactly the roles of the reviewed table', () => {
    expect(declared).toEqual(ROUTES);
  });

  it('every route that is not public refuses nobody known with 401 and each undeclared role with 403', async () => {
    const wrong: string[] = [];
    for (const [route, roles] of Object.entries(declared)) {
      if (roles === 'public') continue;
      const nobody = await call(route, undefined);
      if (nobody.status !== 401) wrong.push(`${route} nobody ${nobody.status}`);
      for (const role of EVERYONE) {
        if (roles.includes(role)) continue;
        const { status, code } = await call(route, tokens.get(role));
        if (status !== 403 || code !== 'role-missing') wrong.push(`${route} ${role} ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('every route lets each declared role past the hook', async () => {
    const wrong: string[] = [];
    for (const [route, roles] of Object.entries(declared)) {
      if (roles === 'public' || route === 'GET /api/v1/events') continue;
      for (const role of roles) {
        const { code } = await call(route, tokens.get(role));
        if (code === 'role-missing' || code === 'signed-out' || code === 'internal')
          wrong.push(`${route} ${role} ${String(code)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('every route asks for exactly the proof of the reviewed table', () => {
    expect(proofs).toEqual(PROOFS);
  });

  it('every route that asks for a passkey refuses a session without a recent use of one, and tokens it is not meant for', async () => {
    const wrong: string[] = [];
    for (const [route, proof] of Object.entries(proofs)) {
      for (const role of declared[route] === 'public' ? [] : (declared[route] ?? [])) {
        const cookie = { cookie: sessions.get(role) ?? '', 'sec-fetch-site': 'same-origin' };
        const stale = await callWith(route, cookie);
        if (stale.status !== 403 || stale.code !== 'passkey-not-fresh') wrong.push(`${route} ${role} ${stale.code}`);
        const { code } = await call(route, tokens.get(role));
        if ((code === 'passkey-token') === (proof === 'passkey-or-token')) wrong.push(`${route} token ${role} ${code}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
