import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Db } from '../storage/index.ts';
import { browserName } from './browser-name.ts';
import type { PeopleServices } from './services.ts';
import { deleteOldPlaces, findPlaceKey, insertPlaceKey, putPlace } from './store-places.ts';

/** Where a sign-in comes from. */
export interface SignInFrom {
  readonly userAgent: string | undefined;
  /** The caller's address; it is hashed as the network that it belongs to, and neither stored nor logged. */
  readonly address: string;
}

const SEALED_FOR = 'people/place-key';
const KEY_BYTES = 32;
const KEEP_MS = 180 * 86_400_000;

/**
 * Keeps the place of a sign-in: the network (IPv4 /24, IPv6 /48, what a site is given by RFC 6177) and the browser with its system.
 *
 * @returns true when it is new for this person, or was not seen for half a year
 */
export async function keepPlace(
  { secrets, now }: Pick<PeopleServices, 'secrets' | 'now'>,
  tx: Db,
  personId: string,
  { userAgent, address }: SignInFrom,
): Promise<boolean> {
  const key = await openPlaceKey({ db: tx, secrets });
  const place = createHmac('sha256', key)
    .update(JSON.stringify([networkOf(address), browserName(userAgent ?? '')]))
    .digest();
  await deleteOldPlaces(tx, personId, now() - KEEP_MS);
  return await putPlace(tx, personId, place, now());
}

/** The key under which places are hashed, made at its first use: without it, hashes of a few million networks could be tried. */
async function openPlaceKey({ db, secrets }: Pick<PeopleServices, 'db' | 'secrets'>): Promise<Uint8Array> {
  const known = await findPlaceKey(db);
  if (known !== undefined) return secrets.open(SEALED_FOR, known);
  await insertPlaceKey(db, secrets.seal(SEALED_FOR, randomBytes(KEY_BYTES)));
  const made = await findPlaceKey(db);
  if (made === undefined) throw new Error('no key of the places after it was made');
  return secrets.open(SEALED_FOR, made);
}

/** The first 24 bits of an IPv4 address, the first 48 of an IPv6 address. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1] ?? address; // IPv4 on a socket of both
  if (isIP(mapped) === 4) return mapped.split('.').slice(0, 3).join('.');
  if (isIP(mapped) !== 6) return '';
  const [head = '', tail] = (mapped.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail?.split(':') ?? [];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after];
  return groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
