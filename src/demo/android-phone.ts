import { Type } from 'typebox';
import { startAndroidPolling } from '../devices/android/index.ts';
import { changeDeviceState, readDevice } from '../devices/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { AndroidEmulator, PhoneTraits } from './android-emulator.ts';
import { PEOPLE } from './organisation.data.ts';
import type { PracticeBook } from './practice-book.ts';
import type { PracticeMember } from './practice-member.ts';

const Enrolment = Type.Object({ deviceId: Type.String(), token: Type.String() });
const NAME = 'Camille’s Pixel';
const OWNER = PEOPLE.find((person) => person.displayName === 'Camille Fournier');
const TRAITS: PhoneTraits = {
  model: 'Pixel 9',
  androidVersion: '16',
  securityPatchLevel: '2026-10-05',
  passcodeSet: true,
  rooted: false,
};

/**
 * Enrols one Android phone with the emulator.
 *
 * The emulator forgets at a restart, so that its phone of the last run is checked out and a new one takes its place.
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
    await transaction(db, (tx) => changeDeviceState(tx, former.id, 'checked-out', now()));
  }
  const personId = people.get(OWNER?.email ?? '');
  if (personId === undefined) return;
  const body = { personId, ownership: 'organisation', name: NAME };
  const reply = await desk.call('POST', '/api/v1/devices/android/enrolments', Enrolment, body);
  book.androidDevice = reply.deviceId;
  await pages.save();
  emulator.enrol(reply.token, TRAITS);
  await startAndroidPolling(db);
}
