import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { CeremonyReply } from '../people/api.ts';
import { AgreementsReply, ChallengeReply } from '../training/api.ts';
import { DemoError } from './demo-error.ts';
import { assert, type PasskeySecret, register } from './passkey.ts';

/** Where the server listens, and the origin that browsers see. */
export interface Addresses {
  readonly baseUrl: URL;
  readonly publicUrl: URL;
}

/** A person of the practice organisation in a session of her own, over HTTP. */
export interface PracticeMember {
  /** Calls the API; the reply must fit the schema. */
  call<T extends TSchema>(method: string, path: string, schema: T, body?: object): Promise<Static<T>>;
  /** Sends bytes as application/octet-stream. */
  upload(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Signs every text that she has not signed. */
  signAgreements(): Promise<void>;
  signOut(): Promise<void>;
}

const AGENT = 'Pavise practice organisation';

/** Accepts an invitation with a new passkey. */
export async function join(addresses: Addresses, link: string, passkey: PasskeySecret): Promise<PracticeMember> {
  const token = new URLSearchParams(link.split('?').at(-1)).get('token') ?? '';
  return await enter(addresses, 'join', { token }, passkey, (challenge) =>
    register(passkey, addresses.publicUrl.origin, challenge),
  );
}

/** Signs in with a passkey that is known to the server. */
export async function signIn(addresses: Addresses, passkey: PasskeySecret): Promise<PracticeMember> {
  return await enter(addresses, 'sign-in', undefined, passkey, (challenge) =>
    assert(passkey, addresses.publicUrl.origin, challenge),
  );
}

async function enter(
  addresses: Addresses,
  way: 'join' | 'sign-in',
  body: object | undefined,
  passkey: PasskeySecret,
  answer: (challenge: string) => object,
): Promise<PracticeMember> {
  const begun = await send(addresses, 'POST', `/api/v1/${way}/options`, body);
  const { ceremonyId, options } = await bodyOf(begun, CeremonyReply);
  const response = answer(String(options['challenge']));
  const label = way === 'join' ? { label: 'Practice passkey' } : {};
  const ended = await send(addresses, 'POST', `/api/v1/${way}/verify`, { ceremonyId, response, ...label });
  const cookie = ended.headers.getSetCookie()[0]?.split(';')[0];
  await ended.arrayBuffer();
  if (cookie === undefined)
    throw new DemoError('demo-sign-in', 502, 'Cannot sign a practice person in: no session came');
  return memberOf(addresses, cookie, passkey);
}

function memberOf(addresses: Addresses, opened: string, passkey: PasskeySecret): PracticeMember {
  let cookie = opened;
  /** Confirms with her passkey where that was too long ago, as a person would, and sends it again. */
  const ask = async (method: string, path: string, body?: object, headers = {}): Promise<Response> => {
    const first = await request(addresses, method, path, body, { ...headers, cookie });
    if (first.status !== 403 || !(await first.clone().text()).includes('"passkey-not-fresh"'))
      return await accepted(first, method, path);
    const begun = await send(addresses, 'POST', '/api/v1/me/proof/options', undefined, { cookie });
    const { ceremonyId, options } = await bodyOf(begun, CeremonyReply);
    const response = assert(passkey, addresses.publicUrl.origin, String(options['challenge']));
    const confirmed = await send(addresses, 'POST', '/api/v1/me/proof', { ceremonyId, response }, { cookie });
    cookie = confirmed.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return await send(addresses, method, path, body, { ...headers, cookie });
  };
  const call: PracticeMember['call'] = async (method, path, schema, body) =>
    await bodyOf(await ask(method, path, body), schema);
  return {
    call,
    async upload(path, bytes) {
      const headers = { 'content-type': 'application/octet-stream' };
      await (await ask('POST', path, bytes, headers)).arrayBuffer();
    },
    async signAgreements() {
      const { items } = await call('GET', '/api/v1/me/agreements', AgreementsReply);
      for (const { id } of items.filter((text) => text.signedAtMs === null)) {
        const { nonce, challenge } = await call('POST', `/api/v1/me/agreements/${id}/challenge`, ChallengeReply);
        const response = assert(passkey, addresses.publicUrl.origin, challenge);
        const body = { nonce, response };
        await (await ask('POST', `/api/v1/me/agreements/${id}/signature`, body)).arrayBuffer();
      }
    },
    async signOut() {
      await (await ask('POST', '/api/v1/sign-out')).arrayBuffer();
    },
  };
}

async function send(...given: Parameters<typeof request>): Promise<Response> {
  const [, method, path] = given;
  return await accepted(await request(...given), method, path);
}

async function request(
  { baseUrl, publicUrl }: Addresses,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const isBytes = body instanceof Uint8Array;
  return await fetch(new URL(path, baseUrl), {
    method,
    headers: {
      origin: publicUrl.origin,
      'user-agent': AGENT,
      ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isBytes ? Uint8Array.from(body) : JSON.stringify(body) }),
  });
}

async function accepted(reply: Response, method: string, path: string): Promise<Response> {
  if (!reply.ok) {
    const said = (await reply.text()).slice(0, 300);
    throw new DemoError(
      'demo-refused',
      502,
      `Cannot set up the practice organisation: ${method} ${path.split('?')[0]} answered ${reply.status} ${said}`,
    );
  }
  return reply;
}

async function bodyOf<T extends TSchema>(reply: Response, schema: T): Promise<Static<T>> {
  const value: unknown = await reply.json();
  if (!Value.Check(schema, value))
    throw new DemoError('demo-reply', 502, 'Cannot set up the practice organisation: a reply has another shape');
  return value;
}
