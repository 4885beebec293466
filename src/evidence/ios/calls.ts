import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, numberOf, plainText, readDatabases } from './files.ts';

export interface CallRecord {
  readonly path: string;
  readonly id: number;
  readonly atMs: number | undefined;
  readonly durationSeconds: number | undefined;
  readonly location: string;
  /** Phone number, or the address of a FaceTime account. */
  readonly number: string;
  readonly provider: string;
}

const ARTEFACT = 'calls';
const PATH = 'Library/CallHistoryDB/CallHistory.storedata';
const COLUMNS = ['ZDATE', 'ZDURATION', 'ZLOCATION', 'ZADDRESS', 'ZSERVICE_PROVIDER'];

/** Call history; backups hold it only when they are encrypted. */
export const calls: ArtefactModule<IosFiles, CallRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      let records = 0;
      for (const { rowid: id, values } of database.rows('ZCALLRECORD', COLUMNS)) {
        records++;
        const [date, duration, location, address, provider] = values;
        const atMs = appleTimeMs(date);
        const number = plainText(address);
        const durationSeconds = numberOf(duration);
        emit.record({
          path,
          id,
          atMs,
          durationSeconds,
          location: plainText(location),
          number,
          provider: plainText(provider),
        });
        if (number.includes('@')) {
          const locator = `ZCALLRECORD Z_PK ${id}`;
          emit.sighting({
            kind: 'email',
            value: number,
            evidence: 'received',
            artefact: ARTEFACT,
            path,
            locator,
            atMs,
          });
        }
        if (atMs !== undefined)
          emit.event?.({
            atMs,
            artefact: ARTEFACT,
            path,
            what: 'call',
            detail: `${number}, ${durationSeconds ?? 0} s`,
          });
      }
      return records;
    }),
};
