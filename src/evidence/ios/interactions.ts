import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, keyOf, listed, numberOf, plainText, readDatabases, rowsIfAny } from './files.ts';
import { type WhatsappPerson, whatsappPeople } from './whatsapp-contacts.ts';

/** A person of an interaction, as the phone's model of acquaintances keeps it. */
export interface InteractionContact {
  readonly id: number;
  readonly name: string;
  /** Phone number, address, or `<digits>@lid` of WhatsApp. */
  readonly identifier: string;
  readonly personId: string;
  readonly customIdentifier: string;
  /** Whom a LID stands for, where the contacts of WhatsApp tell. */
  readonly resolved: WhatsappPerson | undefined;
  readonly incomingRecipientCount: number | undefined;
  readonly incomingSenderCount: number | undefined;
  readonly outgoingRecipientCount: number | undefined;
  readonly createdAtMs: number | undefined;
  readonly firstIncomingSenderAtMs: number | undefined;
  readonly firstIncomingRecipientAtMs: number | undefined;
  readonly firstOutgoingRecipientAtMs: number | undefined;
  readonly lastIncomingSenderAtMs: number | undefined;
  readonly lastIncomingRecipientAtMs: number | undefined;
  readonly lastOutgoingRecipientAtMs: number | undefined;
}

interface InteractionAttachment {
  readonly text: string;
  readonly type: string;
  readonly url: string;
  readonly sizeBytes: number | undefined;
  readonly identifier: string;
}

/** A message, call or mail of any app, as the phone remembers it after the app has forgotten it. */
export interface InteractionRecord {
  readonly path: string;
  readonly id: number;
  readonly startAtMs: number | undefined;
  readonly endAtMs: number | undefined;
  readonly createdAtMs: number | undefined;
  readonly bundleId: string;
  readonly account: string;
  readonly targetBundleId: string;
  readonly direction: 'incoming' | 'outgoing' | 'unknown';
  readonly recipientCount: number | undefined;
  readonly domain: string;
  readonly response: boolean;
  readonly mechanism: number | undefined;
  readonly contentUrl: string;
  readonly groupName: string;
  readonly intent: string;
  readonly sender: InteractionContact | undefined;
  readonly recipients: readonly InteractionContact[];
  readonly attachments: readonly InteractionAttachment[];
  /** Entered more than an hour away from its start: a restored or synchronised phone, or somebody who writes history. */
  readonly backfilled: boolean;
}

const ARTEFACT = 'interactions';
const PATH = 'Library/CoreDuet/People/interactionC.db';
const BACKFILL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const COLUMNS = [
  'ZSTARTDATE',
  'ZENDDATE',
  'ZCREATIONDATE',
  'ZBUNDLEID',
  'ZACCOUNT',
  'ZTARGETBUNDLEID',
  'ZDIRECTION',
  'ZRECIPIENTCOUNT',
  'ZDOMAINIDENTIFIER',
  'ZISRESPONSE',
  'ZMECHANISM',
  'ZCONTENTURL',
  'ZGROUPNAME',
  'ZDERIVEDINTENTIDENTIFIER',
  'ZSENDER',
];

/** Interactions with people; columns that an older system lacks are empty. */
export const interactions: ArtefactModule<IosFiles, InteractionRecord> = {
  artefact: ARTEFACT,
  async read(source, emit) {
    const people = await whatsappPeople(source);
    const files = listed(source, 'HomeDomain', PATH);
    return readDatabases(source, ARTEFACT, files, `HomeDomain/${PATH}`, (database, path) => {
      const contacts = readContacts(database, people);
      const recipients = readJoins(
        database,
        /^Z_\d+INTERACTIONRECIPIENT$/,
        /^z_\d+interactionrecipient$/,
        /^z_\d+recipients$/,
      );
      const attached = readJoins(database, /^Z_\d+INTERACTIONS$/, /^z_\d+interactions$/, /^z_\d+attachments$/);
      const attachments = readAttachments(database);
      let records = 0;
      for (const { rowid, values } of database.rows('ZINTERACTIONS', COLUMNS)) {
        records++;
        const some = <T>(ids: readonly number[] | undefined, from: ReadonlyMap<number, T>): T[] =>
          (ids ?? []).flatMap((id) => from.get(id) ?? []);
        const record = recordOf(path, rowid, values, {
          sender: contacts.get(keyOf(values[14])),
          recipients: some(recipients.get(rowid), contacts),
          attachments: some(attached.get(rowid), attachments),
        });
        emit.record(record);
        tell(record, emit);
      }
      if (emit.event !== undefined) for (const contact of contacts.values()) tellContact(contact, path, emit);
      return records;
    });
  },
};

const CONTACT_COLUMNS = [
  'ZDISPLAYNAME',
  'ZIDENTIFIER',
  'ZPERSONID',
  'ZCUSTOMIDENTIFIER',
  'ZINCOMINGRECIPIENTCOUNT',
  'ZINCOMINGSENDERCOUNT',
  'ZOUTGOINGRECIPIENTCOUNT',
  'ZCREATIONDATE',
  'ZFIRSTINCOMINGSENDERDATE',
  'ZFIRSTINCOMINGRECIPIENTDATE',
  'ZFIRSTOUTGOINGRECIPIENTDATE',
  'ZLASTINCOMINGSENDERDATE',
  'ZLASTINCOMINGRECIPIENTDATE',
  'ZLASTOUTGOINGRECIPIENTDATE',
];

function readContacts(
  database: SqliteDatabase,
  people: ReadonlyMap<string, WhatsappPerson>,
): ReadonlyMap<number, InteractionContact> {
  const contacts = new Map<number, InteractionContact>();
  for (const { rowid: id, values } of rowsIfAny(database, 'ZCONTACTS', CONTACT_COLUMNS)) {
    const identifier = plainText(values[1]);
    contacts.set(id, {
      id,
      name: plainText(values[0]),
      identifier,
      personId: plainText(values[2]),
      customIdentifier: plainText(values[3]),
      resolved: people.get(identifier),
      incomingRecipientCount: numberOf(values[4]),
      incomingSenderCount: numberOf(values[5]),
      outgoingRecipientCount: numberOf(values[6]),
      createdAtMs: appleTimeMs(values[7]),
      firstIncomingSenderAtMs: appleTimeMs(values[8]),
      firstIncomingRecipientAtMs: appleTimeMs(values[9]),
      firstOutgoingRecipientAtMs: appleTimeMs(values[10]),
      lastIncomingSenderAtMs: appleTimeMs(values[11]),
      lastIncomingRecipientAtMs: appleTimeMs(values[12]),
      lastOutgoingRecipientAtMs: appleTimeMs(values[13]),
    });
  }
  return contacts;
}

/** Core Data numbers its join tables by the version of the model: table and columns are found by their shape. */
function readJoins(
  database: SqliteDatabase,
  table: RegExp,
  from: RegExp,
  to: RegExp,
): ReadonlyMap<number, readonly number[]> {
  const joins = new Map<number, number[]>();
  for (const name of database.tables) {
    if (!table.test(name)) continue;
    const columns = database.columns(name) ?? [];
    const [left, right] = [columns.find((column) => from.test(column)), columns.find((column) => to.test(column))];
    if (left === undefined || right === undefined) continue;
    for (const { values } of database.rows(name, [left, right])) {
      const others = joins.get(keyOf(values[0]));
      if (others === undefined) joins.set(keyOf(values[0]), [keyOf(values[1])]);
      else others.push(keyOf(values[1]));
    }
  }
  return joins;
}

function readAttachments(database: SqliteDatabase): ReadonlyMap<number, InteractionAttachment> {
  const attachments = new Map<number, InteractionAttachment>();
  const columns = ['ZCONTENTTEXT', 'ZUTI', 'ZCONTENTURL', 'ZSIZEINBYTES', 'ZIDENTIFIER'];
  for (const { rowid, values } of rowsIfAny(database, 'ZATTACHMENT', columns)) {
    const [text, type, url, size, identifier] = values;
    attachments.set(rowid, {
      text: plainText(text),
      type: plainText(type),
      url: plainText(url),
      sizeBytes: numberOf(size),
      identifier: plainText(identifier),
    });
  }
  return attachments;
}

function recordOf(
  path: string,
  id: number,
  values: readonly SqliteValue[],
  joined: Pick<InteractionRecord, 'sender' | 'recipients' | 'attachments'>,
): InteractionRecord {
  const [startAtMs, endAtMs, createdAtMs] = [appleTimeMs(values[0]), appleTimeMs(values[1]), appleTimeMs(values[2])];
  return {
    path,
    id,
    startAtMs,
    endAtMs,
    createdAtMs,
    bundleId: plainText(values[3]),
    account: plainText(values[4]),
    targetBundleId: plainText(values[5]),
    direction: values[6] === 0 ? 'incoming' : values[6] === 1 ? 'outgoing' : 'unknown',
    recipientCount: numberOf(values[7]),
    domain: plainText(values[8]),
    response: values[9] === 1,
    mechanism: numberOf(values[10]),
    contentUrl: plainText(values[11]),
    groupName: plainText(values[12]),
    intent: plainText(values[13]),
    ...joined,
    backfilled: startAtMs !== undefined && createdAtMs !== undefined && Math.abs(createdAtMs - startAtMs) > BACKFILL_MS,
  };
}

function tell(record: InteractionRecord, emit: Emit<InteractionRecord>): void {
  const { path, id, startAtMs, createdAtMs, sender, recipients, contentUrl, attachments } = record;
  const common = {
    evidence: 'received',
    artefact: ARTEFACT,
    path,
    locator: `ZINTERACTIONS Z_PK ${id}`,
    atMs: startAtMs ?? createdAtMs,
  } as const;
  for (const { identifier } of sender === undefined ? recipients : [sender, ...recipients]) {
    if (identifier.includes('@') && !identifier.endsWith('@lid') && !identifier.endsWith('whatsapp.net'))
      emit.sighting({ kind: 'email', value: identifier, ...common });
  }
  for (const value of [contentUrl, ...attachments.map(({ url }) => url)]) {
    if (/^https?:/i.test(value)) emit.sighting({ kind: 'url', value, ...common });
  }
  if (emit.event === undefined) return;
  const who = [sender, ...recipients].flatMap((contact) => (contact === undefined ? [] : [nameOf(contact)])).join(', ');
  const detail = `${record.bundleId}: ${who}`;
  if (startAtMs !== undefined)
    emit.event({ atMs: startAtMs, artefact: ARTEFACT, path, what: `interaction, ${record.direction}`, detail });
  if (record.backfilled && startAtMs !== undefined && createdAtMs !== undefined) {
    const days = Math.round(Math.abs(createdAtMs - startAtMs) / DAY_MS);
    const distance = days > 0 ? `${days} days` : `${Math.round(Math.abs(createdAtMs - startAtMs) / 3_600_000)} hours`;
    const what = `interaction entered ${distance} ${createdAtMs > startAtMs ? 'after' : 'before'} it began`;
    emit.event({ atMs: createdAtMs, artefact: ARTEFACT, path, what, detail });
  }
}

function nameOf({ name, identifier, resolved }: InteractionContact): string {
  const known = resolved === undefined ? identifier : `${identifier} (${resolved.name} ${resolved.phoneNumber})`;
  return `${name} ${known}`.trim();
}

/** First and last contact with a person, once per person. */
function tellContact(contact: InteractionContact, path: string, emit: Emit<InteractionRecord>): void {
  for (const [what, atMs] of [
    ['person first seen as sender', contact.firstIncomingSenderAtMs],
    ['person first seen as recipient', contact.firstIncomingRecipientAtMs],
    ['person first written to', contact.firstOutgoingRecipientAtMs],
    ['person last seen as sender', contact.lastIncomingSenderAtMs],
    ['person last seen as recipient', contact.lastIncomingRecipientAtMs],
    ['person last written to', contact.lastOutgoingRecipientAtMs],
  ] as const) {
    if (atMs !== undefined) emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: nameOf(contact) });
  }
}
