import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { isPlistDict, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import type { SqliteDatabase } from '../../formats/sqlite/index.ts';
import { parseStamp } from '../../formats/stamp/index.ts';
import { type Artefact, type ArtefactModule, absent, type Emit, examined, unreadable } from '../evidence.ts';
import { filesLike } from '../sysdiagnose/files.ts';
import { appleTimeMs, unixTimeMs } from '../times.ts';
import { type DataUsageRecord, dataUsage } from './data-usage.ts';
import {
  filesWhere,
  type IosFiles,
  keyOf,
  listed,
  pathOf,
  plainText,
  readDatabases,
  readEach,
  rowsIfAny,
} from './files.ts';

const CACHE = 'cache-files';

/** An answer of a web server that an app kept. */
export interface CachedAnswer {
  readonly path: string;
  readonly entryId: number;
  readonly url: string;
  readonly atMs: number | undefined;
}

/** Answers of web servers that apps keep in their Cache.db. */
export const cacheFiles: ArtefactModule<IosFiles, CachedAnswer> = {
  artefact: CACHE,
  read: (source, emit) =>
    readDatabases(source, CACHE, source.named('Cache.db'), '*/Cache.db', (database, path) => {
      let records = 0;
      const columns = ['entry_ID', 'request_key', 'time_stamp'];
      for (const { rowid, values } of rowsIfAny(database, 'cfurl_cache_response', columns)) {
        records++;
        const entryId = typeof values[0] === 'number' ? values[0] : rowid;
        const url = plainText(values[1]);
        // Written by SQLite's CURRENT_TIMESTAMP, which is UTC.
        const atMs = parseStamp(plainText(values[2]))?.atMs;
        emit.record({ path, entryId, url, atMs });
        const common = { artefact: CACHE, path, locator: `entry ${entryId}`, atMs } as const;
        // A page, a picture in a mail or an advertisement puts it there.
        emit.sighting({ kind: 'url', value: url, evidence: 'visited', ...common });
        if (atMs !== undefined) emit.event?.({ atMs, artefact: CACHE, path, what: 'web answer kept', detail: url });
      }
      return records;
    }),
};

const NET_USAGE = 'net-usage';

/** The network's own table of programs, which has the shape of data usage. */
export const netUsage: ArtefactModule<IosFiles, DataUsageRecord> = {
  artefact: NET_USAGE,
  async read(source, emit) {
    const rows: Artefact[] = [];
    const files = ['NetworkDomain', 'DatabaseDomain'].flatMap((domain) => listed(source, domain, 'netusage.sqlite'));
    for (const file of new Map(files.map((own) => [own.id, own])).values()) {
      const view: IosFiles = {
        files: source.files,
        named: (name) => source.named(name),
        open: (own) => source.open(own),
        find: (own, path) => (own === 'WirelessDomain' ? file : source.find(own, path)),
      };
      const read = await dataUsage.read(view, {
        record: emit.record,
        sighting: (sighting) => emit.sighting({ ...sighting, artefact: NET_USAGE }),
        event: emit.event === undefined ? undefined : (event) => emit.event?.({ ...event, artefact: NET_USAGE }),
      });
      rows.push(...read.map((row) => ({ ...row, artefact: NET_USAGE })));
    }
    return rows.length > 0 ? rows : [absent(NET_USAGE, 'private/var/networkd/netusage.sqlite')];
  },
};

const ANALYTICS = 'keychain-analytics';
const ANALYTICS_TABLES = ['hard_failures', 'soft_failures', 'all_events'];
const MAX_STRINGS = 10_000;
const MAX_DEPTH = 16;

/** An event of the keychain's analytics; or a build of the system, where it first shows. */
export type AnalyticsRecord =
  | { readonly kind: 'event'; readonly path: string; readonly table: string; readonly atMs: number | undefined }
  | { readonly kind: 'build'; readonly path: string; readonly build: string; readonly firstAtMs: number };

/** Events of the keychain's services with all texts in them, and the builds of the system they name. */
export const keychainAnalytics: ArtefactModule<IosFiles, AnalyticsRecord> = {
  artefact: ANALYTICS,
  read: (source, emit) =>
    readDatabases(
      source,
      ANALYTICS,
      filesWhere(source, ({ absolutePath = '' }) => /\/Keychains\/Analytics\/[^/]+\.db$/.test(absolutePath)),
      'KeychainDomain/Analytics/*.db',
      (database, path) => readAnalytics(database, path, emit),
    ),
};

function readAnalytics(database: SqliteDatabase, path: string, emit: Emit<AnalyticsRecord>): number {
  const builds = new Map<string, number>();
  let records = 0;
  for (const table of ANALYTICS_TABLES) {
    for (const { rowid, values } of rowsIfAny(database, table, ['timestamp', 'data'])) {
      const [time, data] = values;
      if (time === null && data === null) continue;
      records++;
      const atMs = unixTimeMs(time);
      emit.record({ kind: 'event', path, table, atMs });
      const strings = new Set<string>();
      const list = data instanceof Uint8Array ? plistOf(data) : null;
      collectStrings(list, strings, 0);
      const common = { artefact: ANALYTICS, path, locator: `${table} row ${rowid}`, atMs } as const;
      for (const value of strings) {
        if (value.includes('://')) emit.sighting({ kind: 'url', value, evidence: 'visited', ...common });
        // Any text may stand here: that it names a process does not show that it ran.
        else emit.sighting({ kind: 'process', value, evidence: 'structure', ...common });
      }
      const build = isPlistDict(list) ? list['build'] : undefined;
      if (typeof build === 'string' && atMs !== undefined) {
        builds.set(build, Math.min(builds.get(build) ?? atMs, atMs));
      }
      if (atMs !== undefined) emit.event?.({ atMs, artefact: ANALYTICS, path, what: 'keychain event', detail: table });
    }
  }
  for (const [build, firstAtMs] of builds) {
    emit.record({ kind: 'build', path, build, firstAtMs });
    emit.event?.({ atMs: firstAtMs, artefact: ANALYTICS, path, what: 'system build first seen', detail: build });
  }
  return records;
}

function plistOf(bytes: Uint8Array): PlistValue {
  try {
    return parsePlist(bytes);
  } catch (error) {
    if (error instanceof FormatError) return null; // one row's content; the byte scan sees it still
    throw error;
  }
}

function collectStrings(value: PlistValue | undefined, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH || found.size >= MAX_STRINGS) return;
  if (typeof value === 'string') found.add(value);
  else if (Array.isArray(value)) for (const item of value) collectStrings(item, found, depth + 1);
  else if (isPlistDict(value)) for (const key of Object.keys(value)) collectStrings(value[key], found, depth + 1);
}

const FAVICON = 'safari-favicons';

/** Icons of pages that Safari showed, or tried to get. */
export const safariFavicons: ArtefactModule<
  IosFiles,
  { readonly path: string; readonly url: string; readonly iconUrl: string; readonly atMs: number | undefined }
> = {
  artefact: FAVICON,
  read: (source, emit) =>
    readDatabases(
      source,
      FAVICON,
      source.named('Favicons.db'),
      'HomeDomain/Library/Image Cache/Favicons/Favicons.db',
      (database, path) => {
        const icons = new Map<string, { readonly url: string; readonly atMs: number | undefined }>();
        for (const { values } of rowsIfAny(database, 'icon_info', ['uuid', 'url', 'timestamp'])) {
          icons.set(plainText(values[0]), { url: plainText(values[1]), atMs: appleTimeMs(values[2]) });
        }
        let records = 0;
        const tell = (url: string, iconUrl: string, atMs: number | undefined, locator: string): void => {
          records++;
          emit.record({ path, url, iconUrl, atMs });
          const common = { evidence: 'visited', artefact: FAVICON, path, locator, atMs } as const;
          for (const value of new Set([url, iconUrl]))
            if (value !== '') emit.sighting({ kind: 'url', value, ...common });
          if (atMs !== undefined) emit.event?.({ atMs, artefact: FAVICON, path, what: 'page icon kept', detail: url });
        };
        for (const { rowid, values } of rowsIfAny(database, 'page_url', ['url', 'uuid'])) {
          const icon = icons.get(plainText(values[1]));
          tell(plainText(values[0]), icon?.url ?? '', icon?.atMs, `page_url row ${keyOf(rowid)}`);
        }
        const rejected = ['page_url', 'icon_url', 'timestamp'];
        for (const { rowid, values } of rowsIfAny(database, 'rejected_resources', rejected)) {
          const [page, icon, time] = values;
          tell(plainText(page), plainText(icon), appleTimeMs(time), `rejected_resources row ${keyOf(rowid)}`);
        }
        return records;
      },
    ),
};

const VERSIONS = 'ios-versions';
const MAX_HEAD_BYTES = 64 * 1024;

/** Systems that ran on the phone, by the first line of each day's analytics journal. */
export const iosVersions: ArtefactModule<
  IosFiles,
  { readonly path: string; readonly osVersion: string; readonly atMs: number | undefined }
> = {
  artefact: VERSIONS,
  read: (source, emit) =>
    readEach(
      VERSIONS,
      filesLike(source, /(?:^|\/)analyticsd\/Analytics-Journal-[^/]*\.ips$/),
      'DatabaseDomain/analyticsd/Analytics-Journal-*.ips',
      async (file, path) => {
        const open = await source.open(file);
        if (open === undefined) return unreadable(VERSIONS, path, 0, 'listed, content missing');
        const head = utf8TextLoose(open.read(0, MAX_HEAD_BYTES));
        open.close();
        const { osVersion, time } = headerOf(head);
        const atMs = time?.zoneKnown ? time.atMs : undefined;
        emit.record({ path, osVersion, atMs });
        if (atMs !== undefined) emit.event?.({ atMs, artefact: VERSIONS, path, what: 'system', detail: osVersion });
        return examined(VERSIONS, path, 1);
      },
    ),
};

function headerOf(text: string) {
  let header: unknown;
  try {
    header = JSON.parse(text.slice(0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n')));
  } catch {
    throw new FormatError('journal-header', 0, 'Cannot read journal: its first line is no JSON');
  }
  const field = (name: string): string => {
    const value: unknown = typeof header === 'object' && header !== null ? Reflect.get(header, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { osVersion: field('os_version'), time: parseStamp(field('timestamp')) };
}

const WEBSITES = 'webkit-websites';
/** "https_www.example.org_0" below WebsiteData, in apps and in Safari's view within them; hosts may hold underscores. */
const WEBSITE = /\/WebsiteData\/(?:[^/]+\/){0,3}(https?)_([^/]+)_(\d{1,5})(?:\.localstorage[\w-]*)?(?:\/|$)/;

/** Web sites that kept data on the phone, by the names of their folders. */
export const webkitWebsites: ArtefactModule<IosFiles, { readonly path: string; readonly url: string }> = {
  artefact: WEBSITES,
  read(source, emit) {
    const seen = new Set<string>();
    for (const file of source.files) {
      const match = file.relativePath.includes('/WebsiteData/') ? WEBSITE.exec(file.relativePath) : null;
      if (match === null) continue;
      const path = pathOf(file);
      const end = path.indexOf(`${match[1]}_${match[2]}_${match[3]}`) + `${match[1]}_${match[2]}_${match[3]}`.length;
      const folder = path.slice(0, end);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const url = `${match[1]}://${match[2]}/`;
      emit.record({ path: folder, url });
      const common = { artefact: WEBSITES, path: folder, locator: 'folder', atMs: undefined } as const;
      emit.sighting({ kind: 'url', value: url, evidence: 'visited', ...common });
    }
    return Promise.resolve([
      seen.size === 0 ? absent(WEBSITES, '*/WebsiteData/*') : examined(WEBSITES, '*/WebsiteData/*', seen.size),
    ]);
  },
};
