import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { CeremonyReply, JoinOptionsReply, Me } from '../people/api.ts';
import { browserName } from '../people/browser-name.ts';
import { ApiError, api } from './fetcher.ts';
import { createPasskey, usePasskeyOnce as usePasskey } from './passkey.ts';

/** The signed-in person, or null when nobody is. */
export function useMe(): UseQueryResult<Me | null> {
  return useQuery({
    queryKey: ['me'],
    queryFn: async () => {
      try {
        return await api<Me>('me');
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    retry: false,
  });
}

export async function signIn(): Promise<void> {
  const { ceremonyId, options } = await api<CeremonyReply>('sign-in/options', { method: 'POST', body: {} });
  await api('sign-in/verify', { body: { ceremonyId, response: await usePasskey(options) } });
}

/** Confirms with a passkey that the signed-in person herself is there; the server vouches for her for five minutes. */
export async function confirmWithPasskey(): Promise<void> {
  const { ceremonyId, options } = await api<CeremonyReply>('me/proof/options', { method: 'POST', body: {} });
  await api('me/proof', { body: { ceremonyId, response: await usePasskey(options) } });
}

export async function signOut(): Promise<void> {
  await api('sign-out', { method: 'POST', body: {} });
}

/** Makes the first owner from the one-time setup link. */
export async function setUp(token: string, displayName: string, email: string): Promise<void> {
  const { ceremonyId, options } = await api<CeremonyReply>('setup/options', { body: { token, displayName, email } });
  await api('setup/verify', { body: { ceremonyId, response: await createPasskey(options), label: deviceLabel() } });
}

/** Reads an invitation; `finishJoin` then makes the passkey. */
export function readInvitation(token: string): Promise<JoinOptionsReply> {
  return api<JoinOptionsReply>('join/options', { body: { token } });
}

export async function finishJoin({ ceremonyId, options }: JoinOptionsReply): Promise<void> {
  await api('join/verify', { body: { ceremonyId, response: await createPasskey(options), label: deviceLabel() } });
}

export async function addPasskey(): Promise<void> {
  const { ceremonyId, options } = await api<CeremonyReply>('me/passkeys/options', { method: 'POST', body: {} });
  await api('me/passkeys', { body: { ceremonyId, response: await createPasskey(options), label: deviceLabel() } });
}

/** A name for this browser, or for the one of a user agent, that its owner recognises in a list. */
export function deviceLabel(agent = navigator.userAgent): string {
  return browserName(agent);
}
