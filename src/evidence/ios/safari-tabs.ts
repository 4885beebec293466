import type { ArtefactModule } from '../evidence.ts';
import { deletedPlace, type IosFiles, plainText, readDatabases } from './files.ts';
import { safariFiles } from './safari-files.ts';

/** A tab that is open, or was when its group was last shown. */
export interface SafariSavedTab {
  readonly path: string;
  readonly id: number;
  readonly title: string;
  readonly url: string;
}

const ARTEFACT = 'safari-tabs';
const NAME = 'SafariTabs.db';

/** Tabs and groups of tabs as Safari keeps them since iOS 15, in the table of bookmarks; the closed ones stay in freed space for a while. */
export const safariTabs: ArtefactModule<IosFiles, SafariSavedTab> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, safariFiles(source, NAME), `Library/Safari/${NAME}`, (database, path) => {
      const common = { kind: 'url', evidence: 'visited', artefact: ARTEFACT, path, atMs: undefined } as const;
      const present = new Set<string>();
      let records = 0;
      for (const { rowid: id, values } of database.rows('bookmarks', ['title', 'url'])) {
        const [title, url] = [plainText(values[0]), plainText(values[1])];
        // Groups and windows are rows of the same table, without an address.
        if (!url.includes('://')) continue;
        records++;
        present.add(url);
        emit.record({ path, id, title, url });
        emit.sighting({ ...common, value: url, locator: `bookmarks id ${id}` });
      }
      for (const row of database.deletedRows('bookmarks', ['url'])) {
        const url = plainText(row.values[0]);
        if (url.includes('://') && !present.has(url))
          emit.sighting({ ...common, value: url, locator: deletedPlace('bookmarks', 'id', row) });
      }
      return records;
    }),
};
