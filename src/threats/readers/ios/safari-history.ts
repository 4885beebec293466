import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, readDatabases } from './files.ts';

export interface SafariVisit {
  readonly path: string;
  readonly visitId: number;
  readonly url: string;
  readonly atMs: number | undefined;
}

const HISTORY = /(?:^|\/)(?:Safari\/)?(?:Profiles\/[^/]+\/)?History\.db$/;

export const safariHistory: ArtefactModule<IosFiles, SafariVisit> = {
  artefact: 'safari-history',
  read(source, emit) {
    const files = source.named('History.db').filter((file) => HISTORY.test(file.relativePath));
    return readDatabases(source, 'safari-history', files, 'Library/Safari/History.db', (database, path) => {
      const urls = new Map<number, string>();
      for (const { rowid, values } of database.rows('history_items', ['url'])) {
        if (typeof values[0] === 'string') urls.set(rowid, values[0]);
      }
      const visited = new Set<number>();
      let records = 0;
      const common = { kind: 'url', evidence: 'visited', artefact: 'safari-history', path } as const;
      for (const { rowid, values } of database.rows('history_visits', ['history_item', 'visit_time'])) {
        records++;
        const item = typeof values[0] === 'number' ? values[0] : -1;
        const url = urls.get(item);
        visited.add(item);
        if (url === undefined) continue;
        const atMs = appleTimeMs(values[1]);
        emit.sighting({ value: url, ...common, locator: `visit ${rowid}`, atMs });
        emit.record({ path, visitId: rowid, url, atMs });
      }
      for (const [item, url] of urls) {
        if (!visited.has(item))
          emit.sighting({ value: url, ...common, locator: `history item ${item}`, atMs: undefined });
      }
      return records;
    });
  },
};
