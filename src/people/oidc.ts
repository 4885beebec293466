import { createHash, timingSafeEqual } from 'node:crypto';
import * as oidc from 'openid-client';
import { type Actor, append } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import type { OidcProviderReply, OidcTestReply } from './api.ts';
import { beginCeremony, CEREMONY_MS, endCeremony } from './ceremonies.ts';
import { cookieOf, setCookie } from './cookies.ts';
import { discoverProvider } from './discover.ts';
import { activateInvited, auditJoin } from './invitations.ts';
import { PeopleError } from './people-error.ts';
import { keepPlace, type SignInFrom } from './places.ts';
import type { PeopleServices } from './services.ts';
import { type OpenedSession, openSession } from './sessions.ts';
import { openFor } from './sign-in.ts';
import { findPersonByEmail } from './store.ts';
import {
  deleteOidcProvider,
  findIdentity,
  insertIdentity,
  type OidcProvider,
  putOidcProvider,
  readOidcProvider,
} from './store-sign-in.ts';

/** Where the provider sends browsers back to; register it there as the redirect address. */
const CALLBACK_PATH = '/api/v1/sign-in/oidc/callback';
/** The cookie that binds a sign-in at the provider to the browser that began it. */
const BROWSER = 'pavise_oidc';
const SEALED_FOR = 'people/oidc-client-secret';

/** Tells what is configured, without the secret, and the address to register at the provider. */
export async function showOidcProvider({
  db,
  publicUrl,
}: Pick<PeopleServices, 'db' | 'publicUrl'>): Promise<OidcProviderReply> {
  const redirectUri = redirectUriOf(publicUrl);
  const provider = await readOidcProvider(db);
  if (provider === undefined) return { provider: null, redirectUri };
  const { name, issuer, clientId } = provider;
  return { provider: { name, issuer, clientId }, redirectUri };
}

/**
 * Tries a provider's discovery document without keeping anything.
 *
 * @throws PeopleError `people-oidc-issuer` (400)
 */
export async function testOidcProvider(issuer: string): Promise<OidcTestReply> {
  const config = await discoverProvider(issuer, 'test of the discovery document', undefined);
  const { issuer: named, authorization_endpoint: endpoint } = config.serverMetadata();
  return { issuer: named, signInHost: endpoint === undefined ? '' : new URL(endpoint).host };
}

/**
 * Sets the organisation's identity provider after fetching its discovery document; plain http only on loopback.
 *
 * Without a secret the one that is set stays, but only for the same issuer and client: it must not go to another server.
 * @throws PeopleError `people-oidc-issuer` (400), `people-oidc-secret` (400)
 */
export async function setOidcProvider(
  services: Pick<PeopleServices, 'db' | 'secrets'>,
  actor: Actor,
  wanted: { name: string; issuer: string; clientId: string; clientSecret?: string | undefined },
): Promise<void> {
  const { name, issuer, clientId, clientSecret } = wanted;
  const clientSecretSealed =
    clientSecret === undefined
      ? await keptSecret(services, issuer, clientId)
      : Buffer.from(services.secrets.seal(SEALED_FOR, Buffer.from(clientSecret)));
  const provider = { name, issuer, clientId, clientSecretSealed };
  await discover(services, provider);
  await transaction(services.db, async (tx) => {
    await putOidcProvider(tx, provider);
    await append(tx, {
      actor,
      action: 'people.oidc.set',
      object: { type: 'identity-provider', id: null },
      detail: { issuer, clientId, newSecret: clientSecret !== undefined },
    });
  });
}

async function keptSecret(
  { db }: Pick<PeopleServices, 'db'>,
  issuer: string,
  clientId: string,
): Promise<OidcProvider['clientSecretSealed']> {
  const before = await readOidcProvider(db);
  if (before?.issuer === issuer && before.clientId === clientId) return before.clientSecretSealed;
  throw new PeopleError(
    'people-oidc-secret',
    400,
    'Enter the client secret: the one that is kept belongs to another issuer or client id',
  );
}

/** Removes the identity provider; passkeys go on. */
export async function removeOidcProvider({ db }: Pick<PeopleServices, 'db'>, actor: Actor): Promise<void> {
  await transaction(db, async (tx) => {
    await deleteOidcProvider(tx);
    await append(tx, { actor, action: 'people.oidc.remove', object: { type: 'identity-provider', id: null } });
  });
}

/** Starts a sign-in at the provider: code flow with PKCE, state and nonce, bound to this browser by a cookie. */
export async function beginOidc(
  services: PeopleServices,
): Promise<{ readonly location: string; readonly setCookie: string }> {
  const config = await discover(services, await providerOf(services));
  const [verifier, nonce, browser] = [oidc.randomPKCECodeVerifier(), oidc.randomNonce(), oidc.randomState()];
  const ceremonyId = await beginCeremony(services, 'oidc', nonce, { verifier, browserHash: sha256(browser) });
  const location = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUriOf(services.publicUrl),
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: ceremonyId,
    nonce,
  });
  // Lax, not Strict: the browser comes back by a link on the provider's site.
  const life = { sameSite: 'lax', lifeMs: CEREMONY_MS } as const;
  return { location: location.href, setCookie: setCookie(services.publicUrl, BROWSER, browser, life) };
}

/**
 * Ends a sign-in at the provider: a linked subject signs in, an invited person joins by her verified address.
 *
 * @throws PeopleError `people-oidc-browser` (403), `people-oidc-failed` (401), `people-oidc-unknown` (403), `people-suspended` (403)
 */
export async function finishOidc(
  services: PeopleServices,
  { search, cookie, from }: { search: string; cookie: string | undefined; from: SignInFrom },
): Promise<OpenedSession> {
  const url = new URL(`${CALLBACK_PATH}${search}`, services.publicUrl);
  const state = url.searchParams.get('state') ?? '';
  if (!/^[0-9a-f-]{36}$/.test(state)) throw failed();
  const { challenge: nonce, member } = await endCeremony(services, 'oidc', state);
  const browser = cookieOf(services.publicUrl, cookie, BROWSER) ?? '';
  if (!timingSafeEqual(Buffer.from(sha256(browser)), Buffer.from(member('browserHash')))) {
    throw new PeopleError(
      'people-oidc-browser',
      403,
      'Start the sign-in again here: it was started in another browser',
    );
  }
  const config = await discover(services, await providerOf(services));
  const claims = await claimsOf(config, url, { verifier: member('verifier'), nonce, state });
  const { issuer } = config.serverMetadata();
  return await transaction(services.db, async (tx) => {
    const inside = { ...services, db: tx };
    const linked = await findIdentity(tx, issuer, claims.subject);
    if (linked !== undefined) {
      return await openFor(inside, linked, { method: 'oidc', passkeyId: null }, from);
    }
    const person = claims.verifiedEmail === undefined ? undefined : await findPersonByEmail(tx, claims.verifiedEmail);
    // Only who is invited is linked by address: a provider must not take over an account that has a passkey.
    if (person?.state !== 'invited') {
      throw new PeopleError(
        'people-oidc-unknown',
        403,
        'Ask an administrator for an invitation: nobody is invited by this address',
      );
    }
    await activateInvited(inside, tx, person.id);
    await insertIdentity(tx, issuer, claims.subject, person.id, services.now());
    const session = await openSession(inside, tx, person.id, { method: 'oidc', passkeyId: null }, from);
    await keepPlace(inside, tx, person.id, from);
    await auditJoin(tx, person, session, 'oidc');
    return session;
  });
}

async function claimsOf(
  config: oidc.Configuration,
  url: URL,
  expected: { verifier: string; nonce: string; state: string },
): Promise<{ subject: string; verifiedEmail: string | undefined }> {
  // Also of a provider that is reached over TLS: who stands between there must not say who comes in.
  oidc.enableNonRepudiationChecks(config);
  try {
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: expected.verifier,
      expectedNonce: expected.nonce,
      expectedState: expected.state,
      idTokenExpected: true,
    });
    const subject = tokens.claims()?.sub;
    if (subject === undefined) throw failed();
    // Claims of scopes come from userinfo, not from the id_token.
    const info = await oidc.fetchUserInfo(config, tokens.access_token, subject);
    return { subject, verifiedEmail: info.email_verified === true ? info.email : undefined };
  } catch {
    throw failed(); // what the provider said may hold codes and addresses: it goes nowhere
  }
}

async function discover(
  { secrets }: Pick<PeopleServices, 'secrets'>,
  { issuer, clientId, clientSecretSealed }: OidcProvider,
): Promise<oidc.Configuration> {
  const secret = Buffer.from(secrets.open(SEALED_FOR, clientSecretSealed)).toString();
  return await discoverProvider(issuer, clientId, secret);
}

async function providerOf({ db }: Pick<PeopleServices, 'db'>): Promise<OidcProvider> {
  const provider = await readOidcProvider(db);
  if (provider === undefined) {
    throw new PeopleError('people-oidc-none', 404, 'Sign in with a passkey: no identity provider is configured');
  }
  return provider;
}

function redirectUriOf(publicUrl: URL): string {
  return new URL(CALLBACK_PATH, publicUrl).href;
}

function failed(): PeopleError {
  return new PeopleError(
    'people-oidc-failed',
    401,
    'Start the sign-in again: the identity provider did not confirm it',
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
