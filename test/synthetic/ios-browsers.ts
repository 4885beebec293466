import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { writeBinaryPlist } from './binary-plist.ts';
import { apple, type Context, database, link, NOW_MS, type Row } from './ios-context.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { CAPTIVE, HEALTHY, PLANTED, type Plant, READER } from './planted.data.ts';

const SAFARI = 'AppDomain-com.apple.mobilesafari';
const CHROME = 'AppDomain-com.google.chrome.ios';
const CHROME_FOLDER = 'Library/Application Support/Google/Chrome/Default';

/** What browsers keep: visits, tabs, icons, sites that WebKit watches. */
export function writeBrowsers(
  context: Context,
  size: { readonly visits: number; readonly chrome: number; readonly observed: number },
): void {
  safari(context, size.visits);
  safariTabs(context);
  webkit(context, size.observed);
  chrome(context, size.chrome);
  firefox(context);
}

const hostOf = ({ has }: Context, plant: Plant): string => (has(plant) ? PLANTED[plant] : HEALTHY.host);

function safari(context: Context, count: number): void {
  const { random, has, time, life, layout } = context;
  const fill = (visits: readonly string[]) => (insert: (table: string, row: Row) => void) => {
    const known = new Map<string, number>();
    for (const url of visits) {
      let item = known.get(url);
      if (item === undefined) {
        item = known.size + 1;
        known.set(url, item);
        insert('history_items', { id: item, url, visit_count: 1 });
      }
      insert('history_visits', { history_item: item, visit_time: apple(time()), title: 'a page' });
    }
  };
  const visits = Array.from({ length: count }, () => link(random));
  visits.push(...HEALTHY.visits);
  if (life === 'reader') visits.push(...READER.visits);
  const redirects: [string, string][] = [[`http://${HEALTHY.host}/`, `https://www.${HEALTHY.host}/`]];
  if (life === 'traveller') for (const [from, to] of CAPTIVE) redirects.push([from, to]);
  if (has('injected-redirect'))
    redirects.push(['http://news.example.org/', 'https://a1.relay-gate.example.net:30495/x']);
  if (has('safari-visit')) visits.push(`https://${PLANTED['safari-visit']}/landing`);
  database(context, 'HomeDomain', 'Library/Safari/History.db', IOS_TABLES.safari, (insert) => {
    fill(visits)(insert);
    for (const [i, [from, to]] of redirects.entries()) {
      const [at, id] = [apple(NOW_MS) - 600 * (i + 1), visits.length + 1 + 2 * i];
      insert('history_items', { id: 1_000_000 + id, url: from, visit_count: 1 });
      insert('history_items', { id: 1_000_001 + id, url: to, visit_count: 1 });
      const source = { id, history_item: 1_000_000 + id, visit_time: at, redirect_destination: id + 1 };
      insert('history_visits', source);
      insert('history_visits', { id: id + 1, history_item: 1_000_001 + id, visit_time: at + 0.2, redirect_source: id });
    }
  });
  if (!layout.since(17)) return;
  const profile = [link(random), ...(has('safari-profile') ? [`https://a.b.${PLANTED['safari-profile']}/`] : [])];
  const path = 'Library/Safari/Profiles/11111111-2222-3333-4444-555555555555/History.db';
  const closed = { ...context, layout: { ...layout, open: () => false } };
  database(closed, SAFARI, path, IOS_TABLES.safari, fill(profile));
  inLogOnly(context, path, `https://${hostOf(context, 'safari-wal')}/wal`);
}

/** Adds a visit that stands in the write-ahead log alone, as on a phone that was backed up while Safari was open. */
function inLogOnly({ backup, time }: Context, path: string, url: string): void {
  const file = backup.place(SAFARI, path);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  const before = `${file}.before`;
  copyFileSync(file, before);
  db.prepare('INSERT INTO history_items VALUES (9, ?, NULL, 1)').run(url);
  db.prepare('INSERT INTO history_visits (history_item, visit_time) VALUES (9, ?)').run(apple(time()));
  copyFileSync(`${file}-wal`, backup.place(SAFARI, `${path}-wal`));
  db.close();
  renameSync(before, file);
}

/** Open tabs of old and new systems, and one that was closed. */
function safariTabs(context: Context): void {
  const { has, layout } = context;
  const host = (plant: Plant): string => hostOf(context, plant);
  if (layout.until(14)) openTabs(context);
  if (!layout.since(15)) return;
  database(context, SAFARI, 'Library/Safari/SafariTabs.db', IOS_TABLES.safariTabs, (insert, db) => {
    insert('bookmarks', { id: 1, title: 'Group', url: null });
    insert('bookmarks', { id: 2, title: 'A page', url: `https://${host('saved-tab')}/saved` });
    insert('bookmarks', { id: 3, title: 'A page', url: `https://${HEALTHY.host}/closed` });
    db.exec('COMMIT; PRAGMA secure_delete = 0');
    if (has('closed-tab'))
      insert('bookmarks', { id: 4, title: 'A page', url: `https://${PLANTED['closed-tab']}/a/long/closed/page` });
    db.exec('DELETE FROM bookmarks WHERE id > 3');
  });
}

function openTabs(context: Context): void {
  const host = (plant: Plant): string => hostOf(context, plant);
  database(context, SAFARI, 'Library/Safari/BrowserState.db', IOS_TABLES.browserState, (insert) => {
    const session = writeBinaryPlist({
      SessionHistory: {
        SessionHistoryEntries: [
          { SessionHistoryEntryURL: `https://${host('tab-session')}/earlier`, SessionHistoryEntryOriginalURL: '' },
        ],
      },
    });
    const url = `https://${host('safari-tab')}/open`;
    insert('tabs', { id: 1, uuid: 'T-1', title: 'A page', url, last_viewed_time: apple(NOW_MS), private_browsing: 0 });
    insert('tab_sessions', { id: 1, tab_uuid: 'T-1', session_data: Buffer.concat([Buffer.alloc(4), session]) });
  });
}

function webkit(context: Context, count: number): void {
  const { backup, time, layout } = context;
  const folder = 'Library/WebKit/WebsiteData/ResourceLoadStatistics';
  if (layout.since(14))
    database(context, SAFARI, `${folder}/observations.db`, IOS_TABLES.observations, (insert) => {
      for (let i = 1; i <= count + 1; i++) {
        const registrableDomain = i > count ? hostOf(context, 'observed-host') : `tracker${i}.example.com`;
        const row = { domainID: i, registrableDomain, lastSeen: time() / 1000, hadUserInteraction: 0 };
        const flags = { grandfathered: 0, isPrevalent: 0, isVeryPrevalent: 0, dataRecordsRemoved: 0 };
        const never = { mostRecentUserInteractionTime: -1, mostRecentWebPushInteractionTime: -1 };
        insert('ObservedDomains', { ...row, ...never, ...flags });
      }
    });
  if (!layout.until(13)) return;
  const entry = (origin: string, redirectsTo: string) => ({
    PrevalentResourceOrigin: origin,
    hadUserInteraction: true,
    lastSeen: NOW_MS / 1000,
    topFrameUniqueRedirectsTo: [{ origin: redirectsTo }],
  });
  const log = {
    browsingStatistics: [
      entry(hostOf(context, 'session-log-host'), HEALTHY.host),
      entry('site1.example.com', hostOf(context, 'session-log-redirect')),
    ],
  };
  const path = backup.place('AppDomain-com.example.reader', `${folder}/full_browsing_session_resourceLog.plist`);
  writeFileSync(path, writeBinaryPlist(log));
}

function chrome(context: Context, count: number): void {
  const { random, time } = context;
  const path = `${CHROME_FOLDER}/History`;
  database(context, CHROME, path, IOS_TABLES.chrome, (insert) => {
    const micros = (): bigint => BigInt(Math.floor(time() + 11_644_473_600_000)) * 1000n;
    for (let i = 1; i <= count + 1; i++) {
      const url = i > count ? `https://${hostOf(context, 'chrome-visit')}/c` : link(random);
      const at = micros();
      insert('urls', { id: i, url, title: 'page', last_visit_time: at });
      insert('visits', { url: i, visit_time: at, from_visit: 0 });
    }
  });
  database(context, CHROME, `${CHROME_FOLDER}/Favicons`, IOS_TABLES.chromeFavicons, (insert) => {
    insert('favicons', { id: 1, url: `https://icons.${HEALTHY.host}/i.png`, icon_type: 1 });
    insert('favicon_bitmaps', { id: 1, icon_id: 1, last_updated: 0, last_requested: 0 });
    insert('icon_mapping', { id: 1, page_url: `https://${hostOf(context, 'chrome-icon')}/`, icon_id: 1 });
  });
}

function firefox(context: Context): void {
  const { random, time } = context;
  const domain = 'AppDomainGroup-group.org.mozilla.ios.Firefox';
  database(context, domain, 'profile.profile/browser.db', IOS_TABLES.firefox, (insert) => {
    const urls = [link(random), link(random), `https://${hostOf(context, 'firefox-visit')}/f`];
    for (const [i, url] of urls.entries()) {
      insert('history', { id: i + 1, guid: `H${i}`, url, title: 'A page', is_deleted: 0 });
      insert('visits', { id: i + 1, siteID: i + 1, date: Math.floor(time()) * 1000, type: 1 });
    }
    const icon = `https://${hostOf(context, 'firefox-icon')}/i.ico`;
    insert('favicons', { id: 1, url: icon, width: 16, height: 16, type: 0, date: Math.floor(time() / 1000) });
    insert('favicon_sites', { id: 1, siteID: 1, faviconID: 1 });
  });
}
