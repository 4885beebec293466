import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, numberOf, plainText, readDatabases, withDatabase } from './files.ts';
import { WHATSAPP_GROUP } from './whatsapp.ts';

/** A contact of WhatsApp. Undefined means that the phone does not say, never "off". */
export interface WhatsappContactRecord {
  readonly path: string;
  readonly id: number;
  readonly whatsappId: string;
  /** `<digits>@lid`: the identity that hides the number. */
  readonly lid: string;
  readonly phoneNumber: string;
  readonly localizedPhoneNumber: string;
  readonly fullName: string;
  readonly givenName: string;
  readonly lastName: string;
  readonly userName: string;
  readonly businessName: string;
  readonly about: string;
  readonly notes: string;
  readonly disappearingSeconds: number | undefined;
  /** "24 hours", "off"; empty where the phone does not say. */
  readonly disappearing: string;
  readonly disappearingSetAtMs: number | undefined;
  readonly aboutSetAtMs: number | undefined;
  readonly aboutExpiresAtMs: number | undefined;
  readonly updatedAtMs: number | undefined;
  readonly phoneStatus: number | undefined;
  readonly syncPolicy: number | undefined;
}

/** Whom a LID stands for. */
export interface WhatsappPerson {
  readonly phoneNumber: string;
  readonly name: string;
}

const ARTEFACT = 'whatsapp-contacts';
const FILE = 'ContactsV2.sqlite';
const TABLE = 'ZWAADDRESSBOOKCONTACT';
const COLUMNS = [
  'ZWHATSAPPID',
  'ZLID',
  'ZPHONENUMBER',
  'ZLOCALIZEDPHONENUMBER',
  'ZFULLNAME',
  'ZGIVENNAME',
  'ZLASTNAME',
  'ZUSERNAME',
  'ZBUSINESSNAME',
  'ZABOUTTEXT',
  'ZABOUTEMOJI',
  'ZNOTES',
  'ZDISAPPEARINGMODEDURATION',
  'ZDISAPPEARINGMODETIMESTAMP',
  'ZABOUTTIMESTAMP',
  'ZABOUTEXPIRATIONTIMESTAMP',
  'ZLASTUPDATED',
  'ZPHONESTATUS',
  'ZPHONENUMBERSTATUS',
  'ZSYNCPOLICY',
];
const DURATIONS: ReadonlyMap<number, string> = new Map([
  [0, 'off'],
  [86_400, '24 hours'],
  [604_800, '7 days'],
  [1_209_600, '14 days'],
  [2_592_000, '30 days'],
  [7_776_000, '90 days'],
]);

/** Contacts of WhatsApp; often missing in incremental backups. */
export const whatsappContacts: ArtefactModule<IosFiles, WhatsappContactRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(
      source,
      ARTEFACT,
      listed(source, WHATSAPP_GROUP, FILE),
      `${WHATSAPP_GROUP}/${FILE}`,
      (database, path) => {
        let records = 0;
        for (const record of contactRows(database, path)) {
          records++;
          emit.record(record);
          for (const [what, atMs] of [
            ['WhatsApp contact updated', record.updatedAtMs],
            ['WhatsApp contact changed its text', record.aboutSetAtMs],
            ['WhatsApp text of contact expires', record.aboutExpiresAtMs],
            [`WhatsApp disappearing messages: ${record.disappearing}`, record.disappearingSetAtMs],
          ] as const) {
            const detail = `${record.fullName} ${record.phoneNumber}`;
            if (atMs !== undefined) emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail });
          }
        }
        return records;
      },
    ),
};

/** Whom each LID stands for, for other modules; what cannot be read resolves nobody, and its own module tells so. */
export async function whatsappPeople(source: IosFiles): Promise<ReadonlyMap<string, WhatsappPerson>> {
  const people = new Map<string, WhatsappPerson>();
  for (const file of listed(source, WHATSAPP_GROUP, FILE)) {
    try {
      await withDatabase(source, file, (database) => {
        for (const { lid, phoneNumber, whatsappId, fullName, businessName, userName } of contactRows(database, '')) {
          if (lid === '') continue;
          const number = phoneNumber || whatsappId.replace(/@.*$/, '');
          people.set(lid, { phoneNumber: number, name: fullName || businessName || userName });
        }
      });
    } catch {
      // The module of these contacts reads the same file and reports why it cannot be read.
    }
  }
  return people;
}

function* contactRows(database: SqliteDatabase, path: string): Generator<WhatsappContactRecord> {
  // A version without the column says nothing; an empty value in it means off.
  const unset = database.columns(TABLE)?.includes('zdisappearingmodeduration') === true ? 0 : undefined;
  for (const { rowid, values } of database.rows(TABLE, COLUMNS)) yield recordOf(path, rowid, values, unset);
}

function recordOf(
  path: string,
  id: number,
  values: readonly SqliteValue[],
  unset: number | undefined,
): WhatsappContactRecord {
  const [whatsappId, lid, phoneNumber, localized, fullName, givenName, lastName, userName, businessName] =
    values.map(plainText);
  const seconds = numberOf(values[12]) ?? unset;
  return {
    path,
    id,
    whatsappId: whatsappId ?? '',
    lid: lid ?? '',
    phoneNumber: phoneNumber ?? '',
    localizedPhoneNumber: localized ?? '',
    fullName: fullName ?? '',
    givenName: givenName ?? '',
    lastName: lastName ?? '',
    userName: userName ?? '',
    businessName: businessName ?? '',
    about: `${plainText(values[10])} ${plainText(values[9])}`.trim(),
    notes: plainText(values[11]),
    disappearingSeconds: seconds,
    disappearing: seconds === undefined ? '' : (DURATIONS.get(seconds) ?? `${seconds} seconds`),
    disappearingSetAtMs: appleTimeMs(values[13]),
    aboutSetAtMs: appleTimeMs(values[14]),
    aboutExpiresAtMs: appleTimeMs(values[15]),
    updatedAtMs: appleTimeMs(values[16]),
    phoneStatus: numberOf(values[17] ?? values[18]),
    syncPolicy: numberOf(values[19]),
  };
}
