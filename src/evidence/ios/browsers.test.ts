import { describe, expect, it } from 'vitest';
import { chromeFavicons, chromeHistory, firefoxFavicons, firefoxHistory } from './browsers.ts';
import { safariBrowserState } from './safari-browser-state.ts';
import { safariHistory } from './safari-history.ts';
import { safariTabs } from './safari-tabs.ts';
import { appleSeconds, type BackupFile, backupTree, binaryPlist, collect, databaseBytes } from './testing.ts';
import { webkitSessionLog, webkitStatistics } from './webkit.ts';

const AT = '2026-03-01T10:00:00Z';
const SAFARI = 'AppDomain-com.apple.mobilesafari';

type Visit = readonly [id: number, item: number, time: number, destination: number | null];

function history(path: string, urls: readonly string[], visits: readonly Visit[]): BackupFile {
  const bytes = databaseBytes((database) => {
    database.exec(`CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE);
      CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL, title TEXT, redirect_source INTEGER,
        redirect_destination INTEGER)`);
    for (const url of urls) database.prepare('INSERT INTO history_items (url) VALUES (?)').run(url);
    const insert = database.prepare('INSERT INTO history_visits VALUES (?, ?, ?, NULL, NULL, ?)');
    for (const visit of visits) insert.run(...visit);
  });
  return { domain: SAFARI, path, bytes };
}

describe('safari-history', () => {
  it('reads all profiles, and scopes ids of redirects to their database', async () => {
    const at = appleSeconds(AT);
    const tree = backupTree([
      history('Library/Safari/History.db', ['http://a.example.net/', 'https://never.example.net/'], [[1, 1, at, 2]]),
      history(
        'Library/Safari/Profiles/9D-1/History.db',
        ['http://b.example.net/', 'https://c.example.org/'],
        [
          [1, 2, at + 0.5, null],
          [2, 1, at, 1],
        ],
      ),
      { domain: 'AppDomain-org.other', path: 'Documents/History.db.old/x', bytes: new Uint8Array(3) },
    ]);
    const { records, sightings, rows } = await collect(safariHistory, tree);
    expect(rows.map(({ path, records: count }) => [path, count])).toEqual([
      [`${SAFARI}/Library/Safari/History.db`, 1],
      [`${SAFARI}/Library/Safari/Profiles/9D-1/History.db`, 2],
    ]);
    expect(records.filter(({ kind }) => kind === 'redirect')).toEqual([
      {
        kind: 'redirect',
        path: `${SAFARI}/Library/Safari/Profiles/9D-1/History.db`,
        visitId: 2,
        fromUrl: 'http://b.example.net/',
        toUrl: 'https://c.example.org/',
        atMs: Date.parse(AT),
        afterMs: 500,
      },
    ]);
    expect(sightings.filter(({ atMs }) => atMs === undefined).map(({ value }) => value)).toEqual([
      'https://never.example.net/',
    ]);
  });

  it('finds pages of a history that was deleted', async () => {
    const urls = Array.from({ length: 20 }, (_, i) => `https://page${i}.example.net/some/longer/path`);
    const bytes = databaseBytes((database) => {
      database.exec(`PRAGMA secure_delete = OFF;
        CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, visit_count INTEGER, domain_expansion TEXT);
        CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL)`);
      for (const url of urls)
        database.prepare("INSERT INTO history_items (url, visit_count, domain_expansion) VALUES (?, 3, 'x')").run(url);
      database.exec('DELETE FROM history_items WHERE id = 7');
    });
    const { sightings } = await collect(
      safariHistory,
      backupTree([{ domain: SAFARI, path: 'Library/Safari/History.db', bytes }]),
    );
    const deleted = sightings.filter(({ locator }) => locator.startsWith('deleted'));
    expect(deleted.map(({ value }) => value)).toEqual([urls[6]]);
  });
});

describe('safari-browser-state', () => {
  const session = new Uint8Array([
    0,
    0,
    0,
    1,
    ...binaryPlist({
      SessionHistory: {
        SessionHistoryEntries: [
          {
            SessionHistoryEntryURL: 'https://b.example.org/',
            SessionHistoryEntryOriginalURL: 'http://a.example.net/',
            SessionHistoryEntryData: new Uint8Array(5),
          },
        ],
      },
    }),
  ]);

  it('reads tabs with their sessions, in tables of their own and in the rows of iOS 11', async () => {
    const now = databaseBytes((database) => {
      database.exec(`CREATE TABLE tabs (id INTEGER PRIMARY KEY, uuid TEXT, title TEXT, url TEXT, user_visible_url TEXT, last_viewed_time REAL);
        CREATE TABLE tab_sessions (id INTEGER PRIMARY KEY, tab_uuid TEXT, session_data BLOB);
        INSERT INTO tabs VALUES (1, 'U', 'T', 'https://c.example.org/', '', ${appleSeconds(AT)})`);
      database.prepare("INSERT INTO tab_sessions VALUES (1, 'U', ?)").run(session);
    });
    const old = databaseBytes((database) => {
      database.exec('CREATE TABLE tabs (id INTEGER PRIMARY KEY, uuid TEXT, url TEXT, session_data BLOB)');
      database.prepare("INSERT INTO tabs VALUES (1, 'U', NULL, ?), (2, 'V', 17, x'0001')").run(session);
    });
    const { records, sightings, rows } = await collect(
      safariBrowserState,
      backupTree([
        { domain: SAFARI, path: 'Library/Safari/BrowserState.db', bytes: now },
        { domain: 'HomeDomain', path: 'Library/Safari/BrowserState.db', bytes: old },
      ]),
    );
    expect(records.map(({ session: entries }) => entries.length)).toEqual([1, 1, 0]);
    expect(sightings.map(({ value }) => value)).toEqual([
      'https://c.example.org/',
      'https://b.example.org/',
      'http://a.example.net/',
      'https://b.example.org/',
      'http://a.example.net/',
    ]);
    expect(rows.map(({ status }) => status)).toEqual(['examined', 'examined']);
  });
});

describe('safari-tabs', () => {
  it('reads the tabs of iOS 15 and later, in profiles too, and closed ones that still stand in the file', async () => {
    const bytes = databaseBytes((database) => {
      database.exec(`PRAGMA secure_delete = OFF;
        CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, special_id INTEGER, parent INTEGER, type INTEGER, title TEXT, url TEXT)`);
      const insert = database.prepare(
        'INSERT INTO bookmarks (special_id, parent, type, title, url) VALUES (0, 1, 0, ?, ?)',
      );
      insert.run('Work', null);
      for (let i = 2; i < 12; i++) insert.run(`Page ${i}`, `https://page${i}.example.org/`);
      database.exec('DELETE FROM bookmarks WHERE id = 5');
    });
    const { records, sightings, rows } = await collect(
      safariTabs,
      backupTree([{ domain: 'HomeDomain', path: 'Library/Safari/SafariTabs.db', bytes }]),
    );
    expect([records.length, records[0]?.title, rows[0]?.records]).toEqual([9, 'Page 2', 9]);
    expect(sightings.filter(({ locator }) => locator.startsWith('deleted')).map(({ value }) => value)).toEqual([
      'https://page5.example.org/',
    ]);
  });
});

describe('other browsers', () => {
  it('reads the history and icons of Chrome', async () => {
    const domain = 'AppDomain-com.google.chrome.ios';
    const folder = 'Library/Application Support/Google/Chrome/Default';
    const chromeTime = (Date.parse(AT) / 1000 + 11_644_473_600) * 1e6;
    const visits = databaseBytes((database) =>
      database.exec(`CREATE TABLE urls (id INTEGER PRIMARY KEY, url TEXT, title TEXT);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, url INTEGER, visit_time INTEGER, from_visit INTEGER);
        INSERT INTO urls VALUES (4, 'https://a.example.org/', 'A'); INSERT INTO visits VALUES (9, 4, ${chromeTime}, 8), (10, 5, 1, 0)`),
    );
    const icons = databaseBytes((database) =>
      database.exec(`CREATE TABLE favicons (id INTEGER PRIMARY KEY, url TEXT);
        CREATE TABLE favicon_bitmaps (id INTEGER PRIMARY KEY, icon_id INTEGER, last_updated INTEGER, last_requested INTEGER);
        CREATE TABLE icon_mapping (id INTEGER PRIMARY KEY, page_url TEXT, icon_id INTEGER);
        INSERT INTO favicons VALUES (1, 'https://a.example.org/i.png'); INSERT INTO favicon_bitmaps VALUES (1, 1, 0, ${chromeTime});
        INSERT INTO icon_mapping VALUES (1, 'https://b.example.org/', 1)`),
    );
    const tree = backupTree([
      { domain, path: `${folder}/History`, bytes: visits },
      { domain, path: `${folder}/Favicons`, bytes: icons },
    ]);
    const [pages, pictures] = [await collect(chromeHistory, tree), await collect(chromeFavicons, tree)];
    expect(pages.records.map(({ visitId, url, atMs, fromVisitId }) => [visitId, url, atMs, fromVisitId])).toEqual([
      [9, 'https://a.example.org/', Date.parse(AT), 8],
    ]);
    expect(pictures.records.map(({ pageUrl, iconUrl, atMs }) => [pageUrl, iconUrl, atMs])).toEqual([
      ['https://b.example.org/', 'https://a.example.org/i.png', Date.parse(AT)],
    ]);
    expect(pictures.sightings.length).toBe(2);
  });

  it('reads the history and icons of Firefox', async () => {
    const bytes = databaseBytes((database) =>
      database.exec(`CREATE TABLE history (id INTEGER PRIMARY KEY, url TEXT, title TEXT);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, siteID INTEGER, date REAL);
        CREATE TABLE favicons (id INTEGER PRIMARY KEY, url TEXT, date REAL);
        CREATE TABLE favicon_sites (id INTEGER PRIMARY KEY, siteID INTEGER, faviconID INTEGER);
        INSERT INTO history VALUES (1, 'https://a.example.org/', 'A'); INSERT INTO visits VALUES (1, 1, ${Date.parse(AT) * 1000});
        INSERT INTO favicons VALUES (1, 'https://a.example.org/i.png', ${Date.parse(AT)}); INSERT INTO favicon_sites VALUES (1, 1, 1)`),
    );
    const tree = backupTree([
      { domain: 'AppDomainGroup-group.org.mozilla.ios.Firefox', path: 'profile.profile/browser.db', bytes },
    ]);
    expect((await collect(firefoxHistory, tree)).records.map(({ url, atMs }) => [url, atMs])).toEqual([
      ['https://a.example.org/', Date.parse(AT)],
    ]);
    expect((await collect(firefoxFavicons, tree)).records.map(({ iconUrl, atMs }) => [iconUrl, atMs])).toEqual([
      ['https://a.example.org/i.png', Date.parse(AT)],
    ]);
  });
});

describe('webkit', () => {
  const FOLDER = 'Library/WebKit/WebsiteData/ResourceLoadStatistics';

  it('reads the sites of any app, with and without the optional columns', async () => {
    const full = databaseBytes((database) =>
      database.exec(`CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT, lastSeen REAL, hadUserInteraction INTEGER,
        mostRecentUserInteractionTime REAL, mostRecentWebPushInteractionTime REAL);
        INSERT INTO ObservedDomains VALUES (1, 'example.org', 1000, 1, 2000, 3000), (2, 'example.net', -1.0, 0, -1.0, -1.0)`),
    );
    const short = databaseBytes((database) =>
      database.exec(`CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT, lastSeen REAL, hadUserInteraction INTEGER);
        INSERT INTO ObservedDomains VALUES (1, 'example.com', 1000, 0)`),
    );
    const { records, sightings } = await collect(
      webkitStatistics,
      backupTree([
        { domain: 'AppDomain-org.a', path: `${FOLDER}/observations.db`, bytes: full },
        { domain: SAFARI, path: `${FOLDER}/observations.db`, bytes: short, unlisted: true },
      ]),
    );
    expect(records.map(({ domain, lastSeenAtMs, lastPushAtMs }) => [domain, lastSeenAtMs, lastPushAtMs])).toEqual([
      ['example.org', 1_000_000, 3_000_000],
      ['example.net', undefined, undefined],
      ['example.com', 1_000_000, undefined],
    ]);
    expect(sightings.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'host example.org',
      'host example.net',
      'host example.com',
    ]);
  });

  it('reads the chain of redirects in a session log', async () => {
    const bytes = binaryPlist({
      browsingStatistics: [
        {
          PrevalentResourceOrigin: 'b.example.org',
          topFrameUniqueRedirectsFrom: [{ origin: 'a.example.net' }],
          topFrameUniqueRedirectsTo: [{ domain: 'c.example.org' }, 5],
          lastSeen: new Date(AT),
        },
        'odd',
      ],
    });
    const { records, sightings, rows } = await collect(
      webkitSessionLog,
      backupTree([{ domain: 'AppDomain-org.a', path: `${FOLDER}/full_browsing_session_resourceLog.plist`, bytes }]),
    );
    expect(records.map(({ origin, redirectsFrom, redirectsTo }) => [origin, redirectsFrom, redirectsTo])).toEqual([
      ['b.example.org', ['a.example.net'], ['c.example.org']],
    ]);
    expect(sightings.map(({ value, atMs, locator }) => [value, atMs, locator])).toContainEqual([
      'c.example.org',
      Date.parse(AT),
      'entry 1: a.example.net > b.example.org > c.example.org',
    ]);
    expect(rows[0]?.records).toBe(1);
  });
});
