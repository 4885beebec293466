import { type Actor, append, type Role } from '../audit/index.ts';
import { notify, transaction } from '../storage/index.ts';
import { TOKEN_PREFIX } from './authenticate.ts';
import { tellPerson } from './notices.ts';
import { newSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import { mayGrant } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { type ApiToken, deleteToken, insertToken, lockToken } from './store-sessions.ts';

const DAY_MS = 86_400_000;

/** Makes an API token of a role; the secret is returned here and never again. */
export async function createToken(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  { name, role, expiresInDays }: { readonly name: string; readonly role: Role; readonly expiresInDays: number },
): Promise<{ readonly token: string; readonly item: ApiToken }> {
  const { secret, hash } = newSecret(TOKEN_PREFIX);
  const createdAtMs = now();
  const expiresAtMs = createdAtMs + expiresInDays * DAY_MS;
  return await transaction(db, async (tx) => {
    mayGrant(actor, role);
    const id = await insertToken(tx, { name: name.trim(), role, hash, expiresAtMs }, createdAtMs);
    await append(tx, {
      actor,
      action: 'people.token.create',
      object: { type: 'token', id },
      detail: { role, expiresAtMs },
    });
    // It outlasts the session that makes it, which may be a copied one.
    if (actor.kind === 'person')
      await tellPerson(
        tx,
        { personId: actor.personId, kind: 'token-made', actor, what: name.trim(), untilMs: expiresAtMs },
        createdAtMs,
      );
    return { token: secret, item: { id, name: name.trim(), role, createdAtMs, expiresAtMs, lastUsedAtMs: null } };
  });
}

/** Revokes an API token at once. */
export async function revokeToken({ db }: Pick<PeopleServices, 'db'>, actor: Actor, id: string): Promise<void> {
  await transaction(db, async (tx) => {
    const token = await lockToken(tx, id);
    if (token === undefined)
      throw new PeopleError('people-token-unknown', 404, 'Reload the list: this token is gone already');
    mayGrant(actor, token.role);
    await deleteToken(tx, id);
    await append(tx, {
      actor,
      action: 'people.token.revoke',
      object: { type: 'token', id },
      detail: { role: token.role },
    });
    await notify(tx, 'token', { tokenId: id });
  });
}
