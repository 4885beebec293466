import { startAndroidPolling } from '../devices/android/index.ts';
import { AndroidEnrolmentReply, EnrolmentReply } from '../devices/api.ts';
import { changeDeviceState, readDevice } from '../devices/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { type AndroidEmulator, PRACTICE_TRAITS } from './android-emulator.ts';
import { PEOPLE } from './organisation.data.ts';
import type { PracticeBook } from './practice-book.ts';
import type { PracticeMember } from './practice-member.ts';

const NAME = 'Camille’s Pixel';
const OWNER = PEOPLE.find((person) => person.displayName === 'Camille Fournier');
/**
 * Enrols one Android phone with the emulator, once; its page of the enrolment is asked for as a phone would.
 *
 * Where the emulator does not know the phone of the last run (its state was removed), that one is checked out and a new one takes its place.
 */
export async function enrolAndroidPhone(
  { db, now }: { readonly db: Db; readonly now: () => number },
  emulator: AndroidEmulator,
  desk: PracticeMember,
  pages: PracticeBook,
  people: ReadonlyMap<string, string>,
): Promise<void> {
  const { book } = pages;
  const former = book.androidDevice === undefined ? undefined : await readDevice(db, book.androidDevice);
  if (former !== undefined && former.state !== 'checked-out') {
    if (emulator.hasPhoneOf(former.id)) return;
    await transaction(db, (tx) => changeDeviceState(tx, former.id, 'checked-out', now()));
  }
  const personId = people.get(OWNER?.email ?? '');
  if (personId === undefined) return;
  const body = { personId, platform: 'android', ownership: 'organisation', name: NAME };
  const invitation = await desk.call('POST', '/api/v1/enrolments', EnrolmentReply, body);
  book.androidDevice = invitation.deviceId;
  await pages.save();
  const page = { token: invitation.token };
  const { token } = await desk.call('POST', '/api/v1/enrolments/android', AndroidEnrolmentReply, page);
  emulator.enrol(token, PRACTICE_TRAITS);
  await startAndroidPolling(db);
}
