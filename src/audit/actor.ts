/** What a person may be in an organisation, least powerful last. */
export type Role = 'owner' | 'administrator' | 'investigator' | 'auditor' | 'member';

/** Every role: any person who is signed in. */
export const EVERYONE: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor', 'member'];

/**
 * What a route asks for beyond a role: a passkey that was used in this session within five minutes, by a person alone (`passkey`), or by
 * an API token in her stead (`passkey-or-token`); `sign-in` takes, of a person who has no passkey, a sign-in that is as recent.
 */
export type Proof = 'passkey' | 'passkey-or-token' | 'sign-in';

/** Who does something: a person in a session, a token of a role, a device, the server itself, or nobody known. */
export type Actor =
  | { readonly kind: 'person'; readonly personId: string; readonly role: Role; readonly sessionId: string }
  | { readonly kind: 'token'; readonly tokenId: string; readonly role: Role }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'anonymous' };

/** The role by which an actor may call routes, if any. */
export function roleOf(actor: Actor): Role | undefined {
  return actor.kind === 'person' || actor.kind === 'token' ? actor.role : undefined;
}

/** Whose session it is; undefined of all that is not one: a token stands for nobody. */
export function personIdOf(actor: Actor): string | undefined {
  return actor.kind === 'person' ? actor.personId : undefined;
}
