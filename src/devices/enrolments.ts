import { createHash, randomBytes } from 'node:crypto';
import { type Actor, append } from '../audit/index.ts';
import { enqueue } from '../jobs/index.ts';
import { readPerson } from '../people/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { Ownership, Platform } from './device.ts';
import { DeviceError } from './device-error.ts';
import { upsertDevice } from './registry.ts';
import { type EnrolmentRow, findEnrolment, insertEnrolment, setBindChallenge } from './store-enrolments.ts';

/** How long a link serves. */
export const INVITATION_MS = 7 * 86_400_000;
/** What a phone is called until it has reported. */
export const UNNAMED: Readonly<Record<Platform, string>> = { apple: 'New iPhone', android: 'New Android phone' };

/** 256 random bits, of which only the SHA-256 is kept. */
export function newToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOf(token) };
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Invites a person to enrol one phone: makes the pending device and the one-time token that the link holds. */
export async function inviteDevice(
  { db, now }: { db: Db; now: () => number },
  actor: Actor,
  wish: {
    readonly personId: string;
    readonly platform: Platform;
    readonly ownership: Ownership;
    readonly name?: string | undefined;
  },
): Promise<{ enrolmentId: string; deviceId: string; token: string; expiresAtMs: number }> {
  const { token, hash } = newToken();
  const nowMs = now();
  const expiresAtMs = nowMs + INVITATION_MS;
  return await transaction(db, async (tx) => {
    if ((await readPerson(tx, wish.personId)) === undefined) {
      throw new DeviceError('device-person-unknown', 404, 'Cannot invite: no person has this id');
    }
    const { name = UNNAMED[wish.platform], ...detail } = wish;
    const deviceId = await upsertDevice(tx, { ...detail, name }, nowMs);
    const enrolmentId = await insertEnrolment(tx, {
      deviceId,
      tokenHash: hash,
      now: new Date(nowMs),
      expiresAt: new Date(expiresAtMs),
    });
    await append(tx, {
      actor,
      action: 'device.invited',
      object: { type: 'device', id: deviceId },
      detail,
    });
    if (actor.kind === 'person') await enqueue(tx, 'findings.invited', { deviceId, inviterId: actor.personId });
    await notify(tx, 'device', { deviceId, personId: wish.personId });
    return { enrolmentId, deviceId, token, expiresAtMs };
  });
}

/** Finds the invitation of a token that has not been used up. */
async function readEnrolment(
  { db, now }: { db: Db; now: () => number },
  token: string,
): Promise<EnrolmentRow & { used: boolean }> {
  const row = await findEnrolment(db, hashOf(token), new Date(now()));
  if (row === undefined)
    throw new DeviceError('device-invitation', 404, 'Ask for a new link: this one is unknown, used or expired');
  return row;
}

/** Finds the invitation by which a phone of this make may still enrol. */
export async function readInvitation(
  services: { db: Db; now: () => number },
  token: string,
  platform: Platform,
): Promise<EnrolmentRow> {
  const row = await readEnrolment(services, token);
  if (row.used || row.platform !== platform)
    throw new DeviceError(
      'device-invitation',
      404,
      'Ask for a new link: this one is used or for another make of phone',
    );
  return row;
}

/** Gives the enrolment page what it needs, with a fresh challenge for the browser's key. */
export async function openEnrolment(
  services: { db: Db; now: () => number },
  token: string,
): Promise<EnrolmentRow & { used: boolean; personName: string; challenge: string }> {
  const row = await readEnrolment(services, token);
  const personName = (await readPerson(services.db, row.personId))?.displayName ?? '';
  const { token: challenge, hash } = newToken();
  await setBindChallenge(services.db, row.id, hash);
  return { ...row, personName, challenge };
}
