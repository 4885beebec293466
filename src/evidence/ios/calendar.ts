import type { SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { linksIn } from '../links.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, keyOf, listed, plainText, readDatabases, rowsIfAny } from './files.ts';

interface Participant {
  readonly id: number;
  readonly email: string;
  readonly phoneNumber: string;
  readonly comment: string;
}

export interface CalendarRecord {
  readonly path: string;
  readonly id: number;
  readonly summary: string;
  readonly description: string;
  readonly startAtMs: number | undefined;
  readonly endAtMs: number | undefined;
  readonly createdAtMs: number | undefined;
  readonly modifiedAtMs: number | undefined;
  readonly uniqueIdentifier: string;
  readonly externalId: string;
  readonly url: string;
  readonly hidden: boolean;
  readonly organiser: Participant | undefined;
  /** Everybody invited, the organiser too. */
  readonly participants: readonly Participant[];
}

const ARTEFACT = 'calendar';
const PATH = 'Library/Calendar/Calendar.sqlitedb';
const COLUMNS = [
  'summary',
  'description',
  'start_date',
  'end_date',
  'creation_date',
  'last_modified',
  'unique_identifier',
  'external_id',
  'url',
  'hidden',
  'organizer_id',
  'conference_url',
];

/** Calendar items with all their participants and links: an invitation reaches a phone without being accepted. */
export const calendar: ArtefactModule<IosFiles, CalendarRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const people = new Map<number, Participant>();
      const invited = new Map<number, Participant[]>();
      const columns = ['email', 'phone_number', 'comment', 'owner_id'];
      for (const { rowid: id, values } of rowsIfAny(database, 'Participant', columns)) {
        const [email, phoneNumber, comment, owner] = values;
        const address = plainText(email).replace(/^mailto:/i, '');
        const person = { id, email: address, phoneNumber: plainText(phoneNumber), comment: plainText(comment) };
        people.set(id, person);
        const others = invited.get(keyOf(owner));
        if (others === undefined) invited.set(keyOf(owner), [person]);
        else others.push(person);
      }
      let records = 0;
      for (const { rowid, values } of database.rows('CalendarItem', COLUMNS)) {
        records++;
        const organiser = people.get(keyOf(values[10]));
        const others = invited.get(rowid) ?? [];
        const participants = organiser === undefined || others.includes(organiser) ? others : [organiser, ...others];
        const record = recordOf(path, rowid, values, organiser, participants);
        emit.record(record);
        const { startAtMs, createdAtMs, modifiedAtMs } = record;
        const common = {
          evidence: 'received',
          artefact: ARTEFACT,
          path,
          locator: `CalendarItem ROWID ${rowid}`,
          atMs: createdAtMs ?? modifiedAtMs,
        } as const;
        for (const { email } of participants) {
          if (email !== '') emit.sighting({ kind: 'email', value: email, ...common });
        }
        const texts = [record.url, record.description, plainText(values[11])];
        for (const url of new Set(texts.flatMap(linksIn))) emit.sighting({ kind: 'url', value: url, ...common });
        for (const [what, atMs] of [
          ['calendar item starts', startAtMs],
          ['calendar item created', createdAtMs],
          ['calendar item modified', modifiedAtMs],
        ] as const) {
          if (atMs !== undefined) emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: record.summary });
        }
      }
      return records;
    }),
};

function recordOf(
  path: string,
  id: number,
  values: readonly SqliteValue[],
  organiser: Participant | undefined,
  participants: readonly Participant[],
): CalendarRecord {
  const [summary, description, start, end, created, modified, unique, external, url, hidden] = values;
  return {
    path,
    id,
    summary: plainText(summary),
    description: plainText(description),
    startAtMs: appleTimeMs(start),
    endAtMs: appleTimeMs(end),
    createdAtMs: appleTimeMs(created),
    modifiedAtMs: appleTimeMs(modified),
    uniqueIdentifier: plainText(unique),
    externalId: plainText(external),
    url: plainText(url),
    hidden: hidden === 1,
    organiser,
    participants,
  };
}
