import type { ArtefactModule } from '../evidence.ts';
import { type IosFiles, keyOf, listed, plainText, readDatabases } from './files.ts';

/** One value (number, address) of a person in the address book. */
export interface ContactRecord {
  readonly path: string;
  readonly first: string;
  readonly middle: string;
  readonly last: string;
  readonly organisation: string;
  readonly value: string;
}

const ARTEFACT = 'contacts';
const PATH = 'Library/AddressBook/AddressBook.sqlitedb';

export const contacts: ArtefactModule<IosFiles, ContactRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const people = new Map<number, Omit<ContactRecord, 'value'>>();
      for (const { rowid, values } of database.rows('ABPerson', ['First', 'Middle', 'Last', 'Organization'])) {
        const [first, middle, last, organisation] = values.map(plainText);
        people.set(rowid, {
          path,
          first: first ?? '',
          middle: middle ?? '',
          last: last ?? '',
          organisation: organisation ?? '',
        });
      }
      let records = 0;
      for (const { values } of database.rows('ABMultiValue', ['record_id', 'value'])) {
        const person = people.get(keyOf(values[0]));
        if (person === undefined || values[1] === null) continue;
        records++;
        emit.record({ ...person, value: plainText(values[1]) });
      }
      return records;
    }),
};
