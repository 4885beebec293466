import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import { type CeremonyKind, insertCeremony, takeCeremony } from './store-sign-in.ts';

export const CEREMONY_MS = 5 * 60_000;

/** Keeps a challenge on the server for one use within five minutes; `detail` never leaves it. */
export async function beginCeremony(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  kind: CeremonyKind,
  challenge: string,
  detail: { readonly [key: string]: string | null },
): Promise<string> {
  const nowMs = now();
  return await insertCeremony(db, kind, challenge, detail, nowMs, nowMs + CEREMONY_MS);
}

/**
 * Uses a ceremony up, whatever comes of it.
 *
 * @throws PeopleError `people-ceremony` (400) when it is unknown, used, expired or of another kind
 */
export async function endCeremony(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  kind: CeremonyKind,
  id: string,
): Promise<{ readonly challenge: string; readonly member: (name: string) => string }> {
  const found = await takeCeremony(db, kind, id, now());
  if (found === undefined) {
    throw new PeopleError(
      'people-ceremony',
      400,
      'Start again: this attempt was used already or is older than five minutes',
    );
  }
  return {
    challenge: found.challenge,
    member(name) {
      const value = found.detail[name];
      if (typeof value !== 'string') throw new Error(`ceremony lacks ${name}`);
      return value;
    },
  };
}
