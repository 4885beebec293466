import { type Actor, append } from '../audit/index.ts';
import { type Db, notify } from '../storage/index.ts';
import type { PersonLink } from './api.ts';
import { joinLink } from './invitations.ts';
import type { TwoPeopleRequest } from './judge-request.ts';
import { tellPerson } from './notices.ts';
import { newSecret } from './one-time.ts';
import type { AgreedRequest, RequestKind } from './request-kind.ts';
import { makeRequest } from './requests.ts';
import { grantersOf, unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { readPerson } from './store.ts';
import { deleteSessions } from './store-sessions.ts';
import { putInvitation, takeInvitation } from './store-sign-in.ts';

const RECOVERY_MS = 24 * 3_600_000;

type RecoveryServices = Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>;

/**
 * The request for a link by which a new passkey opens somebody else's account.
 *
 * Whoever holds such a link becomes that person: an administrator who turns would use it herself. So a second person agrees, or the person
 * concerned in a browser where she is still signed in, or on her phone. The link is shown to who asked, once.
 */
export function recoveryRequest(services: RecoveryServices): RequestKind {
  return {
    name: 'people.recovery',
    roles: grantersOf,
    personStates: ['active'],
    personMayAgree: 'by-session',
    carriedOut: 'by-maker',
    run: async (tx, { request, actor, agreedAs }) => ({
      ...(await offerRecovery(services, tx, actor, request.personId, agreedAs)),
    }),
    undo: {
      withinMs: RECOVERY_MS,
      run: async (tx, { personId }) => {
        const taken = await takeInvitation(tx, personId, services.now());
        await notify(tx, 'person', { personId });
        return taken;
      },
    },
  };
}

/** Asks for such a link; what it throws, `makeRequest` says. */
export async function askForRecovery(
  services: RecoveryServices,
  actor: Actor,
  personId: string,
  reason: string,
): Promise<TwoPeopleRequest> {
  const person = await readPerson(services.db, personId);
  if (person === undefined) throw unknownPerson();
  return await makeRequest(services, actor, recoveryRequest(services), {
    ...{ personId, reason, about: { type: 'person', id: personId } },
    title: `a link by which a new passkey opens the account of ${person.displayName}`,
  });
}

/**
 * Makes the link, for one use within a day.
 *
 * It ends the person's sessions now and her other passkeys when it is used: a key that is lost must open nothing, and somebody who used the
 * link in her place would be noticed at her next sign-in.
 * @param agreedAs `host` where the server's machine made it, by itself
 */
export async function offerRecovery(
  { publicUrl, now }: Pick<RecoveryServices, 'publicUrl' | 'now'>,
  tx: Db,
  actor: Actor,
  personId: string,
  agreedAs: AgreedRequest['agreedAs'] | 'host',
): Promise<PersonLink> {
  const { secret, hash } = newSecret();
  const expiresAtMs = now() + RECOVERY_MS;
  await putInvitation(tx, personId, hash, expiresAtMs);
  await append(tx, {
    actor,
    action: 'people.recovery.offer',
    object: { type: 'person', id: personId },
    detail: { expiresAtMs, agreedAs, endedSessions: await deleteSessions(tx, personId) },
  });
  await tellPerson(tx, { personId, kind: 'recovery-made', actor, untilMs: expiresAtMs }, now());
  await notify(tx, 'person', { personId });
  return { kind: 'passkey', link: joinLink(publicUrl, secret), expiresAtMs };
}
