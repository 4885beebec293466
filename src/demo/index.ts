/**
 * demo: the practice organisation, for trying Pavise without phones, and for its tests.
 *
 * Nothing in it is privileged: its people join by invitation with passkeys of their own, its administrator works through the API, and its
 * iPhones are clients that know the server by HTTP alone (signed profile, SCEP, check-in, commands; `iphone.ts`). A dozen people, nineteen
 * iPhones (one on a system that is too old, one without a passcode, one with a short one), one policy, one protected file, and a backup of
 * the first phone with a planted trace of spyware.
 *
 * `startDemo` refuses a database in which other people live. What the practice people and phones themselves keep (passkeys, identities)
 * is in `<data>/demo/practice.json`, what the emulator of Google's API knows in `<data>/demo/android.json`, so that a restart goes on where it stopped. It makes no owner: the setup link stays for whoever runs
 * the server.
 */
import { join } from 'node:path';
import type { AndroidEmulator } from './android-emulator.ts';
import { enrolAndroidPhone } from './android-phone.ts';
import { writePracticeBackup } from './backup.ts';
import { runFleet } from './fleet.ts';
import { invitePhones } from './invite-phones.ts';
import { numbersOf } from './iphone-make.ts';
import { PEOPLE, PHONES } from './organisation.data.ts';
import { openBook } from './practice-book.ts';
import {
  administratorDesk,
  peopleIds,
  refuseForeignPeople,
  type SeedServices,
  seed,
  visitorInvitation,
} from './seed.ts';

export { type AndroidEmulator, startAndroidEmulator } from './android-emulator.ts';

/** What the practice organisation leans on. */
export interface DemoServices extends SeedServices {
  /** The data folder. */
  readonly data: string;
}

/** A running practice organisation. */
export interface Demo {
  /** What to print: how many take part, where the backup is. */
  readonly lines: readonly string[];
  /** By which somebody enters, for whoever runs the server alone: the invitation of a person and the link of her phone. */
  readonly links: readonly { readonly label: string; readonly link: string }[];
  stop(): Promise<void>;
}

/**
 * Seeds the practice organisation, or goes on with it, and starts its phones.
 *
 * Ends once people and policy are there and the first phone has reported; the other phones enrol meanwhile.
 * @param options.baseUrl where the server listens now
 * @param options.count how many of the nineteen iPhones take part
 * @param options.android the emulator that the server's Android gateway speaks to; without it there is no Android phone
 * @throws DemoError `demo-not-empty` (409) when other people live in the database
 */
export async function startDemo(
  services: DemoServices,
  options: { readonly baseUrl: URL; readonly count?: number; readonly android?: AndroidEmulator | undefined },
): Promise<Demo> {
  const { baseUrl, count = PHONES.length, android } = options;
  const folder = join(services.data, 'demo');
  const pages = await openBook(join(folder, 'practice.json'));
  await refuseForeignPeople(services, pages.isNew);
  await pages.save(); // the mark by which a restart knows its own people
  const addresses = { baseUrl, publicUrl: services.publicUrl };
  if (!pages.book.seeded) await seed(services, addresses, pages);
  const desk = await administratorDesk(addresses, pages);
  const people = await peopleIds(services);
  await invitePhones(desk, pages, people, count);
  const androidLine =
    android === undefined
      ? undefined
      : await enrolAndroidPhone(services, android, desk, pages, people).then(
          () => 'Android: one phone enrols through the emulator',
          // One make of phone that cannot enrol is no reason to be without the other.
          (error: unknown) => `Android: no phone, ${error instanceof Error ? error.message : String(error)}`,
        );
  await desk.signOut();
  const { backup, indicators } = writeBackup(folder);
  const fleet = runFleet({ pages, baseUrl, now: services.now, count });
  await fleet.firstReady;
  const { visitorPhone } = pages.book;
  return {
    lines: [
      `practice organisation: ${PEOPLE.length} people, ${count} iPhones`,
      ...(androidLine === undefined ? [] : [androidLine]),
      `practice backup with a planted trace: ${backup}`,
      `practice indicators: ${indicators}`,
      ...(visitorPhone === undefined ? [] : [`device of that backup: ${visitorPhone.deviceId}`]),
    ],
    links: visitorLinks(await visitorInvitation(services), visitorPhone?.token, services.publicUrl),
    stop: () => fleet.stop(),
  };
}

/** The visitor joins by the first link; the second makes her browser part of her phone. */
function visitorLinks(
  invitation: string | undefined,
  phoneToken: string | undefined,
  publicUrl: URL,
): { readonly label: string; readonly link: string }[] {
  const links =
    invitation === undefined ? [] : [{ label: `invitation of ${PEOPLE[0]?.displayName ?? ''}`, link: invitation }];
  if (phoneToken === undefined) return links;
  const { href } = new URL(`/workspace/#/enrol?token=${phoneToken}`, publicUrl);
  return [...links, { label: `link that makes a browser part of ${PHONES[0]?.name ?? ''}`, link: href }];
}

function writeBackup(folder: string): { readonly backup: string; readonly indicators: string } {
  const phone = PHONES[0];
  if (phone === undefined) throw new Error('the practice organisation has no phone');
  const { udid } = numbersOf('0');
  const device = { productType: phone.productName, osVersion: phone.osVersion, udid, name: phone.name };
  return writePracticeBackup(join(folder, 'backup'), { withTrace: true, device });
}
