import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reassess } from '../access/enforce.ts';
import { authorize } from '../access/index.ts';
import { type AccessBench, ADMIN, accessBench, NOW, PERSON } from '../access/testing.ts';
import type { Actor } from '../audit/index.ts';
import { changeDeviceState, upsertDevice } from '../devices/index.ts';
import { createToken, makeRequest, type RequestKind } from '../people/index.ts';
import { confirmRequest } from '../people/requests.ts';
import { transaction } from '../storage/index.ts';
import type { TestDatabase } from '../storage/testing.ts';
import { myAccess } from './my-access.ts';
import { overview } from './overview.ts';
import { privacy } from './privacy.ts';
import { recordLook, recordPersonLook } from './record-look.ts';
import { privacyRoutes } from './routes.ts';

let bench: AccessBench;
let test: TestDatabase;
let deviceId: string;
beforeAll(async () => {
  bench = await accessBench();
  ({ test, deviceId } = bench);
  await bench.report({
    'os.version': '26.1',
    'passcode.present': true,
    'passcode.compliant': true,
    'encryption.enabled': true,
  });
  await bench.sign();
  await reassess(test.db, deviceId, NOW);
});
afterAll(() => bench[Symbol.asyncDispose]());

/** What she reads. */
const messages = async () =>
  (await myAccess(test.db, PERSON, null, NOW + 5)).notices.map(({ text, deviceName }) => [deviceName, text]);

describe('privacy', () => {
  it('myAccess() shows what still holds, with what keeps a phone from work in place of what it was told before', async () => {
    expect(await messages()).toEqual([['Phone', 'Your phone is set for work']]);
    await bench.report({ 'passcode.present': false });
    await reassess(test.db, deviceId, NOW + 1);
    expect(await messages(), 'the reasons say it, and "set for work" is over').toEqual([]);
    expect(await myAccess(test.db, PERSON, null, NOW)).toMatchObject({
      thisBrowser: {
        allow: false,
        reasons: expect.arrayContaining([expect.objectContaining({ code: 'device.unknown' })]),
      },
      devices: [{ deviceId, state: 'blocked' }],
    });
  });

  it('overview() shows what needs somebody: phones out of order and certificates that run out', async () => {
    expect(await overview(test.db, NOW)).toMatchObject({
      states: { blocked: 1 },
      needsYou: [{ code: 'passcode.missing' }],
    });
    await test.pool.query(
      `insert into devices_certificates (fingerprint, device_id, serial, certificate, issued_at, pinned_at, expires_at)
       values ('\\x01', $1, '1', '', $2, $2, $3)`,
      [deviceId, new Date(NOW - 1), new Date(NOW + 12.5 * 86_400_000)],
    );
    expect((await overview(test.db, NOW)).needsYou).toMatchObject([
      { code: 'passcode.missing' },
      { code: 'device.renewal', deviceId, text: expect.stringMatching(/^Its certificate runs out in 12 days/) },
    ]);
    expect((await overview(test.db, NOW - 100 * 86_400_000)).needsYou).toHaveLength(1);
    expect((await overview(test.db, NOW)).days).toHaveLength(30);
  });

  it('overview() counts an invited phone apart from every state', async () => {
    const before = await overview(test.db, NOW);
    const invited = await transaction(test.db, (tx) =>
      upsertDevice(tx, { personId: PERSON, platform: 'apple', ownership: 'personal', name: 'New iPhone' }, NOW),
    );
    await reassess(test.db, invited, NOW);
    const after = await overview(test.db, NOW);
    expect([before.invited, after.invited]).toEqual([0, 1]);
    expect([after.states, after.needsYou]).toEqual([before.states, before.needsYou]);
    await test.pool.query('delete from devices where id = $1', [invited]);
  });

  it('privacy() shows the facts, the apps and who looked, each look once in ten minutes', async () => {
    const admin = { kind: 'person', personId: ADMIN, role: 'administrator', sessionId: 's' } as const;
    await recordLook(test.db, admin, deviceId, 'state', NOW);
    await recordLook(test.db, admin, deviceId, 'state', NOW + 1);
    expect((await privacy(test.db, PERSON, NOW, deviceId)).devices).toHaveLength(1);
    expect((await privacy(test.db, PERSON, NOW, ADMIN)).devices).toEqual([]);
    const shown = await privacy(test.db, PERSON, NOW);
    expect(shown.views).toEqual([{ deviceId, viewer: 'Ben', what: 'state', atMs: NOW }]);
    const self = { kind: 'person', personId: PERSON, role: 'administrator', sessionId: 's' } as const;
    const made = await createToken(
      { db: test.db, now: () => NOW },
      { ...admin, role: 'owner' },
      { name: 'nightly', role: 'auditor', expiresInDays: 1 },
    );
    const token = { kind: 'token', tokenId: made.item.id, role: 'auditor' } as const;
    for (const actor of [self, token, token]) await recordPersonLook(test.db, actor, PERSON, 'account', NOW + 1);
    expect((await privacy(test.db, PERSON, NOW)).views[0]).toEqual({
      deviceId,
      viewer: 'A program with the API token “nightly”',
      what: 'account',
      atMs: NOW + 1,
    });
    expect((await privacy(test.db, PERSON, NOW)).views).toHaveLength(2);
    await test.pool.query(`insert into devices_apps (device_id, app_id, name, version) values ($1, 'a', 'A', '1')`, [
      deviceId,
    ]);
    await test.pool.query(
      `insert into sighting_devices (device_id, digest, value_count, truncated, sent_at, row_count) values ($1, '', 3, false, now(), 3)`,
      [deviceId],
    );
    expect((await privacy(test.db, PERSON, NOW)).devices).toMatchObject([
      { checks: { checks: 0, hashes: 3 }, apps: [{ appId: 'a', name: 'A', version: '1' }] },
    ]);
    await test.pool.query(`insert into people_places (person_id, place, last_seen_at) values ($1, '\\x01', now())`, [
      PERSON,
    ]);
    await test.pool.query(
      `insert into another_phones (device_id, said_by, said_at, reason) values ($1, $2, to_timestamp(5), 'Both were here')`,
      [deviceId, ADMIN],
    );
    await test.pool.query('update devices set claim_false_at = now() where id = $1', [deviceId]);
    expect(await privacy(test.db, PERSON, NOW)).toMatchObject({
      account: { places: 1 },
      devices: [{ left: false, checks: { differentPhoneAtMs: 5000 }, records: { claimFalse: true } }],
    });
    await test.pool.query('delete from another_phones');
    await test.pool.query('update devices set claim_false_at = null');
    expect((await privacy(test.db, PERSON, NOW)).cannotSee).not.toContain('Apps that you installed yourself');
    expect(shown.devices).toMatchObject([
      { deviceId, facts: expect.arrayContaining([expect.objectContaining({ name: 'os.version', value: '26.1' })]) },
    ]);
  });

  it('routes answer for oneself and for a phone, and write down who looked at it', async () => {
    const app = Fastify();
    app.decorateRequest('actor');
    let actor: Actor = { kind: 'person', personId: PERSON, role: 'member', sessionId: 's' };
    app.addHook('onRequest', async (request) => {
      request.actor = actor;
    });
    await privacyRoutes(app, { db: test.db, now: Date.now });
    const get = async (url: string) => (await app.inject({ url })).json();
    expect(await get('/api/v1/me/access')).toMatchObject({ thisBrowser: { allow: false } });
    expect(await get('/api/v1/me/privacy')).toMatchObject({ devices: [{ deviceId }] });
    expect(await get('/api/v1/overview')).toMatchObject({ states: { blocked: 1 } });
    actor = { kind: 'person', personId: ADMIN, role: 'auditor', sessionId: 's' };
    expect(await get(`/api/v1/devices/${deviceId}/access`)).toMatchObject({ state: 'blocked' });
    expect(await get(`/api/v1/devices/${deviceId}/policy`)).toMatchObject({ deviceId });
    expect(await get(`/api/v1/devices/${deviceId}/privacy`)).toMatchObject({ devices: [{ deviceId }] });
    const looked = (await privacy(test.db, PERSON, NOW)).views.filter(({ viewer }) => viewer === 'Ben');
    expect(looked.map(({ what }) => what)).toEqual([
      'what you see on your privacy page',
      'policy and reported values',
      'state and reasons',
      'state',
    ]);
    expect((await get(`/api/v1/devices/${PERSON}/access`)).code).toBe('access-device-unknown');
    await app.close();
  });

  it('myAccess() tells that a phone has left, and privacy() what is still held of it', async () => {
    const request = { personId: PERSON, deviceId, action: 'file.open', attributes: [] };
    await authorize({ db: test.db }, request, NOW);
    await transaction(test.db, (tx) => changeDeviceState(tx, deviceId, 'checked-out', NOW));
    await reassess(test.db, deviceId, NOW + 5);
    expect(await messages()).toEqual([
      ['Phone', expect.stringContaining('“Phone” no longer belongs to the organisation')],
    ]);
    const { devices, account } = await privacy(test.db, PERSON, NOW);
    expect(devices).toContainEqual(
      expect.objectContaining({
        deviceId,
        facts: expect.arrayContaining([expect.objectContaining({ name: 'os.version' })]),
        left: true,
        records: { reports: 0, commands: expect.any(Number), refusals: 0, tokens: 0, claimFalse: false },
      }),
    );
    expect(account.decisions).toBeGreaterThan(0);
    expect(account.entries).toBeGreaterThan(0);
  });

  it('privacy() shows each request about a person with who asked and agreed, why, and how it ended; of others only how many', async () => {
    const as = (personId: string) => ({ kind: 'person', personId, role: 'member', sessionId: 's' }) as const;
    const kind: RequestKind = {
      ...{ name: 'test.kind', roles: () => ['member'], personStates: ['active'], personMayAgree: 'by-session' },
      ...{ carriedOut: 'at-once', run: async () => undefined },
    };
    const services = { db: test.db, now: () => NOW, kinds: [kind] };
    const wanted = { about: { type: 'person', id: PERSON }, title: 'a link', reason: 'Ada rang me' } as const;
    const { id } = await makeRequest(services, as(ADMIN), kind, { personId: PERSON, ...wanted });
    const held = {
      ...{ id, title: 'a link', reason: 'Ada rang me', madeAtMs: NOW },
      ...{ person: { id: PERSON, displayName: 'Ada' }, maker: { id: ADMIN, displayName: 'Ben' } },
    };
    expect((await privacy(test.db, PERSON, NOW)).requests).toMatchObject([
      { ...held, standing: 'waiting', agreed: null, ended: null },
    ]);
    await confirmRequest(services, as(PERSON), PERSON, id, async () => {});
    await makeRequest(services, as(PERSON), kind, { personId: ADMIN, ...wanted });
    const { requests, account } = await privacy(test.db, PERSON, NOW);
    expect(requests).toMatchObject([
      { ...held, standing: 'done', agreed: { as: 'person', by: 'Ada' }, ended: { by: 'Ada', alone: false } },
    ]);
    expect(account.ownRequests).toBe(1);
    expect((await privacy(test.db, ADMIN, NOW + 7 * 86_400_000)).requests).toMatchObject([{ standing: 'expired' }]);
    expect((await privacy(test.db, ADMIN, NOW)).account.ownRequests, 'what she asked for herself').toBe(1);
  });
});
