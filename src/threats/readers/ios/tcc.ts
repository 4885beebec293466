import type { ArtefactModule } from '../evidence.ts';
import { unixTimeMs } from '../times.ts';
import { type IosFiles, listed, plainText, readDatabases } from './files.ts';

export interface TccRecord {
  readonly path: string;
  readonly service: string;
  readonly client: string;
  readonly atMs: number | undefined;
}

const PATH = 'Library/TCC/TCC.db';

/** Permissions that programs were given. */
export const tcc: ArtefactModule<IosFiles, TccRecord> = {
  artefact: 'permissions',
  read: (source, emit) =>
    readDatabases(source, 'permissions', listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      let records = 0;
      for (const { rowid, values } of database.rows('access', ['service', 'client', 'last_modified'])) {
        records++;
        const [service, client, modified] = values;
        if (typeof client !== 'string') continue;
        const atMs = unixTimeMs(modified);
        const locator = `access row ${rowid}, ${plainText(service)}`;
        emit.sighting({
          kind: 'process',
          value: client,
          evidence: 'permitted',
          artefact: 'permissions',
          path,
          locator,
          atMs,
        });
        emit.record({ path, service: plainText(service), client, atMs });
      }
      return records;
    }),
};
