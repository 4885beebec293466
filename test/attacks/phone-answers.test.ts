import { calculateJwkThumbprint } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeDeviceState, saveFacts, upsertDevice } from '../../src/devices/index.ts';
import { bindBrowser } from '../../src/devices/registry.ts';
import { type DeviceKey, dpopProof } from '../../src/formats/tdf/index.ts';
import type { Joined } from '../../src/people/testing.ts';
import { transaction } from '../../src/storage/index.ts';
import { openStage, type Stage } from './harness.ts';

/**
 * Somebody who may administer turns and has her hands on a phone: her own, one of the victim’s that she took over or that was given up, or
 * the victim’s own for a moment. She wants it to say yes in the victim’s place.
 */

const ORIGIN = 'http://localhost:8443';

let stage: Stage;
let mallory: Joined;
let victim: Joined;
let request: string;

beforeAll(async () => {
  stage = await openStage();
  mallory = await stage.join('administrator', 'Mallory', stage.owner.cookie);
  victim = await stage.join('member', 'Emil', stage.owner.cookie);
}, 120_000);
beforeEach(async () => {
  await sql`delete from people_requests`.execute(stage.services.db);
  const { cookie } = await stage.signIn(mallory.authenticator);
  mallory = { ...mallory, cookie };
  const asked = await stage.call('POST', `/api/v1/people/${victim.id}/recovery`, { reason: 'He rang me' }, { cookie });
  request = String(asked.body['id']);
});
afterAll(() => stage?.[Symbol.asyncDispose]());

interface Held {
  readonly deviceId: string;
  readonly key: DeviceKey;
}

/** A phone with the browser that is connected to it; without `facts` it has said nothing yet. */
async function phoneOf({ id, cookie }: Joined, facts: Readonly<Record<string, boolean | string>> = {}): Promise<Held> {
  const { db, now } = stage.services;
  const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const thumbprint = await calculateJwkThumbprint(key.publicKey);
  const actor = { kind: 'person', personId: id, role: 'member', sessionId: cookie } as const;
  const deviceId = await transaction(db, async (tx) => {
    const made = await upsertDevice(
      tx,
      { personId: id, platform: 'apple', ownership: 'organisation', name: 'Phone' },
      now(),
    );
    await changeDeviceState(tx, made, 'enrolled', now());
    await bindBrowser(tx, actor, made, thumbprint, now());
    const said = Object.entries(facts).map(([name, value]) => ({ name, value, observedAtMs: now(), source: 'test' }));
    await saveFacts(tx, made, said, now());
    await sql`update devices set last_seen_at = ${new Date(now())} where id = ${made}`.execute(tx);
    return made;
  });
  return { deviceId, key };
}

const IN_ORDER = {
  ...{ 'os.version': '26.1', 'encryption.enabled': true },
  ...{ 'passcode.present': true, 'passcode.compliant': true },
};

async function answer(step: 'confirm' | 'stop', { key }: Held, who: { cookie?: string } = {}): Promise<unknown> {
  const path = `/api/v1/phone/requests/${request}/${step}`;
  const proof = { method: 'POST', url: `${ORIGIN}${path}`, nowMs: stage.services.now(), random: crypto };
  const { status, body } = await stage.call('POST', path, undefined, { ...who, dpop: await dpopProof(key, proof) });
  return body['code'] ?? status;
}
async function agreedAs(): Promise<string | null | undefined> {
  const { rows } = await sql<{ as: string | null }>`select agreed_as as "as" from people_requests
    where id = ${request}`.execute(stage.services.db);
  return rows[0]?.as;
}

describe('an administrator who turns', () => {
  it('says yes by no phone of her own, whoever is signed in beside it', async () => {
    const own = await phoneOf(mallory, IN_ORDER);
    for (const who of [{}, { cookie: mallory.cookie }, { cookie: victim.cookie }])
      expect(await answer('confirm', own, who)).toBe('people-request-role');
    expect(await agreedAs()).toBeNull();
  });

  it.each<[string, Readonly<Record<string, boolean | string>>]>([
    ['has said nothing of itself', {}],
    ['has no passcode', { ...IN_ORDER, 'passcode.present': false }],
    ['has an old system', { ...IN_ORDER, 'os.version': '15.0' }],
  ])('says yes by no phone of the victim’s that %s', async (_, facts) => {
    const held = await phoneOf(victim, facts);
    expect([await answer('confirm', held), await agreedAs()]).toEqual(['device-not-in-order', null]);
    expect(await answer('stop', held)).toBe(204);
  });

  it('says yes by the victim’s phone itself while it is in order and in her hands; the victim reads that it did, and stops it', async () => {
    const held = await phoneOf(victim, IN_ORDER);
    expect([await answer('confirm', held, { cookie: mallory.cookie }), await agreedAs()]).toEqual([204, 'phone']);
    const { body } = await stage.call('GET', '/api/v1/me/requests', undefined, { cookie: victim.cookie });
    expect(body['items']).toMatchObject([{ standing: 'agreed', agreed: { as: 'phone' }, may: { end: 'stop' } }]);
    const end = `/api/v1/requests/${request}/end`;
    expect((await stage.call('POST', end, undefined, { cookie: victim.cookie })).status).toBe(204);
  });

  it('says yes by no phone that the victim gave up', async () => {
    const held = await phoneOf(victim, IN_ORDER);
    const { db, now } = stage.services;
    await transaction(db, (tx) => changeDeviceState(tx, held.deviceId, 'checked-out', now()));
    expect([await answer('confirm', held), await answer('stop', held)]).toEqual([
      'device-key-unknown',
      'device-key-unknown',
    ]);
    expect(await agreedAs()).toBeNull();
  });
});
