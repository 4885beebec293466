import { isPlistDict, type PlistDict, type PlistValue } from '../../formats/plist/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs, unixTimeMs } from '../times.ts';
import { type IosFiles, namedIn, type PhoneFile, plainText, readDatabases, readPlists } from './files.ts';

/** A site that WebKit watches for tracking. */
export interface ObservedDomainRecord {
  readonly path: string;
  readonly domainId: number;
  /** Bare host. */
  readonly domain: string;
  readonly lastSeenAtMs: number | undefined;
  readonly interaction: boolean;
  readonly lastInteractionAtMs: number | undefined;
  readonly lastPushAtMs: number | undefined;
}

/** A site in the resource log of a browsing session, with the sites before and after it. */
export interface ResourceLogRecord {
  readonly path: string;
  readonly origin: string;
  readonly redirectsFrom: readonly string[];
  readonly redirectsTo: readonly string[];
  readonly subframesOf: readonly string[];
  readonly subresourcesOf: readonly string[];
  readonly interaction: boolean;
  readonly lastInteractionAtMs: number | undefined;
  readonly lastSeenAtMs: number | undefined;
}

const STATISTICS = 'webkit-statistics';
const LOG = 'webkit-session-log';
const FOLDER = 'Library/WebKit/WebsiteData/ResourceLoadStatistics';
const COLUMNS = [
  'registrableDomain',
  'lastSeen',
  'hadUserInteraction',
  'mostRecentUserInteractionTime',
  'mostRecentWebPushInteractionTime',
];
const LISTS = [
  'topFrameUniqueRedirectsFrom',
  'topFrameUniqueRedirectsTo',
  'subframeUnderTopFrameOrigins',
  'subresourceUnderTopFrameOrigins',
] as const;

/** Sites that any app showed through WebKit: stays when a history was deleted. */
export const webkitStatistics: ArtefactModule<IosFiles, ObservedDomainRecord> = {
  artefact: STATISTICS,
  read: (source, emit) =>
    readDatabases(
      source,
      STATISTICS,
      webkitFiles(source, 'observations.db'),
      `AppDomain-*/${FOLDER}/observations.db`,
      (database, path) => {
        let records = 0;
        for (const { rowid: domainId, values } of database.rows('ObservedDomains', COLUMNS)) {
          records++;
          const [name, seen, had, interacted, pushed] = values;
          const domain = plainText(name);
          const lastSeenAtMs = unixTimeMs(seen);
          const lastInteractionAtMs = unixTimeMs(interacted);
          const lastPushAtMs = unixTimeMs(pushed);
          emit.record({
            path,
            domainId,
            domain,
            lastSeenAtMs,
            interaction: had === 1,
            lastInteractionAtMs,
            lastPushAtMs,
          });
          const locator = `ObservedDomains domainID ${domainId}`;
          const atMs = lastSeenAtMs ?? lastInteractionAtMs;
          emit.sighting({
            kind: 'host',
            value: domain,
            evidence: 'visited',
            artefact: STATISTICS,
            path,
            locator,
            atMs,
          });
          for (const [what, at] of [
            ['site last seen', lastSeenAtMs],
            ['site last used', lastInteractionAtMs],
            ['site last notified', lastPushAtMs],
          ] as const) {
            if (at !== undefined) emit.event?.({ atMs: at, artefact: STATISTICS, path, what, detail: domain });
          }
        }
        return records;
      },
    ),
};

/** The log of one browsing session, with the chain of redirects around each site. */
export const webkitSessionLog: ArtefactModule<IosFiles, ResourceLogRecord> = {
  artefact: LOG,
  read(source, emit) {
    const name = 'full_browsing_session_resourceLog.plist';
    return readPlists(source, LOG, webkitFiles(source, name), `AppDomain-*/${FOLDER}/${name}`, (plist, path) => {
      const entries = plist['browsingStatistics'];
      const items = Array.isArray(entries) ? entries.filter(isPlistDict) : [];
      for (const [i, item] of items.entries()) {
        const record = logRecordOf(item, path);
        emit.record(record);
        const atMs = record.lastSeenAtMs;
        const chain = [...record.redirectsFrom, record.origin, ...record.redirectsTo].slice(0, 8).join(' > ');
        const locator = `entry ${i + 1}: ${chain}`.slice(0, 400);
        const sites = [
          record.origin,
          ...record.redirectsFrom,
          ...record.redirectsTo,
          ...record.subframesOf,
          ...record.subresourcesOf,
        ];
        for (const value of new Set(sites)) {
          const kind = value.includes('://') ? 'url' : 'host';
          emit.sighting({ kind, value, evidence: 'visited', artefact: LOG, path, locator, atMs });
        }
        if (atMs !== undefined) emit.event?.({ atMs, artefact: LOG, path, what: 'site last seen', detail: chain });
      }
      return items.length;
    });
  },
};

function logRecordOf(item: PlistDict, path: string): ResourceLogRecord {
  const origin = item['PrevalentResourceOrigin'];
  const [redirectsFrom = [], redirectsTo = [], subframesOf = [], subresourcesOf = []] = LISTS.map((key) =>
    sitesIn(item[key]),
  );
  return {
    path,
    origin: typeof origin === 'string' ? origin : '',
    redirectsFrom,
    redirectsTo,
    subframesOf,
    subresourcesOf,
    interaction: item['hadUserInteraction'] === true,
    lastInteractionAtMs: logTimeMs(item['mostRecentUserInteraction']),
    lastSeenAtMs: logTimeMs(item['lastSeen']),
  };
}

/** Entries hold their site under `origin`, on newer systems under `domain`. */
function sitesIn(value: PlistValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const site = isPlistDict(entry) ? (entry['origin'] ?? entry['domain']) : entry;
    return typeof site === 'string' && site !== '' ? [site] : [];
  });
}

function logTimeMs(value: PlistValue | undefined): number | undefined {
  return value instanceof Date ? value.getTime() : (unixTimeMs(value) ?? appleTimeMs(value));
}

/** Files of that name in any app, and Safari's under its usual id. */
function webkitFiles(source: IosFiles, name: string): readonly PhoneFile[] {
  const files = namedIn(source, name, [`ResourceLoadStatistics/${name}`]);
  const safari = source.find('AppDomain-com.apple.mobilesafari', `${FOLDER}/${name}`);
  return safari === undefined || files.some(({ id }) => id === safari.id) ? files : [...files, safari];
}
