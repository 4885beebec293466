import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeBinaryPlist } from './binary-plist.ts';
import { type BackupWriter, makeBackupKeys, openBackup } from './ios-files.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { HEALTHY, PLANTED, type Plant } from './planted.data.ts';
import { seeded } from './random.ts';

/** How much a generated phone holds. */
export interface PhoneSize {
  readonly messages: number;
  readonly visits: number;
  readonly whatsapp: number;
  readonly chrome: number;
  readonly interactions: number;
  readonly calls: number;
  readonly events: number;
  readonly observed: number;
  readonly usage: number;
  /** Further files, of all kinds that apps keep. */
  readonly files: number;
  readonly fileBytes: number;
}

/** The phone of the published figures: 30,000 files, about 575 MB. */
export const LARGE: PhoneSize = {
  messages: 300_000,
  visits: 200_000,
  whatsapp: 100_000,
  chrome: 50_000,
  interactions: 50_000,
  calls: 20_000,
  events: 5_000,
  observed: 10_000,
  usage: 7_000,
  files: 29_980,
  fileBytes: 12_500,
};

export const SMALL: PhoneSize = {
  messages: 300,
  visits: 200,
  whatsapp: 100,
  chrome: 50,
  interactions: 50,
  calls: 20,
  events: 10,
  observed: 20,
  usage: 40,
  files: 60,
  fileBytes: 3_000,
};

export interface BackupOptions {
  readonly size: PhoneSize;
  readonly seed: number;
  /** Traces to plant, by name; none makes a healthy phone. Look-alikes are always there. */
  readonly plants: readonly Plant[];
  readonly password?: string;
  readonly osVersion?: string;
}

const NOW_MS = Date.UTC(2026, 5, 1, 9);
const YEAR_MS = 365 * 86_400_000;
const apple = (atMs: number): number => atMs / 1000 - 978_307_200;

/** Writes a backup of a generated iPhone below `folder`, whose content follows from the seed alone. */
export function writeBackup(folder: string, options: BackupOptions): void {
  const { size, seed, plants, password, osVersion = '18.6' } = options;
  const random = seeded(seed);
  const device = {
    'Build Version': '22G86',
    'Device Name': 'Generated',
    'Product Type': 'iPhone15,2',
    'Product Version': osVersion,
    'Unique Identifier': createHash('sha1').update(`${seed}`).digest('hex'),
  };
  const backup = openBackup(folder, device, password === undefined ? undefined : makeBackupKeys(password));
  const has = (plant: Plant): boolean => plants.includes(plant);
  const context: Context = { backup, random, has, time: () => NOW_MS - random() * YEAR_MS };
  messages(context, size.messages);
  safari(context, size.visits);
  chrome(context, size.chrome);
  whatsapp(context, size.whatsapp);
  interactions(context, size.interactions);
  rest(context, size);
  files(context, size);
  backup.close();
}

interface Context {
  readonly backup: BackupWriter;
  readonly random: () => number;
  readonly has: (plant: Plant) => boolean;
  readonly time: () => number;
}

type Cell = string | number | bigint | Uint8Array | null;

function database(
  { backup }: Context,
  domain: string,
  path: string,
  tables: string,
  fill: (insert: (table: string, row: Record<string, Cell>) => void, db: DatabaseSync) => void,
): void {
  const db = new DatabaseSync(backup.place(domain, path));
  db.exec(`${tables} BEGIN`);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  fill((table, row) => {
    const keys = Object.keys(row);
    const key = `${table} ${keys.join()}`;
    const statement =
      statements.get(key) ?? db.prepare(`INSERT INTO ${table} (${keys.join()}) VALUES (${keys.map(() => '?').join()})`);
    statements.set(key, statement);
    statement.run(...Object.values(row));
  }, db);
  if (db.isTransaction) db.exec('COMMIT');
  db.close();
}

const WORDS =
  'the draft is on my desk and we meet at ten please call me when you can thanks for the photos see you there tomorrow morning it was a long day'.split(
    ' ',
  );

function sentence(random: () => number): string {
  let text = '';
  for (let i = 4 + Math.floor(random() * 14); i > 0; i--) text += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  return text.trim();
}

function link(random: () => number): string {
  const n = Math.floor(random() * 4000);
  return `https://${n % 3 === 0 ? 'www.' : ''}site${n}.example.${['com', 'org', 'net'][n % 3]}/a/${Math.floor(random() * 1e9).toString(36)}?id=${n}`;
}

/** A message body as newer systems keep it: text inside a typedstream. */
function attributedBody(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const length =
    bytes.length < 0x80 ? Buffer.from([bytes.length]) : Buffer.from([0x81, bytes.length & 0xff, bytes.length >> 8]);
  const head = Buffer.from('\x04\x0bstreamtyped', 'latin1');
  const classes = Buffer.from(
    '81e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b',
    'hex',
  );
  const tail = Buffer.from(
    '86840269490101928484840c4e5344696374696f6e617279009484016901928496961d5f5f6b494d4d657373616765506172744174',
    'hex',
  );
  return Buffer.concat([head, classes, length, bytes, tail]);
}

function messages(context: Context, count: number): void {
  const { random, has, time } = context;
  database(context, 'HomeDomain', 'Library/SMS/sms.db', IOS_TABLES.sms, (insert, db) => {
    for (let i = 0; i < 400; i++) {
      insert('handle', { id: i % 5 === 0 ? `person${i}@example.org` : `+1415555${1000 + i}`, service: 'iMessage' });
    }
    insert('handle', { id: has('sms-sender') ? PLANTED['sms-sender'] : HEALTHY.sender, service: 'iMessage' });
    let id = 0;
    const add = (text: string, handle: number, inBody: boolean): void => {
      const date = BigInt(Math.floor(apple(time()) * 1000)) * 1_000_000n;
      insert('message', {
        guid: `G-${++id}`,
        text: inBody ? null : text,
        attributedBody: attributedBody(text),
        handle_id: handle,
        service: 'iMessage',
        date,
        date_read: date,
        is_from_me: id % 3 === 0 ? 1 : 0,
      });
    };
    for (let i = 0; i < count; i++) {
      const text = random() < 0.3 ? `${sentence(random)} ${link(random)}` : sentence(random);
      add(text, 1 + Math.floor(random() * 400), i % 5 === 0);
    }
    for (const text of HEALTHY.messages) add(text, 7, false);
    if (has('sms-sender')) add('hello', 401, false);
    if (has('sms-link')) add(`Your parcel waits: https://${PLANTED['sms-link']}/p/1`, 3, false);
    if (has('sms-body-link')) add(`Read this (http://user@${PLANTED['sms-body-link']}:8443/x).`, 3, true);
    if (has('sms-no-handle')) add(`https://cdn.${PLANTED['sms-no-handle']}/i`, 0, false);
    if (has('sms-deleted')) {
      db.exec('COMMIT; PRAGMA secure_delete = 0');
      add(`gone https://${PLANTED['sms-deleted']}/gone `.repeat(3), 3, false);
      db.exec(`DELETE FROM message WHERE ROWID = ${id}`);
    }
  });
}

function safari(context: Context, count: number): void {
  const { random, has, time } = context;
  const fill = (visits: readonly string[]) => (insert: (table: string, row: Record<string, Cell>) => void) => {
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
  if (has('safari-visit')) visits.push(`https://${PLANTED['safari-visit']}/landing`);
  database(context, 'HomeDomain', 'Library/Safari/History.db', IOS_TABLES.safari, fill(visits));
  const profile = [link(random), ...(has('safari-profile') ? [`https://a.b.${PLANTED['safari-profile']}/`] : [])];
  const path = 'Library/Safari/Profiles/11111111-2222-3333-4444-555555555555/History.db';
  database(context, 'AppDomain-com.apple.mobilesafari', path, IOS_TABLES.safari, fill(profile));
}

function chrome(context: Context, count: number): void {
  const { random, has, time } = context;
  const path = 'Library/Application Support/Google/Chrome/Default/History';
  database(context, 'AppDomain-com.google.chrome.ios', path, IOS_TABLES.chrome, (insert) => {
    const micros = (): bigint => BigInt(Math.floor(time() + 11_644_473_600_000)) * 1000n;
    for (let i = 1; i <= count + 1; i++) {
      const url =
        i > count ? `https://${has('chrome-visit') ? PLANTED['chrome-visit'] : HEALTHY.host}/c` : link(random);
      const at = micros();
      insert('urls', { id: i, url, title: 'page', last_visit_time: at });
      insert('visits', { url: i, visit_time: at, from_visit: 0 });
    }
  });
}

function whatsapp(context: Context, count: number): void {
  const { random, has, time } = context;
  const domain = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
  database(context, domain, 'ChatStorage.sqlite', IOS_TABLES.whatsapp, (insert) => {
    insert('ZWACHATSESSION', { Z_PK: 1, ZCONTACTJID: '14155550100@s.whatsapp.net', ZLASTMESSAGEDATE: apple(NOW_MS) });
    for (let i = 1; i <= count; i++) {
      const text = random() < 0.2 ? `${sentence(random)} ${link(random)}` : sentence(random);
      insert('ZWAMESSAGE', { Z_PK: i, ZISFROMME: i % 2, ZCHATSESSION: 1, ZMESSAGEDATE: apple(time()), ZTEXT: text });
    }
    const text = `look https://${has('whatsapp-link') ? PLANTED['whatsapp-link'] : HEALTHY.host}/w`;
    insert('ZWAMESSAGE', { Z_PK: count + 1, ZISFROMME: 0, ZCHATSESSION: 1, ZMESSAGEDATE: apple(NOW_MS), ZTEXT: text });
  });
}

function interactions(context: Context, count: number): void {
  const { time } = context;
  database(context, 'HomeDomain', 'Library/CoreDuet/People/interactionC.db', IOS_TABLES.interactions, (insert) => {
    for (let i = 1; i <= 200; i++) {
      insert('ZCONTACTS', { Z_PK: i, ZIDENTIFIER: `+1415555${1000 + i}`, ZDISPLAYNAME: `Person ${i}` });
    }
    for (let i = 1; i <= count; i++) {
      const at = apple(time());
      const row = {
        Z_PK: i,
        ZDIRECTION: i % 2,
        ZSENDER: 1 + (i % 200),
        ZSTARTDATE: at,
        ZENDDATE: at,
        ZCREATIONDATE: at,
      };
      insert('ZINTERACTIONS', { ...row, ZBUNDLEID: 'com.apple.MobileSMS', ZRECIPIENTCOUNT: 1 });
    }
  });
}

function rest(context: Context, size: PhoneSize): void {
  const { backup, random, has, time } = context;
  database(context, 'HomeDomain', 'Library/CallHistoryDB/CallHistory.storedata', IOS_TABLES.calls, (insert) => {
    for (let i = 1; i <= size.calls; i++)
      insert('ZCALLRECORD', { Z_PK: i, ZDATE: apple(time()), ZDURATION: 60, ZADDRESS: `+1415555${1000 + (i % 400)}` });
  });
  database(context, 'HomeDomain', 'Library/Calendar/Calendar.sqlitedb', IOS_TABLES.calendar, (insert) => {
    const email = has('calendar-email') ? PLANTED['calendar-email'] : HEALTHY.sender;
    insert('Participant', { ROWID: 1, owner_id: 1, email });
    for (let i = 1; i <= size.events; i++)
      insert('CalendarItem', {
        ROWID: i,
        summary: i === 2 ? 'Meeting' : sentence(random),
        description: null,
        organizer_id: 1,
      });
    if (has('calendar-meeting'))
      insert('CalendarItem', { ROWID: size.events + 1, summary: 'Meeting', description: 'Notes', organizer_id: 1 });
  });
  database(context, 'WirelessDomain', 'Library/Databases/DataUsage.sqlite', IOS_TABLES.dataUsage, (insert) => {
    const names = [...HEALTHY.processes, ...(has('process') ? [PLANTED.process] : [])];
    for (let i = 1; i <= size.usage; i++) {
      const name = i <= names.length ? (names[i - 1] ?? '') : `com.example.app${i}`;
      const at = apple(time());
      insert('ZPROCESS', { Z_PK: i, ZFIRSTTIMESTAMP: at, ZTIMESTAMP: at, ZPROCNAME: name, ZBUNDLENAME: name });
      insert('ZLIVEUSAGE', {
        Z_PK: i,
        ZHASPROCESS: i,
        ZTIMESTAMP: at,
        ZWIFIIN: 10,
        ZWIFIOUT: 2,
        ZWWANIN: 5,
        ZWWANOUT: 5,
      });
    }
    if (has('process-removed'))
      insert('ZLIVEUSAGE', { Z_PK: size.usage + 1, ZHASPROCESS: size.usage + 900, ZTIMESTAMP: apple(NOW_MS) });
  });
  const observations = 'Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db';
  database(context, 'AppDomain-com.apple.mobilesafari', observations, IOS_TABLES.observations, (insert) => {
    for (let i = 1; i <= size.observed + 1; i++) {
      const last = has('observed-host') ? PLANTED['observed-host'] : HEALTHY.host;
      const registrableDomain = i > size.observed ? last : `tracker${i}.example.com`;
      const row = { domainID: i, registrableDomain, lastSeen: time() / 1000, hadUserInteraction: 0 };
      const flags = { grandfathered: 0, isPrevalent: 0, isVeryPrevalent: 0, dataRecordsRemoved: 0 };
      insert('ObservedDomains', {
        ...row,
        mostRecentUserInteractionTime: -1,
        ...flags,
        mostRecentWebPushInteractionTime: -1,
      });
    }
  });
  database(context, 'HomeDomain', 'Library/TCC/TCC.db', IOS_TABLES.tcc, (insert) => {
    for (let i = 0; i < 30; i++) {
      const client = i === 29 && has('permission') ? PLANTED.permission : `com.example.app${i}`;
      const row = { service: 'kTCCServiceMicrophone', client, client_type: 0, auth_value: 2, auth_reason: 2 };
      insert('access', { ...row, auth_version: 1, last_modified: Math.floor(time() / 1000) });
    }
  });
  const uuid = has('profile') ? PLANTED.profile : HEALTHY.profile;
  const profile = {
    PayloadUUID: uuid,
    PayloadIdentifier: 'org.example.wifi',
    PayloadType: 'Configuration',
    InstallDate: new Date(NOW_MS),
  };
  const content = [{ PayloadType: 'com.apple.wifi.managed', PayloadUUID: HEALTHY.profile }];
  writeFileSync(
    backup.place(
      'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles',
      'Library/ConfigurationProfiles/profile-1.stub',
    ),
    writeBinaryPlist({ ...profile, PayloadContent: content }),
  );
  if (has('file-name')) backup.list('HomeDomain', `Library/Preferences/${PLANTED['file-name']}`);
  if (has('file-path')) backup.list('HomeDomain', PLANTED['file-path']);
  if (has('websql-folder'))
    backup.list('AppDomain-com.apple.mobilesafari', `Library/WebKit/WebSQL/https_${PLANTED['websql-folder']}_0`, 2);
  for (const path of HEALTHY.paths) backup.list('HomeDomain', path);
}

/** Files that apps keep: text, property lists, pictures; with `utf16-host` one that holds a host in UTF-16. */
function files({ backup, random, has }: Context, size: PhoneSize): void {
  for (let i = 0; i < size.files; i++) {
    const bytes = Buffer.alloc(Math.floor(size.fileBytes * (0.2 + random() * 1.6)));
    for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE((random() * 4_294_967_296) >>> 0, at);
    if (i % 3 === 0) {
      const text = Array.from({ length: 8 }, () => `${sentence(random)} ${link(random)}\n`).join('');
      bytes.write(text.slice(0, bytes.length));
    }
    if (i === 5 && has('utf16-host')) bytes.write(`\0\0http://${PLANTED['utf16-host']}/u\0`, 100, 'utf16le');
    if (i === 7 && has('file-host')) bytes.write(` "${PLANTED['file-host']}" `, 50);
    const app = `AppDomain-com.example.app${i % 150}`;
    writeFileSync(backup.place(app, `Library/Caches/d${i % 40}/item${i}.${['bin', 'plist', 'jpg'][i % 3]}`), bytes);
  }
}

/** Writes the indicators of the planted traces as STIX 2 beside the backup, and gives the path. */
export function writeIndicators(folder: string): string {
  const path = join(folder, 'planted.stix2');
  const keys: Partial<Record<Plant, string>> = {
    process: 'process:name',
    permission: 'process:name',
    profile: 'configuration-profile:id',
    'file-name': 'file:name',
    'file-path': 'file:path',
    'sms-sender': 'email-addr:value',
    'calendar-email': 'email-addr:value',
  };
  const objects = Object.entries(PLANTED).flatMap(([plant, value], i) => {
    if (plant === 'process-removed' || plant === 'calendar-meeting') return [];
    const key = Object.entries(keys).find(([name]) => name === plant)?.[1] ?? 'domain-name:value';
    const planted = key === 'file:path' ? `/private/var/mobile/${value}` : value;
    return [{ type: 'indicator', id: `indicator--${i}`, pattern: `[${key}='${planted}']`, pattern_type: 'stix' }];
  });
  writeFileSync(path, JSON.stringify({ type: 'bundle', id: 'bundle--planted', objects }));
  return path;
}
