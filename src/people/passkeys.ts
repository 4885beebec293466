import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { type Db, transaction } from '../storage/index.ts';
import type { AssertionResponse, RegistrationResponse } from './api.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import { insertPasskey, listPasskeys, lockPasskey, type Passkey, touchPasskey } from './store-sign-in.ts';

const TIMEOUT_MS = 300_000;
const PASSKEY_LIMIT = 20; // per person

/** Makes what a browser needs to create a passkey: discoverable, with user verification; beside the known ones, or `replacing` them. */
export async function registrationOptions(
  { db, publicUrl }: Pick<PeopleServices, 'db' | 'publicUrl'>,
  person: { readonly id: string; readonly email: string; readonly displayName: string },
  { replacing = false }: { readonly replacing?: boolean } = {},
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = replacing ? [] : await listPasskeys(db, person.id); // the same authenticator may replace its own
  return await generateRegistrationOptions({
    rpName: 'Pavise',
    rpID: publicUrl.hostname,
    userID: userHandleOf(person.id),
    userName: person.email,
    userDisplayName: person.displayName,
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/**
 * Checks a new passkey against its challenge and stores it for the person.
 *
 * @returns its id
 * @throws PeopleError `people-passkey` (400), `people-passkey-known` (409), `people-passkey-limit` (409)
 */
export async function registerPasskey(
  { publicUrl, now }: Pick<PeopleServices, 'publicUrl' | 'now'>,
  tx: Db,
  passkey: { personId: string; response: RegistrationResponse; challenge: string; label: string | undefined },
): Promise<string> {
  const verified = await verifyRegistrationResponse({
    // The schema has checked the members that are read; the browser's further ones are optional.
    response: passkey.response as RegistrationResponseJSON,
    expectedChallenge: passkey.challenge,
    expectedOrigin: publicUrl.origin,
    expectedRPID: publicUrl.hostname,
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!verified?.verified) {
    throw new PeopleError('people-passkey', 400, 'Create the passkey again: it does not fit this request');
  }
  if ((await listPasskeys(tx, passkey.personId)).length >= PASSKEY_LIMIT) {
    throw new PeopleError(
      'people-passkey-limit',
      409,
      `Remove a passkey first: ${PASSKEY_LIMIT} is the most a person can have`,
    );
  }
  const { credential, credentialDeviceType } = verified.registrationInfo;
  const inserted = await insertPasskey(
    tx,
    {
      personId: passkey.personId,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports: credential.transports ?? [],
      synced: credentialDeviceType === 'multiDevice',
      label: passkeyLabel(passkey.label),
    },
    now(),
  );
  if (inserted === undefined)
    throw new PeopleError('people-passkey-known', 409, 'Use another passkey: this one is registered already');
  return inserted;
}

/** What a passkey is called in lists. */
export function passkeyLabel(label: string | undefined): string {
  return label?.trim() || 'Passkey';
}

/** Makes what a browser needs to use a passkey: one of the given, or, without any given, whatever it holds for this host. */
export async function requestOptions(
  { publicUrl }: Pick<PeopleServices, 'publicUrl'>,
  passkeys?: readonly Pick<Passkey, 'credentialId' | 'transports'>[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return await generateAuthenticationOptions({
    rpID: publicUrl.hostname,
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    ...(passkeys === undefined
      ? {}
      : { allowCredentials: passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports })) }),
  });
}

/** A checked assertion, with all that a later reader needs to check it again. */
export interface PasskeyProof {
  readonly personId: string;
  readonly passkeyId: string;
  readonly credentialId: string;
  /** COSE key, as registered. */
  readonly publicKey: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Checks an assertion of a passkey, with user verification, and raises its counter.
 *
 * @param expectation `expectedChallenge` in base64url; `personId` undefined takes any person's passkey (sign-in)
 * @throws PeopleError `people-passkey` (401), the same for every cause
 */
export async function verifyPasskeyAssertion(
  { db, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  expectation: {
    readonly personId: string | undefined;
    readonly response: AssertionResponse;
    readonly expectedChallenge: string;
  },
): Promise<PasskeyProof> {
  const { response, personId, expectedChallenge } = expectation;
  return await transaction(db, async (tx) => {
    const passkey = await lockPasskey(tx, response.id);
    const handle = response.response.userHandle;
    const fits =
      passkey !== undefined &&
      (personId === undefined || passkey.personId === personId) &&
      (handle === undefined || handle === Buffer.from(userHandleOf(passkey.personId)).toString('base64url'));
    if (!fits) throw refusal();
    const { id, rawId, type } = response;
    const verified = await verifyAuthenticationResponse({
      response: { id, rawId, type, response: response.response, clientExtensionResults: {} },
      expectedChallenge,
      expectedOrigin: publicUrl.origin,
      expectedRPID: publicUrl.hostname,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.from(passkey.publicKey),
        counter: passkey.counter,
        transports: passkey.transports,
      },
    }).catch(() => undefined);
    if (!verified?.verified) throw refusal();
    await touchPasskey(tx, passkey.id, verified.authenticationInfo.newCounter, now());
    return {
      personId: passkey.personId,
      passkeyId: passkey.id,
      credentialId: passkey.credentialId,
      publicKey: passkey.publicKey,
      authenticatorData: Buffer.from(response.response.authenticatorData, 'base64url'),
      clientDataJSON: Buffer.from(response.response.clientDataJSON, 'base64url'),
      signature: Buffer.from(response.response.signature, 'base64url'),
    };
  });
}

function refusal(): PeopleError {
  return new PeopleError('people-passkey', 401, 'Try again with a passkey of this account: the proof was not accepted');
}

/** The 16 bytes of the person's id: opaque to authenticators, no address in it. */
function userHandleOf(personId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(personId.replaceAll('-', ''), 'hex'));
}
