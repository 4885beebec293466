import { randomUUID } from 'node:crypto';
import { append } from '../audit/index.ts';
import { notify, transaction } from '../storage/index.ts';
import type { CeremonyReply, RegistrationResponse } from './api.ts';
import { beginCeremony, endCeremony } from './ceremonies.ts';
import { hashSecret, newSecret } from './one-time.ts';
import { registerPasskey, registrationOptions } from './passkeys.ts';
import { PeopleError } from './people-error.ts';
import { keepPlace, type SignInFrom } from './places.ts';
import type { PeopleServices } from './services.ts';
import { type OpenedSession, openSession } from './sessions.ts';
import { findPersonByEmail, insertPerson, lockSetup, ownerExists } from './store.ts';
import { deleteSetupLinks, insertSetupLink, setupLinkIsOpen } from './store-sign-in.ts';

const SETUP_MS = 24 * 3_600_000;

/** Makes a one-time link for the first owner, valid for 24 hours; undefined when the installation has an owner. */
export async function setupLink({
  db,
  publicUrl,
  now,
}: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>): Promise<string | undefined> {
  if (await ownerExists(db)) return undefined;
  const { secret, hash } = newSecret();
  const nowMs = now();
  await insertSetupLink(db, hash, nowMs, nowMs + SETUP_MS);
  // The token stands in the fragment, which browsers do not send: it stays out of logs of servers and proxies.
  return new URL(`/console/#/setup?token=${secret}`, publicUrl).href;
}

/** Starts the setup: the holder of the link names herself and gets the options for her passkey. */
export async function beginSetup(
  services: PeopleServices,
  { token, displayName, email }: { token: string; displayName: string; email: string },
): Promise<CeremonyReply> {
  await refuseClosedSetup(services, token);
  const person = { id: randomUUID(), displayName: displayName.trim(), email };
  const options = await registrationOptions(services, person);
  const ceremonyId = await beginCeremony(services, 'setup', options.challenge, {
    personId: person.id,
    displayName: person.displayName,
    email,
    tokenHash: hashSecret(token).toString('base64url'),
  });
  return { ceremonyId, options: { ...options } };
}

/** Ends the setup: the passkey is checked, its holder owns the installation and is signed in. */
export async function finishSetup(
  services: PeopleServices,
  { ceremonyId, response, label }: { ceremonyId: string; response: RegistrationResponse; label?: string | undefined },
  from: SignInFrom,
): Promise<OpenedSession> {
  const { challenge, member } = await endCeremony(services, 'setup', ceremonyId);
  const personId = member('personId');
  return await transaction(services.db, async (tx) => {
    await lockSetup(tx);
    const hash = Buffer.from(member('tokenHash'), 'base64url');
    if (await ownerExists(tx)) throw hasOwner();
    if (!(await setupLinkIsOpen(tx, hash, services.now()))) throw closedSetup();
    if ((await findPersonByEmail(tx, member('email'))) !== undefined) {
      throw new PeopleError('people-email-taken', 409, 'Use another address: a person with this one is known already');
    }
    await insertPerson(
      tx,
      {
        id: personId,
        displayName: member('displayName'),
        email: member('email'),
        role: 'owner',
        state: 'active',
        joinedAtMs: services.now(),
      },
      services.now(),
    );
    const passkeyId = await registerPasskey(services, tx, { personId, response, challenge, label });
    await deleteSetupLinks(tx);
    const session = await openSession(services, tx, personId, { method: 'passkey', passkeyId }, from);
    await keepPlace(services, tx, personId, from);
    await append(tx, {
      actor: { kind: 'person', personId, role: 'owner', sessionId: session.sessionId },
      action: 'people.setup',
      object: { type: 'person', id: personId },
    });
    await notify(tx, 'person', { personId });
    return session;
  });
}

async function refuseClosedSetup({ db, now }: PeopleServices, token: string): Promise<void> {
  if (await ownerExists(db)) throw hasOwner();
  if (!(await setupLinkIsOpen(db, hashSecret(token), now()))) throw closedSetup();
}

function hasOwner(): PeopleError {
  return new PeopleError('people-setup-done', 403, 'Pavise already has an owner: sign in');
}

function closedSetup(): PeopleError {
  return new PeopleError(
    'people-setup-link',
    403,
    'Restart the server for a new setup link: this one is too old or incomplete',
  );
}
