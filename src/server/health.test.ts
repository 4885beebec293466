import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor, Alarm, Role } from '../audit/index.ts';
import { openDb } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { AccessError, createApp } from './app.ts';
import { readConfig } from './config.ts';
import { healthRoutes } from './health.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

let alarm: Alarm | undefined;

/** Callers by their token: a role, or nobody. */
async function whoCalls({ headers }: { headers: Record<string, unknown> }): Promise<Actor> {
  const token = /^Bearer (\S+)$/.exec(String(headers['authorization'] ?? ''))?.[1];
  if (token === undefined) return { kind: 'anonymous' };
  if (token === 'wrong') throw new AccessError('token-unknown', 401, 'Give another token');
  return { kind: 'token', tokenId: token, role: token as Role };
}

async function withHealth<T>(args: string[], work: (app: FastifyInstance) => Promise<T>, db = test.db): Promise<T> {
  const config = readConfig(args, {});
  const app = await createApp({ config, authenticate: whoCalls, requireProof: async () => {} }, false);
  healthRoutes(app, {
    db,
    config,
    whoCalls,
    chain: { alarm: () => alarm },
    sealer: { kept: () => ({ size: 42, hash: '' }) },
  });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

describe('/metrics', () => {
  const alone = [] as string[];
  const behind = ['--trust-proxy', '127.0.0.1'];
  const forwarded = { 'x-forwarded-for': '192.0.2.1' };
  it.each<[string, string[], string, Record<string, string>, number]>([
    ['this machine, and no proxy', alone, '127.0.0.1', {}, 200],
    ['this machine by IPv6', alone, '::1', {}, 200],
    ['another machine', alone, '192.0.2.1', {}, 401],
    ['what a proxy nobody told us of passed on', alone, '127.0.0.1', forwarded, 401],
    ['the same in the words of RFC 7239', alone, '127.0.0.1', { forwarded: 'for=192.0.2.1' }, 401],
    ['this machine, where a proxy stands before the server', behind, '127.0.0.1', {}, 401],
    ['what the proxy passed on', behind, '127.0.0.1', forwarded, 401],
    ['what it says comes from this machine', behind, '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }, 401],
    ['a token of an auditor', behind, '127.0.0.1', { ...forwarded, authorization: 'Bearer auditor' }, 200],
    ['the same from another machine, without a proxy', alone, '192.0.2.1', { authorization: 'Bearer auditor' }, 200],
    ['a token of a member', behind, '127.0.0.1', { ...forwarded, authorization: 'Bearer member' }, 401],
    ['a token that is none', behind, '127.0.0.1', { ...forwarded, authorization: 'Bearer wrong' }, 401],
  ])('asked by %s', async (_who, args, remoteAddress, headers, status) => {
    const reply = await withHealth(args, (app) => app.inject({ url: '/metrics', remoteAddress, headers }));
    expect(reply.statusCode).toBe(status);
    expect(reply.body.includes('process_cpu')).toBe(status === 200);
  });

  it('tell an alarm of the audit log by its code', async () => {
    const lines = async (): Promise<string[]> => {
      const { body } = await withHealth([], (app) => app.inject('/metrics'));
      return body.split('\n').filter((line) => line.startsWith('pavise_audit'));
    };
    expect(await lines()).toEqual(['pavise_audit_alarm{code="none"} 0', 'pavise_audit_signed_entries 42']);
    alarm = { code: 'cut', why: '' };
    expect(await lines()).toEqual(['pavise_audit_alarm{code="cut"} 1', 'pavise_audit_signed_entries 42']);
    alarm = undefined;
  });
});

describe('/readyz', () => {
  it('says whether the audit log raises an alarm, and who could rewrite it', async () => {
    const ask = (db = test.db) => withHealth([], async (app) => (await app.inject('/readyz')).json() as unknown, db);
    const closed = 'closed to the server';
    expect(await ask()).toEqual({ ready: true, audit: { alarm: null, rewriting: closed } });
    alarm = { code: 'rewritten', why: 'the hash at entry 7' };
    expect(await ask()).toEqual({ ready: true, audit: { alarm: 'rewritten', rewriting: closed } });
    alarm = undefined;
    const oneRole = openDb(test.owner);
    expect(await ask(oneRole)).toMatchObject({ audit: { rewriting: 'only witnesses notice it' } });
  });
});
