import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { policiesRoutes } from '../policies/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { trainingRoutes } from '../training/index.ts';
import { accessRoutes } from './routes.ts';
import { DEFAULT_RULES } from './rules.ts';

const PERSON = '11111111-1111-4111-8111-111111111111';
const actor: Actor = { kind: 'person', personId: PERSON, role: 'owner', sessionId: 's' };
const POLICY = '33333333-3333-4333-8333-333333333333';

let test: TestDatabase;
let app: FastifyInstance;
beforeAll(async () => {
  test = await testDatabase();
  await test.pool.query(
    `insert into people (id, display_name, email, role, state, created_at, joined_at) values ($1, 'Ada', 'a@example.org', 'owner', 'active', now(), now())`,
    [PERSON],
  );
  app = Fastify();
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request) => {
    request.actor = actor;
  });
  const { db } = test;
  await policiesRoutes(app, { db, now: Date.now, organisation: 'Paper' });
  await trainingRoutes(app, { db, now: Date.now, verifyPasskey: () => Promise.reject(new Error('not reached')) });
  await accessRoutes(app, { db, now: Date.now });
});
afterAll(async () => {
  await app.close();
  await test.close();
});

const get = async (url: string) => (await app.inject({ url })).json();
const put = (url: string, payload: object) => app.inject({ method: 'PUT', url, payload });

describe('routes', () => {
  it('training progress goes on, page by page, to the last active person', async () => {
    await test.pool.query(`insert into people (display_name, email, role, state, created_at, joined_at)
      select 'Person ' || n, n || '@example.org', 'member', case when n = 7 then 'suspended' else 'active' end, now(), now()
      from generate_series(1, 12) n`);
    const names: string[] = [];
    let next: string | undefined = '';
    let pages = 0;
    while (next !== undefined) {
      const page: { items: { displayName: string }[]; next?: string } = await get(
        `/api/v1/training/progress?limit=5${next === '' ? '' : `&after=${next}`}`,
      );
      names.push(...page.items.map((item) => item.displayName));
      next = page.next;
      pages++;
    }
    expect([pages, names.length, new Set(names).size, names[0]]).toEqual([3, 12, 12, 'Ada']);
    expect((await app.inject({ url: '/api/v1/training/progress?after=nonsense' })).statusCode).toBe(400);
    await test.pool.query(`delete from people where display_name like 'Person %'`);
  });

  it('policies are listed, saved with a version, refused on a conflict, assigned and compiled', async () => {
    expect((await get('/api/v1/controls')).items[0]).toMatchObject({ id: 'passcode.required', safer: 'true' });
    expect((await get('/api/v1/policies')).items).toMatchObject([
      { name: 'Newsroom default', assignment: { everyone: true } },
    ]);
    const body = { name: 'Desk', description: '', settings: { 'passcode.minLength': 8 } };
    expect((await put(`/api/v1/policies/${POLICY}`, body)).json()).toMatchObject({
      version: 1,
      settings: { 'passcode.minLength': 8 },
    });
    expect((await put(`/api/v1/policies/${POLICY}`, body)).statusCode).toBe(409);
    expect((await put(`/api/v1/policies/${POLICY}`, { ...body, basedOnVersion: 1 })).json()).toMatchObject({
      version: 2,
    });
    expect((await put(`/api/v1/policies/${POLICY}/assignment`, { everyone: false, groups: [] })).statusCode).toBe(200);
    expect(await get(`/api/v1/policies/${POLICY}`)).toMatchObject({
      name: 'Desk',
      versions: [{ version: 2 }, { version: 1 }],
    });
    expect(await get(`/api/v1/policies/${POLICY}/compiled`)).toMatchObject({
      apple: { PayloadContent: [{ minLength: 8 }] },
      android: { passwordPolicies: [{ passwordMinimumLength: 8 }] },
    });
  });

  it('a lesson is shown without its answers, texts with their hash', async () => {
    const lesson = await get('/api/v1/me/lessons/zero-click');
    expect(lesson).toMatchObject({ id: 'zero-click', passMark: 4, completedAtMs: null });
    expect(lesson.questions[0]).toEqual({ id: 'click', text: expect.any(String), choices: expect.any(Array) });
    expect((await get('/api/v1/me/agreements')).items).toMatchObject([
      { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(
      (await app.inject({ method: 'POST', url: '/api/v1/me/agreements/acceptable-use/challenge' })).json(),
    ).toMatchObject({ challenge: expect.any(String) });
    expect((await get('/api/v1/training/progress')).items).toMatchObject([
      { displayName: 'Ada', lessons: [{ id: 'zero-click' }] },
    ]);
    const due = { personId: PERSON, lessonId: 'zero-click', dueAtMs: 1 };
    expect((await put('/api/v1/training/assignments', due)).statusCode).toBe(204);
    expect((await get('/api/v1/me/lessons')).items).toMatchObject([{ dueAtMs: 1 }]);
  });

  it('access answers for the fleet and the rules', async () => {
    expect(await get('/api/v1/access/devices')).toEqual({ items: [] });
    expect(await get('/api/v1/access/rules')).toEqual({ version: 0, rules: DEFAULT_RULES });
    expect((await put('/api/v1/access/rules', { ...DEFAULT_RULES, requireTraining: false })).json()).toMatchObject({
      version: 1,
      rules: { requireTraining: false },
    });
  });
});
