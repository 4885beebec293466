import { concatBytes, utf8Bytes } from '../../src/base/index.ts';
import { writeXmlPlist } from '../../src/formats/plist/index.ts';
import { makeDatabase } from '../../src/formats/sqlite/testing.ts';
import { paxRecord, tarPart } from '../../src/formats/tar/testing.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { HEALTHY, PLANTED } from './planted.data.ts';

/** Traces that can stand in a generated file system. */
export type FilesystemPlant =
  | 'message-in-log'
  | 'safari-visit'
  | 'cached-answer'
  | 'net-usage'
  | 'no-binary'
  | 'analytics-url'
  | 'favicon'
  | 'shutdown'
  | 'indexed-db'
  | 'safari-view'
  | 'folder'
  | 'profile';

const CONTAINERS = 'private/var/mobile/Containers/Data/Application/11111111-AAAA-BBBB-CCCC-00000000000';
const [SAFARI, NOTES] = [`${CONTAINERS}1`, `${CONTAINERS}2`];
const SYSTEMS = [
  ['18.5', '22F76'],
  ['15.8.4', '19H390'],
  ['16.7.11', '20H360'],
  ['17.6.1', '21G93'],
  ['26.0.1', '23A355'],
] as const;
const AT_SECONDS = Date.UTC(2025, 4, 20, 9) / 1000;
const APPLE_SECONDS = AT_SECONDS - 978_307_200;

/** Files of a generated phone by their path below its root; look-alikes of every trace are always among them. */
export function makeFilesystem(plants: readonly FilesystemPlant[] = [], seed = 1): Map<string, Uint8Array> {
  const has = (plant: FilesystemPlant): boolean => plants.includes(plant);
  const [version, build] = SYSTEMS[(seed - 1) % SYSTEMS.length] ?? SYSTEMS[0];
  const host = (plant: FilesystemPlant, planted: string): string => (has(plant) ? planted : HEALTHY.host);
  const database = (sql: string): Uint8Array => makeDatabase(sql).main;
  const messages = makeDatabase(
    `INSERT INTO message (guid, text, date) VALUES ('G-1', 'see https://${host('message-in-log', PLANTED['sms-link'])}/p', ${APPLE_SECONDS * 1e9})`,
    { before: IOS_TABLES.sms, wal: seed % 3 !== 0 },
  );
  const usage = (names: readonly string[]): string =>
    `${IOS_TABLES.dataUsage}${names.map((name, i) => `INSERT INTO ZPROCESS (Z_PK, ZFIRSTTIMESTAMP, ZTIMESTAMP, ZPROCNAME) VALUES (${i + 1}, ${APPLE_SECONDS}, ${APPLE_SECONDS}, '${name}');`).join('')}`;
  const event = (data: Uint8Array | undefined): string =>
    `INSERT INTO all_events (timestamp, data) VALUES ${data === undefined ? '(NULL, NULL)' : `(${AT_SECONDS}, x'${Buffer.from(data).toString('hex')}')`};`;
  const folder = (name: string): string => `${NOTES}/Library/WebKit/WebsiteData/IndexedDB/${name}`;
  const library = 'private/var/mobile/Library';
  const entries: [string, Uint8Array | string][] = [
    ['System/Library/CoreServices/SystemVersion.plist', list({ ProductVersion: version, ProductBuildVersion: build })],
    ...['locationd', 'apsd', 'rolexecd2', 'mDNSResponder'].map((name): [string, string] => [
      `usr/libexec/${name}`,
      'binary',
    ]),
    [`${library}/SMS/sms.db`, messages.main],
    ...(messages.wal === undefined ? [] : [[`${library}/SMS/sms.db-wal`, messages.wal] as [string, Uint8Array]]),
    [`${library}/Preferences/.GlobalPreferences.plist`, list({ AppleLocale: 'en_US' })],
    [
      `${SAFARI}/.com.apple.mobile_container_manager.metadata.plist`,
      list({ MCMMetadataIdentifier: 'com.apple.mobilesafari' }),
    ],
    [
      `${SAFARI}/Library/Safari/History.db`,
      database(
        `${IOS_TABLES.safari} INSERT INTO history_items (id, url, visit_count) VALUES (1, 'https://${host('safari-visit', PLANTED['safari-visit'])}/', 1);
         INSERT INTO history_visits (history_item, visit_time, title) VALUES (1, ${APPLE_SECONDS}, 'a page')`,
      ),
    ],
    [
      `${library}/Image Cache/Favicons/Favicons.db`,
      database(`CREATE TABLE page_url (url TEXT, uuid TEXT); CREATE TABLE icon_info (uuid TEXT, url TEXT, timestamp REAL);
        CREATE TABLE rejected_resources (page_url TEXT, icon_url TEXT, timestamp REAL);
        INSERT INTO icon_info VALUES ('u1', 'https://${HEALTHY.host}/i.ico', ${APPLE_SECONDS}); INSERT INTO page_url VALUES ('https://${HEALTHY.host}/', 'u1');
        INSERT INTO rejected_resources VALUES ('https://${host('favicon', PLANTED['chrome-visit'])}/', 'https://${HEALTHY.host}/r.ico', ${APPLE_SECONDS})`),
    ],
    [
      `${NOTES}/.com.apple.mobile_container_manager.metadata.plist`,
      list({ MCMMetadataIdentifier: 'org.example.notes' }),
    ],
    [
      `${NOTES}/Library/Caches/org.example.notes/Cache.db`,
      database(`CREATE TABLE cfurl_cache_response (entry_ID INTEGER PRIMARY KEY, version INTEGER, hash_value INTEGER, storage_policy INTEGER,
        request_key TEXT, time_stamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
        INSERT INTO cfurl_cache_response VALUES (5, 0, 1, 0, 'https://${host('cached-answer', PLANTED['file-host'])}/a', '2025-05-20 09:00:00')`),
    ],
    [`${folder(`https_${host('indexed-db', PLANTED['websql-folder'])}_0`)}/IndexedDB.sqlite3`, 'x'],
    [
      `${NOTES}/SystemData/com.apple.SafariViewService/Library/WebKit/WebsiteData/LocalStorage/https_${host('safari-view', PLANTED['observed-host'])}_0.localstorage`,
      'x',
    ],
    [
      'private/var/networkd/netusage.sqlite',
      database(usage(['mDNSResponder', has('net-usage') ? PLANTED.process : 'rolexecd2'])),
    ],
    [
      'private/var/wireless/Library/Databases/DataUsage.sqlite',
      database(
        usage([
          'mDNSResponder/org.example.notes',
          'apsd',
          'namecutbykernel',
          has('no-binary') ? 'gonehelper' : 'locationd',
        ]),
      ),
    ],
    [
      'private/var/Keychains/Analytics/ckks_analytics.db',
      database(
        `CREATE TABLE all_events (id INTEGER PRIMARY KEY, timestamp REAL, data BLOB);${event(undefined)}${event(list({ build, text: `https://${host('analytics-url', PLANTED['whatsapp-link'])}/x` }))}`,
      ),
    ],
    [
      'private/var/db/diagnostics/shutdown.log',
      `After 1.2s, these clients are still here:\n\t\tremaining client pid: 70 (/usr/libexec/${has('shutdown') ? PLANTED.process : 'rolexecd2'}/12345678-1234-1234-1234-123456789ABC)\nSIGTERM: [${AT_SECONDS}]\n`,
    ],
    [
      'private/var/db/analyticsd/Analytics-Journal-2025-05-20.ips',
      `{"timestamp":"2025-05-20 02:00:00.00 +0200","os_version":"iPhone OS ${version} (${build})"}\n{}`,
    ],
    [`private/var/root/${has('folder') ? PLANTED.process : 'rolexecd2'}/config`, 'x'],
    [
      'private/var/containers/Shared/SystemGroup/systemgroup.com.apple.configurationprofiles/Library/ConfigurationProfiles/profile-1.stub',
      list({
        PayloadUUID: has('profile') ? PLANTED.profile : HEALTHY.profile,
        PayloadIdentifier: 'org.example',
        PayloadContent: [],
      }),
    ],
  ];
  return new Map(entries.map(([path, content]) => [path, typeof content === 'string' ? utf8Bytes(content) : content]));
}

function list(dict: Parameters<typeof writeXmlPlist>[0]): Uint8Array {
  return writeXmlPlist(dict);
}

/** Files as a tar. */
export function packTar(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = [...files].flatMap(([path, bytes]) => [
    tarPart('long name', 'x', paxRecord('path', path)),
    tarPart(path.slice(0, 90), '0', bytes),
  ]);
  return concatBytes([...parts, new Uint8Array(1024)]);
}
