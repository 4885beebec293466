import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { CodedError, FormatError } from '../base/index.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { maySee } from './events.ts';

class RoomError extends CodedError {}

const opened: FastifyInstance[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const app of opened.splice(0)) await app.close();
});

async function makeApp(authenticate: Parameters<typeof createApp>[0]['authenticate']): Promise<FastifyInstance> {
  const app = await createApp({ config: readConfig([], {}), authenticate }, false);
  opened.push(app);
  return app;
}

async function appAs(actor: Actor): Promise<FastifyInstance> {
  const app = await makeApp(async () => actor);
  app.get('/api/v1/owners', { config: { roles: ['owner'] } }, async () => ({ ok: true }));
  app.get('/api/v1/open', { config: { roles: 'public' } }, async (request) => ({ kind: request.actor.kind }));
  app.get('/api/v1/room', { config: { roles: 'public' } }, async () => {
    throw new RoomError('room-code', 409, 'Do this: because of that');
  });
  app.get('/api/v1/format', { config: { roles: 'public' } }, async () => {
    throw new FormatError('tdf-binding', 7, 'Cannot trust TDF policy: binding HMAC differs');
  });
  app.get('/api/v1/data', { config: { roles: 'public' } }, async () => {
    throw Object.assign(new Error('invalid byte sequence'), { code: '22021', where: 'secret inside' });
  });
  app.get('/api/v1/full', { config: { roles: 'public' } }, async () => {
    throw Object.assign(new Error('secret inside'), { code: 'ENOSPC', path: 'secret inside' });
  });
  app.get('/api/v1/bug', { config: { roles: 'public' } }, async () => {
    throw new Error('secret inside');
  });
  await app.ready();
  return app;
}

const member: Actor = { kind: 'person', personId: 'p1', role: 'member', sessionId: 's1' };

describe('createApp()', () => {
  it('refuses to boot with a route that declares no roles', async () => {
    const app = await makeApp(async () => member);
    expect(() => app.get('/api/v1/forgotten', async () => 'x')).toThrow('declares no roles');
  });

  it('answers 401 to nobody, 403 to another role, 200 to a declared one', async () => {
    const statusFor = async (actor: Actor) => (await (await appAs(actor)).inject('/api/v1/owners')).statusCode;
    expect(await statusFor({ kind: 'anonymous' })).toBe(401);
    expect(await statusFor(member)).toBe(403);
    expect(await statusFor({ kind: 'device', deviceId: 'd1' })).toBe(401);
    expect(await statusFor({ kind: 'token', tokenId: 't1', role: 'owner' })).toBe(200);
  });

  it('answers an address that cannot be decoded like any other, and repeats nothing of it', async () => {
    const reply = await (await appAs(member)).inject('/console/%<b>');
    expect(reply.statusCode).toBe(400);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.body).not.toContain('<b>');
    expect(reply.json()).toMatchObject({ code: 'request-invalid', status: 400 });
  });

  it('takes 6,000 calls a minute of one caller, wrong proofs too, and leaves the others free', async () => {
    const who = ({ headers }: { headers: Record<string, unknown> }): Actor => {
      if (headers['x-who'] === undefined) throw new RoomError('people-token', 401, 'Make a new token');
      return { ...member, personId: String(headers['x-who']) };
    };
    const app = await makeApp(async (request) => who(request));
    // It stays the same minute, however long a busy machine takes for it.
    vi.useFakeTimers({ toFake: ['Date'] });
    app.get('/api/v1/open', { config: { roles: 'public' } }, async () => 'x');
    const statuses = async (headers: Record<string, string>, url = '/api/v1/open') =>
      (await app.inject({ url, headers })).statusCode;
    for (const [headers, taken] of [
      [{ 'x-who': 'p1' }, 200],
      [{}, 401],
    ] as const) {
      for (let n = 0; n < 6000; n++) expect(await statuses(headers)).toBe(taken);
      const refused = await app.inject({ url: '/api/v1/open', headers });
      expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate-limited']);
      expect(await statuses({ 'x-who': 'p2' })).toBe(200);
    }
  });

  it('turns every kind of error into problem+json and tells nothing of the inside', async () => {
    const app = await appAs(member);
    const codes = [];
    for (const path of ['room', 'format', 'data', 'full', 'bug', 'nowhere']) {
      const reply = await app.inject(`/api/v1/${path}`);
      expect(reply.headers['content-type']).toContain('application/problem+json');
      expect(reply.body).not.toContain('secret inside');
      codes.push([reply.statusCode, reply.json().code]);
    }
    expect(codes).toEqual([
      [409, 'room-code'],
      [400, 'tdf-binding'],
      [400, 'request-invalid'],
      [507, 'disk-full'],
      [500, 'internal'],
      [404, 'not-found'],
    ]);
  });
});

describe('maySee()', () => {
  it('lets a member hear only what names them, staff all, nobody nothing', () => {
    const mine = { topic: 'device', ids: { personId: 'p1' } };
    const others = { topic: 'device', ids: { personId: 'p2' } };
    expect([maySee(member, mine), maySee(member, others)]).toEqual([true, false]);
    expect(maySee({ ...member, role: 'auditor' }, others)).toBe(true);
    expect(maySee({ kind: 'anonymous' }, mine)).toBe(false);
  });
});
