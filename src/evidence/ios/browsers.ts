import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { chromeTimeMs, microsecondsTimeMs, unixTimeMs } from '../times.ts';
import { type IosFiles, keyOf, listed, numberOf, plainText, readDatabases, rowsIfAny } from './files.ts';

/** A page that another browser than Safari visited. */
export interface BrowserVisitRecord {
  readonly path: string;
  readonly visitId: number;
  readonly url: string;
  readonly title: string;
  readonly atMs: number | undefined;
  /** The visit that led to this one, where the browser tells. */
  readonly fromVisitId: number | undefined;
}

/** The icon of a page, which stays longer than its visit. */
export interface BrowserIconRecord {
  readonly path: string;
  readonly pageUrl: string;
  readonly iconUrl: string;
  readonly atMs: number | undefined;
}

const CHROME = 'AppDomain-com.google.chrome.ios';
const CHROME_PROFILE = 'Library/Application Support/Google/Chrome/Default';
const FIREFOX = 'AppDomainGroup-group.org.mozilla.ios.Firefox';
const FIREFOX_DATABASE = 'profile.profile/browser.db';

export const chromeHistory = browserModule<BrowserVisitRecord>(
  'chrome-history',
  CHROME,
  `${CHROME_PROFILE}/History`,
  function* (database, path) {
    const pages = new Map<number, { url: string; title: string }>();
    for (const { rowid, values } of database.rows('urls', ['url', 'title'])) {
      pages.set(rowid, { url: plainText(values[0]), title: plainText(values[1]) });
    }
    for (const { rowid: visitId, values } of database.rows('visits', ['url', 'visit_time', 'from_visit'])) {
      const page = pages.get(keyOf(values[0]));
      if (page === undefined) continue;
      yield { path, visitId, ...page, atMs: chromeTimeMs(values[1]), fromVisitId: numberOf(values[2]) };
    }
  },
  visitEmitter('chrome-history'),
);

export const chromeFavicons = browserModule<BrowserIconRecord>(
  'chrome-favicons',
  CHROME,
  `${CHROME_PROFILE}/Favicons`,
  function* (database, path) {
    const icons = new Map<number, string>();
    for (const { rowid, values } of database.rows('favicons', ['url'])) icons.set(rowid, plainText(values[0]));
    const seen = new Map<number, number | undefined>();
    const columns = ['icon_id', 'last_updated', 'last_requested'];
    for (const { values } of rowsIfAny(database, 'favicon_bitmaps', columns)) {
      seen.set(keyOf(values[0]), chromeTimeMs(values[1]) ?? chromeTimeMs(values[2]));
    }
    for (const { values } of database.rows('icon_mapping', ['page_url', 'icon_id'])) {
      const icon = keyOf(values[1]);
      yield { path, pageUrl: plainText(values[0]), iconUrl: icons.get(icon) ?? '', atMs: seen.get(icon) };
    }
  },
  iconEmitter('chrome-favicons'),
);

export const firefoxHistory = browserModule<BrowserVisitRecord>(
  'firefox-history',
  FIREFOX,
  FIREFOX_DATABASE,
  function* (database, path) {
    const pages = firefoxPages(database);
    for (const { rowid: visitId, values } of database.rows('visits', ['siteID', 'date'])) {
      const page = pages.get(keyOf(values[0]));
      if (page === undefined) continue;
      yield { path, visitId, ...page, atMs: microsecondsTimeMs(values[1]), fromVisitId: undefined };
    }
  },
  visitEmitter('firefox-history'),
);

export const firefoxFavicons = browserModule<BrowserIconRecord>(
  'firefox-favicons',
  FIREFOX,
  FIREFOX_DATABASE,
  function* (database, path) {
    const pages = firefoxPages(database);
    const icons = new Map<number, { url: string; atMs: number | undefined }>();
    for (const { rowid, values } of database.rows('favicons', ['url', 'date'])) {
      const seconds = numberOf(values[1]) ?? 0;
      icons.set(rowid, { url: plainText(values[0]), atMs: unixTimeMs(seconds > 1e11 ? seconds / 1000 : seconds) });
    }
    for (const { values } of database.rows('favicon_sites', ['siteID', 'faviconID'])) {
      const page = pages.get(keyOf(values[0]));
      const icon = icons.get(keyOf(values[1]));
      if (page !== undefined && icon !== undefined)
        yield { path, pageUrl: page.url, iconUrl: icon.url, atMs: icon.atMs };
    }
  },
  iconEmitter('firefox-favicons'),
);

function firefoxPages(database: SqliteDatabase): ReadonlyMap<number, { url: string; title: string }> {
  const pages = new Map<number, { url: string; title: string }>();
  for (const { rowid, values } of database.rows('history', ['url', 'title'])) {
    const [url, title]: readonly (SqliteValue | undefined)[] = values;
    pages.set(rowid, { url: plainText(url), title: plainText(title) });
  }
  return pages;
}

/** A module for one database of another browser: `records` yields its rows, `tell` their sightings and events. */
function browserModule<R>(
  artefact: string,
  domain: string,
  relativePath: string,
  records: (database: SqliteDatabase, path: string) => Generator<R>,
  tell: (record: R, emit: Emit<R>) => void,
): ArtefactModule<IosFiles, R> {
  return {
    artefact,
    read: (source, emit) =>
      readDatabases(
        source,
        artefact,
        listed(source, domain, relativePath),
        `${domain}/${relativePath}`,
        (database, path) => {
          let count = 0;
          for (const record of records(database, path)) {
            count++;
            emit.record(record);
            tell(record, emit);
          }
          return count;
        },
      ),
  };
}

function visitEmitter(artefact: string) {
  return ({ path, visitId, url, title, atMs }: BrowserVisitRecord, emit: Emit<BrowserVisitRecord>): void => {
    const locator = `visit ${visitId}`;
    emit.sighting({ kind: 'url', value: url, evidence: 'visited', artefact, path, locator, atMs });
    if (atMs !== undefined)
      emit.event?.({ atMs, artefact, path, what: 'page visited', detail: `${url} ${title}`.trim() });
  };
}

function iconEmitter(artefact: string) {
  return ({ path, pageUrl, iconUrl, atMs }: BrowserIconRecord, emit: Emit<BrowserIconRecord>): void => {
    for (const [value, locator] of [
      [pageUrl, 'page of an icon'],
      [iconUrl, 'icon of a page'],
    ] as const) {
      if (value !== '') emit.sighting({ kind: 'url', value, evidence: 'visited', artefact, path, locator, atMs });
    }
    if (atMs !== undefined) emit.event?.({ atMs, artefact, path, what: 'icon of page fetched', detail: pageUrl });
  };
}
