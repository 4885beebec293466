import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personLink } from './person-link.ts';
import {
  type Answer,
  type Bend,
  type Joined,
  openPeopleBench,
  type PeopleBench,
  type SoftwareAuthenticator,
  softwareAuthenticator,
  tokenOf,
} from './testing.ts';

/** Every claim of a passkey's answer, each wrong once, at every place where an answer is taken. */

let bench: PeopleBench;
let owner: Joined;
let stranger: Joined;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
  stranger = await bench.join('member', 'Emil', owner.cookie);
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const elsewhere = Buffer.from('another challenge of the same length as is usual').toString('base64url');
const COMMON: readonly (readonly [string, Partial<Bend>])[] = [
  ['another challenge', { challenge: elsewhere }],
  ['another origin of the same host', { origin: 'http://localhost:9999' }],
  ['another origin that begins alike', { origin: 'http://localhost:8443.example' }],
  ['another host in the data of the authenticator', { rpId: 'localhost.example' }],
  ['nobody present', { userPresent: false }],
  ['nobody verified', { userVerified: false }],
];
const OF_REGISTRATION = [...COMMON, ['an assertion', { type: 'webauthn.get' }]] as const;
const OF_ASSERTION: typeof COMMON = [
  ...COMMON,
  ['a registration', { type: 'webauthn.create' }],
  ['a key that is not the passkey’s', { otherKey: true }],
  ['the handle of another person', { userHandle: Buffer.from('another person').toString('base64url') }],
];

/** Bends the next answer, and straightens it again. */
async function bent(authenticator: SoftwareAuthenticator, bend: Partial<Bend>, work: () => Promise<Answer>) {
  const { counter: _kept, ...before } = { ...authenticator.next };
  Object.assign(authenticator.next, bend);
  try {
    return await work();
  } finally {
    Object.assign(authenticator.next, before);
  }
}

/** Adds a passkey; the answer to the registration. */
async function addPasskey(cookie: string, authenticator: SoftwareAuthenticator, named: object = {}): Promise<Answer> {
  const { body } = await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie });
  const response = authenticator.create(body['options'] ?? {});
  const added = { ceremonyId: body['ceremonyId'], response, ...named };
  return await bench.call('POST', '/api/v1/me/passkeys', added, { cookie });
}

async function join(authenticator: SoftwareAuthenticator, name: string): Promise<Answer> {
  const wanted = { displayName: name, email: `${name}@example.org`, role: 'member' };
  const { body } = await bench.call('POST', '/api/v1/people/invitations', wanted, { cookie: owner.cookie });
  return await bench.register('join', { token: tokenOf(body['link']) }, authenticator);
}

let listed = 0;
describe('a registration', () => {
  const authenticator = () => softwareAuthenticator(bench.services.publicUrl.origin);

  it.each(OF_REGISTRATION)('with %s is refused, joining and adding', async (_what, bend) => {
    for (const work of [join, (key: SoftwareAuthenticator) => addPasskey(owner.cookie, key)]) {
      const key = authenticator();
      const { status, body } = await bent(key, bend, () => work(key, 'fee'));
      expect([status, body['code']]).toEqual([400, 'people-passkey']);
    }
  });

  it('with nothing wrong is taken, and once', async () => {
    const key = authenticator();
    expect((await join(key, 'gita')).status).toBe(204);
    expect((await addPasskey(owner.cookie, key)).body['code']).toBe('people-passkey-known');
  });

  it.each([
    ['of this device alone', false, {}, 'Passkey'],
    ['that may be synced', true, { label: ' ' }, 'Passkey'],
    ['that has a name', true, { label: ' Key ring ' }, 'Key ring'],
  ])('of a passkey %s is listed as it is', async (_what, synced, named, label) => {
    const member = await bench.join('member', `l${(listed += 1)}`, owner.cookie);
    bench.clock.nowMs += 1; // what is older stands first
    const key = authenticator();
    key.next.synced = synced;
    const { body } = await addPasskey(member.cookie, key, named);
    expect(body['items']?.[1]).toMatchObject({ label, synced, lastUsedAtMs: null });
  });

  it('is refused beyond twenty passkeys of one person', async () => {
    const cookie = (await join(authenticator(), 'hans')).cookie;
    for (let have = 1; have < 20; have += 1) expect((await addPasskey(cookie, authenticator())).status).toBe(201);
    expect((await addPasskey(cookie, authenticator())).body['code']).toBe('people-passkey-limit');
  });

  it('is of the session that began it, and of the kind that it began as', async () => {
    const begin = async (cookie: string) =>
      (await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie })).body;
    const finish = async (cookie: string, { ceremonyId, options }: Answer['body']) =>
      (
        await bench.call(
          'POST',
          '/api/v1/me/passkeys',
          { ceremonyId, response: authenticator().create(options ?? {}) },
          { cookie },
        )
      ).body['code'];
    const other = (await bench.signIn(owner.authenticator)).cookie;
    expect(await finish(other, await begin(owner.cookie))).toBe('people-ceremony');
    const proof = await bench.call('POST', '/api/v1/me/proof/options', undefined, { cookie: owner.cookie });
    expect(await finish(owner.cookie, proof.body)).toBe('people-ceremony');
  });
});

describe('an assertion', () => {
  const signIn = () => bench.signIn(owner.authenticator);
  const confirm = async () => {
    const { cookie } = await bench.signIn(owner.authenticator);
    return (straight: Partial<Bend>) =>
      bent(owner.authenticator, straight, () => bench.confirm(owner.authenticator, cookie));
  };

  it.each(OF_ASSERTION)('with %s neither signs in nor confirms', async (_what, bend) => {
    const wrong = await bent(owner.authenticator, bend, signIn);
    expect([wrong.status, wrong.body['code'], wrong.cookie]).toEqual([401, 'people-passkey', '']);
    const unconfirmed = await (await confirm())(bend);
    expect([unconfirmed.status, unconfirmed.body['code'], unconfirmed.cookie]).toEqual([401, 'people-passkey', '']);
    expect((await signIn()).status, 'straight again').toBe(204);
  });

  it('that names no person is taken, and leads to who has the passkey', async () => {
    const { status, cookie } = await bent(owner.authenticator, { userHandle: null }, signIn);
    expect(status).toBe(204);
    expect((await bench.call('GET', '/api/v1/me', undefined, { cookie })).body['id']).toBe(owner.id);
    const confirmed = await bent(owner.authenticator, { userHandle: null }, () =>
      bench.confirm(owner.authenticator, cookie),
    );
    expect(confirmed.cookie).not.toBe('');
  });

  it('whose counter did not rise is of a copy', async () => {
    const { next } = owner.authenticator;
    const { counter } = next;
    for (const before of [counter - 1, counter - 2, 0]) {
      next.counter = before; // the answer adds one
      expect((await signIn()).status).toBe(401);
    }
    next.counter = counter;
    expect((await signIn()).status).toBe(204);
  });

  it('of another person’s passkey confirms nothing, and signs in as its own person', async () => {
    const { cookie } = await signIn();
    expect((await bench.confirm(stranger.authenticator, cookie)).body['code']).toBe('people-passkey');
    const theirs = await bench.signIn(stranger.authenticator);
    const me = await bench.call('GET', '/api/v1/me', undefined, { cookie: theirs.cookie });
    expect(me.body['id']).toBe(stranger.id);
  });

  it('says nothing of why it was refused', async () => {
    const details = new Set<unknown>();
    for (const [, bend] of OF_ASSERTION) details.add((await bent(owner.authenticator, bend, signIn)).body['detail']);
    details.add((await bench.signIn(softwareAuthenticator(bench.services.publicUrl.origin))).body['detail']);
    expect(details.size).toBe(1);
  });

  it.each([
    ['five minutes', 5 * 60_000, 'people-ceremony'],
    ['a moment less', 5 * 60_000 - 1, undefined],
  ] as const)('to a challenge that is %s old ends as it should', async (_when, waitMs, code) => {
    const { body } = await bench.call('POST', '/api/v1/sign-in/options');
    bench.clock.nowMs += waitMs;
    const response = owner.authenticator.get(body['options'] ?? {});
    const ended = await bench.call('POST', '/api/v1/sign-in/verify', { ceremonyId: body['ceremonyId'], response });
    expect(ended.body['code']).toBe(code);
    owner = { ...owner, cookie: (await signIn()).cookie };
  });
});

describe('what a browser is asked for', () => {
  it('is a passkey of this host that can be discovered, with its person verified', async () => {
    const create = await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie: owner.cookie });
    const { id } = owner.authenticator.create({});
    const handle = Buffer.from(owner.id.replaceAll('-', ''), 'hex');
    expect(create.body['options']).toMatchObject({
      rp: { id: 'localhost', name: 'Pavise' },
      user: { id: handle.toString('base64url'), name: 'ada@example.org', displayName: 'Ada' },
      timeout: 300_000,
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ id, transports: ['internal'] }],
    });
    const signIn = await bench.call('POST', '/api/v1/sign-in/options');
    expect(signIn.body['options']).toMatchObject({
      rpId: 'localhost',
      timeout: 300_000,
      userVerification: 'required',
    });
    expect(signIn.body['options']).not.toHaveProperty('allowCredentials');
    const confirm = await bench.call('POST', '/api/v1/me/proof/options', undefined, { cookie: owner.cookie });
    expect(confirm.body['options']).toMatchObject({
      rpId: 'localhost',
      timeout: 300_000,
      userVerification: 'required',
      allowCredentials: [{ id, transports: ['internal'] }],
    });
  });

  it('is, by a link for a new passkey, also the authenticator of the lost one: its passkey is replaced', async () => {
    const member = await bench.join('member', 'Lost', owner.cookie);
    const { link } = await personLink(bench.services, { kind: 'system' }, member.id);
    const { body } = await bench.call('POST', '/api/v1/join/options', { token: tokenOf(link) });
    expect(body).toMatchObject({ recovery: true, options: { excludeCredentials: [] } });
  });

  it('never twice the same challenge', async () => {
    const challenges = new Set<unknown>();
    for (let n = 0; n < 8; n += 1)
      challenges.add((await bench.call('POST', '/api/v1/sign-in/options')).body['options']?.['challenge']);
    expect(challenges.size).toBe(8);
    for (const challenge of challenges) expect(Buffer.from(String(challenge), 'base64url').length).toBeGreaterThan(15);
  });
});
