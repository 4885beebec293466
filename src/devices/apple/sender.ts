import type { PlistDict } from '../../formats/plist/index.ts';
import { refuseMessage, textIn } from './message.ts';

/** Who speaks in a message: an enrolment, by the channel of its device or by that of one of its users. */
export interface Sender {
  /** UDID, or EnrollmentID where the phone keeps its UDID to itself; certificates are pinned to this. */
  readonly enrolmentId: string;
  /** The user whose channel it is; undefined on the channel of the device. */
  readonly user: string | undefined;
}

/** What a Shared iPad sends as UserID of whoever is signed in: there the short name tells users apart. */
const SHARED_IPAD = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';
const MAX_ID = 200;

/**
 * Reads the sender of a message (com.apple.mdm check-in and command protocol, identity keys).
 *
 * @throws DeviceError `device-identity` when no enrolment is named, or a user in a form that nobody knows: such a message must not count as
 *   the device's own
 */
export function senderOf(message: PlistDict): Sender {
  const enrolmentId = textIn(message, 'UDID') ?? textIn(message, 'EnrollmentID');
  if (enrolmentId === undefined || enrolmentId.length > MAX_ID)
    throw refuseMessage('device-identity', 'no UDID and no EnrollmentID');
  return { enrolmentId, user: userOf(message) };
}

function userOf(message: PlistDict): string | undefined {
  for (const key of ['UserID', 'EnrollmentUserID']) {
    const id = message[key];
    if (id !== undefined && typeof id !== 'string') throw refuseMessage('device-identity', `${key} is not a text`);
  }
  const id = textIn(message, 'UserID') ?? textIn(message, 'EnrollmentUserID');
  if (id !== SHARED_IPAD) return id;
  const name = textIn(message, 'UserShortName');
  if (name === undefined) throw refuseMessage('device-identity', 'a Shared iPad names no user');
  return name;
}
