import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBrowsers } from './ios-browsers.ts';
import { apple, type Context, database, link, NOW_MS, sentence, YEAR_MS } from './ios-context.ts';
import { makeBackupKeys, openBackup } from './ios-files.ts';
import { writeMessages } from './ios-messages.ts';
import { installedApps, writeSettings } from './ios-settings.ts';
import { IOS_TABLES, OLD_TCC } from './ios-tables.data.ts';
import { IOS_TRACES } from './ios-traces.data.ts';
import { everyLayout, layoutOf } from './layout.ts';
import type { IosLife } from './lives.data.ts';
import { APPLE_NOTIFIES, HEALTHY, PLANTED, type Plant } from './planted.data.ts';
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
  /** The version it says; without `varied` it holds the files of every system. */
  readonly osVersion?: string;
  /** Holds what one system keeps, which the seed chooses, some of its databases open. */
  readonly varied?: boolean;
  readonly life?: IosLife;
  /** Programs of the system that used its network besides. */
  readonly programs?: readonly string[];
  /** Files that an app keeps besides. */
  readonly documents?: readonly (readonly [name: string, text: string])[];
}

/** When the folder of an attachment was emptied, of which nothing is left. */
const EMPTIED_AT_MS = NOW_MS - 50 * 86_400_000;

/** Writes a backup of a generated iPhone below `folder`, whose content follows from the seed alone. */
export function writeBackup(folder: string, options: BackupOptions): void {
  const { size, seed, plants, password, life = 'ordinary' } = options;
  const layout = options.varied === true ? layoutOf(seed) : everyLayout(options.osVersion ?? '18.6');
  const random = seeded(seed);
  const has = (plant: Plant): boolean => plants.includes(plant);
  const device = {
    'Build Version': '22G86',
    'Device Name': 'Generated',
    'Product Type': 'iPhone15,2',
    'Product Version': layout.osVersion,
    'Unique Identifier': createHash('sha1').update(`${seed}`).digest('hex'),
    Applications: installedApps(has, life),
  };
  const backup = openBackup(folder, device, password === undefined ? undefined : makeBackupKeys(password));
  const context: Context = { backup, random, has, life, layout, time: () => NOW_MS - random() * YEAR_MS };
  writeMessages(context, size);
  writeBrowsers(context, size);
  writeSettings(context, size);
  interactions(context, size.interactions);
  rest(context, size, options.programs ?? []);
  files(context, size);
  for (const [name, text] of options.documents ?? [])
    writeFileSync(backup.place('AppDomain-com.example.app1', `Documents/${name}`), text);
  backup.close();
}

function interactions(context: Context, count: number): void {
  const { has, time } = context;
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
    const apples = has('threat-notification-remembered') ? APPLE_NOTIFIES : HEALTHY.appleSender;
    insert('ZCONTACTS', { Z_PK: 201, ZIDENTIFIER: apples });
    const at = apple(NOW_MS);
    const row = { Z_PK: count + 1, ZSENDER: 201, ZSTARTDATE: at, ZENDDATE: at, ZCREATIONDATE: at };
    insert('ZINTERACTIONS', { ...row, ZBUNDLEID: 'com.apple.mobilemail', ZDIRECTION: 0 });
  });
}

function rest(context: Context, size: PhoneSize, programs: readonly string[]): void {
  const { backup, has, time, life, layout } = context;
  database(context, 'HomeDomain', 'Library/CallHistoryDB/CallHistory.storedata', IOS_TABLES.calls, (insert) => {
    for (let i = 1; i <= size.calls; i++)
      insert('ZCALLRECORD', { Z_PK: i, ZDATE: apple(time()), ZDURATION: 60, ZADDRESS: `+1415555${1000 + (i % 400)}` });
  });
  database(context, 'WirelessDomain', 'Library/Databases/DataUsage.sqlite', IOS_TABLES.dataUsage, (insert) => {
    const names = [...HEALTHY.processes, ...(has('process') ? [PLANTED.process] : [])];
    for (let i = 1; i <= size.usage; i++) {
      const name = i <= names.length ? (names[i - 1] ?? '') : `com.example.app${i}`;
      const at = apple(time());
      // Apps that were removed leave a gap.
      if (life === 'tidy' && i > size.usage - 5 && i < size.usage) continue;
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
    for (const [i, name] of programs.entries()) {
      const row = { Z_PK: size.usage + 2 + i, ZFIRSTTIMESTAMP: apple(time()), ZTIMESTAMP: apple(time()) };
      insert('ZPROCESS', { ...row, ZPROCNAME: name, ZBUNDLENAME: name });
    }
    if (has('process-removed'))
      insert('ZLIVEUSAGE', { Z_PK: size.usage + 1, ZHASPROCESS: size.usage + 900, ZTIMESTAMP: apple(NOW_MS) });
    // A program of the system that Operation Triangulation used, as it runs on healthy phones: at another time than an attachment was emptied.
    const at = apple(has('triangulation') ? EMPTIED_AT_MS + 60_000 : EMPTIED_AT_MS + 86_400_000);
    const id = size.usage + 1;
    insert('ZPROCESS', { Z_PK: id, ZFIRSTTIMESTAMP: at, ZTIMESTAMP: at, ZPROCNAME: 'nehelper', ZBUNDLENAME: null });
  });
  const old = !layout.since(14);
  database(context, 'HomeDomain', 'Library/TCC/TCC.db', old ? OLD_TCC : IOS_TABLES.tcc, (insert) => {
    for (let i = 0; i < 30; i++) {
      const client = i === 29 && has('permission') ? PLANTED.permission : `com.example.app${i}`;
      const row = { service: 'kTCCServiceMicrophone', client, client_type: 0 };
      const last_modified = Math.floor(time() / 1000);
      if (old) insert('access', { ...row, allowed: 1, prompt_count: 1, last_modified });
      else insert('access', { ...row, auth_value: 2, auth_reason: 2, auth_version: 1, last_modified });
    }
  });
  if (has('file-name')) backup.list('HomeDomain', `Library/Preferences/${PLANTED['file-name']}`);
  if (has('file-path')) backup.list('HomeDomain', PLANTED['file-path']);
  if (has('websql-folder'))
    backup.list('AppDomain-com.apple.mobilesafari', `Library/WebKit/WebSQL/https_${PLANTED['websql-folder']}_0`, 2);
  for (const path of HEALTHY.paths) backup.list('HomeDomain', path);
  backup.list('MediaDomain', 'Library/SMS/Attachments/0f/15', 2, EMPTIED_AT_MS);
  backup.list('MediaDomain', 'Library/SMS/Attachments/a1/01/A/picture.jpg', 1, EMPTIED_AT_MS + 40 * 60_000);
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
  const objects = Object.entries(IOS_TRACES).flatMap(([, { indicator }], i) => {
    if (indicator === undefined) return [];
    const [key, value] = indicator;
    const pattern = `[${key.includes(':') ? key : `${key}:value`}='${value}']`;
    return [{ type: 'indicator', id: `indicator--${i}`, pattern, pattern_type: 'stix' }];
  });
  writeFileSync(path, JSON.stringify({ type: 'bundle', id: 'bundle--planted', objects }));
  return path;
}
