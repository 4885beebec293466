import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeXmlPlist } from '../formats/plist/index.ts';

/** The phone that a practice backup claims to be of. */
export interface PracticeDevice {
  readonly productType: string;
  readonly osVersion: string;
  readonly udid: string;
  readonly name: string;
}

export interface PracticeOptions {
  readonly withTrace: boolean;
  readonly device: PracticeDevice;
  /** Messages, visits and further files; default 200, 300 and 40. */
  readonly size?: { readonly messages: number; readonly visits: number; readonly files: number };
}

/** Name of a Pegasus process published by Amnesty International in July 2021; the indicator file with it is our own. */
const TRACE_PROCESS = 'bh';
/** Names that hold the indicator's letters and must stay silent. */
const LOOK_ALIKES = ['bhd', 'Bh', 'abh', 'com.apple.bh.helper'];
const CLEAN_PROCESSES = [
  'mDNSResponder',
  'apsd',
  'nsurlsessiond',
  'CloudKitDaemon',
  'itunescloudd',
  'assetsd',
  'locationd',
  'timed',
  'MobileSafari/com.apple.mobilesafari',
  'net.whatsapp.WhatsApp',
  'org.whispersystems.signal',
  'SpringBoard',
  'identityservicesd',
];
/** Reserved names (RFC 2606) stand in for hosts, so that no backup names a real party. */
const INDICATOR_HOST = 'free-updates.example.net';
const APPLE_EPOCH_MS = 978_307_200_000;
const NOW_MS = Date.UTC(2026, 5, 1, 9, 0, 0);

/**
 * Writes an unencrypted iOS backup with real SQLite databases and property lists, and beside it `indicators.stix2`.
 *
 * With a trace, the data usage database holds the process "bh" and the messages a link to an indicator's host. Look-alikes of both are
 * always there. An existing folder is replaced only when it is a backup.
 * @returns paths of the backup and of its indicator file
 */
export function writePracticeBackup(
  dir: string,
  options: PracticeOptions,
): { readonly backup: string; readonly indicators: string } {
  const { device, withTrace, size = { messages: 200, visits: 300, files: 40 } } = options;
  const backup = join(dir, device.udid);
  if (statSync(join(backup, 'Manifest.db'), { throwIfNoEntry: false }) !== undefined)
    rmSync(backup, { recursive: true });
  mkdirSync(backup, { recursive: true, mode: 0o700 });
  writePlists(backup, device);
  const manifest = openManifest(backup);
  writeMessages(manifest.place('HomeDomain', 'Library/SMS/sms.db'), size.messages, withTrace);
  writeHistory(manifest.place('HomeDomain', 'Library/Safari/History.db'), size.visits);
  writeDataUsage(manifest.place('WirelessDomain', 'Library/Databases/DataUsage.sqlite'), withTrace);
  writeFiles(manifest.place, size.files);
  manifest.close();
  const indicators = join(dir, 'indicators.stix2');
  writeFileSync(indicators, `${JSON.stringify(practiceIndicators(), null, 2)}\n`);
  return { backup, indicators };
}

function writePlists(backup: string, device: PracticeDevice): void {
  const info = {
    'Build Version': '22G86',
    'Device Name': device.name,
    'Display Name': device.name,
    'Last Backup Date': new Date(NOW_MS),
    'Product Type': device.productType,
    'Product Version': device.osVersion,
    'Unique Identifier': device.udid,
    'Target Type': 'Device',
  };
  const status = {
    BackupState: 'new',
    Date: new Date(NOW_MS),
    IsFullBackup: true,
    SnapshotState: 'finished',
    Version: '3.3',
  };
  const lockdown = { ProductType: device.productType, ProductVersion: device.osVersion, UniqueDeviceID: device.udid };
  const manifest = {
    IsEncrypted: false,
    Version: '10.0',
    WasPasscodeSet: true,
    Date: new Date(NOW_MS),
    Lockdown: lockdown,
  };
  for (const [name, value] of [
    ['Info', info],
    ['Status', status],
    ['Manifest', manifest],
  ] as const) {
    writeFileSync(join(backup, `${name}.plist`), writeXmlPlist(value));
  }
}

type Place = (domain: string, relativePath: string) => string;

/** Manifest.db; `place` enters a file and says where its content goes. */
function openManifest(backup: string): { place: Place; close(): void } {
  const database = new DatabaseSync(join(backup, 'Manifest.db'));
  database.exec(`
    CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
    CREATE INDEX FilesDomainIdx ON Files(domain);
    CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
    BEGIN`);
  const insert = database.prepare('INSERT OR IGNORE INTO Files VALUES (?, ?, ?, ?, ?)');
  return {
    place(domain, relativePath) {
      const id = createHash('sha1').update(`${domain}-${relativePath}`).digest('hex');
      insert.run(id, domain, relativePath, 1, null);
      mkdirSync(join(backup, id.slice(0, 2)), { recursive: true });
      return join(backup, id.slice(0, 2), id);
    },
    close() {
      database.exec('COMMIT');
      database.close();
    },
  };
}

const appleNanoseconds = (atMs: number): bigint => BigInt(atMs - APPLE_EPOCH_MS) * 1_000_000n;
const appleSeconds = (atMs: number): number => (atMs - APPLE_EPOCH_MS) / 1000;

function writeMessages(path: string, count: number, withTrace: boolean): void {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL);
    CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, handle_id INTEGER DEFAULT 0,
      subject TEXT, attributedBody BLOB, service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0);
    INSERT INTO handle (id, country, service) VALUES ('+14155550100', 'us', 'iMessage'), ('colleague@example.org', 'us', 'iMessage');
    BEGIN`);
  const insert = database.prepare(
    'INSERT INTO message (guid, text, handle_id, attributedBody, service, date, is_from_me) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const texts = ['On my way', 'Draft is at https://docs.example.org/d/42', 'See you at ten', 'Call me when you can'];
  // Newer systems keep the text of many messages in attributedBody alone.
  const add = (text: string, i: number, inBody = i % 4 === 3): void => {
    const atMs = NOW_MS - (count - i) * 3_600_000;
    insert.run(
      randomUUID(),
      inBody ? null : text,
      (i % 2) + 1,
      inBody ? attributedBody(text) : null,
      'iMessage',
      appleNanoseconds(atMs),
      i % 3 === 0 ? 1 : 0,
    );
  };
  for (let i = 0; i < count; i++) add(texts[i % texts.length] ?? '', i);
  add(`Look-alikes: https://not${INDICATOR_HOST}/ and https://${INDICATOR_HOST}.example.org/`, count);
  if (withTrace) add(`Your parcel waits: https://www.${INDICATOR_HOST}/p?id=7`, count, true);
  database.exec('COMMIT');
  database.close();
}

/** A minimal typedstream of an NSAttributedString. */
function attributedBody(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const length =
    bytes.length < 0x80 ? Buffer.from([bytes.length]) : Buffer.from([0x81, bytes.length & 0xff, bytes.length >> 8]);
  const head =
    '040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484';
  return Buffer.concat([
    Buffer.from(head, 'hex'),
    Buffer.from('\x08NSString\x01\x94\x84\x01+', 'latin1'),
    length,
    bytes,
    Buffer.from([0x86, 0x84]),
  ]);
}

function writeHistory(path: string, count: number): void {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, domain_expansion TEXT, visit_count INTEGER);
    CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER NOT NULL, visit_time REAL NOT NULL, title TEXT,
      redirect_source INTEGER, redirect_destination INTEGER);
    BEGIN`);
  const item = database.prepare('INSERT INTO history_items (url, visit_count) VALUES (?, 1)');
  const visit = database.prepare('INSERT INTO history_visits (history_item, visit_time, title) VALUES (?, ?, ?)');
  for (let i = 0; i < count; i++) {
    const { lastInsertRowid } = item.run(`https://news.example.org/story/${i}?from=front`);
    visit.run(lastInsertRowid, appleSeconds(NOW_MS - (count - i) * 900_000), `Story ${i}`);
  }
  database.exec('COMMIT');
  database.close();
}

function writeDataUsage(path: string, withTrace: boolean): void {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRSTTIMESTAMP TIMESTAMP, ZTIMESTAMP TIMESTAMP,
      ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
    CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZKIND INTEGER, ZMETADATA INTEGER, ZTAG INTEGER,
      ZHASPROCESS INTEGER, ZBILLCYCLEEND TIMESTAMP, ZTIMESTAMP TIMESTAMP, ZWIFIIN FLOAT, ZWIFIOUT FLOAT, ZWWANIN FLOAT, ZWWANOUT FLOAT);
    BEGIN`);
  const process = database.prepare('INSERT INTO ZPROCESS VALUES (?, 9, 1, ?, ?, ?, ?)');
  const usage = database.prepare('INSERT INTO ZLIVEUSAGE VALUES (?, 8, 1, 0, 0, 0, ?, NULL, ?, 0, 0, ?, ?)');
  const names = [...CLEAN_PROCESSES, ...LOOK_ALIKES, ...(withTrace ? [TRACE_PROCESS] : [])];
  for (const [i, name] of names.entries()) {
    const first = appleSeconds(NOW_MS - (names.length - i) * 86_400_000);
    process.run(i + 1, first, first + 3600, name === TRACE_PROCESS ? null : (name.split('/')[1] ?? null), name);
    usage.run(i + 1, i + 1, first + 3600, 1000 * (i + 1), 500 * (i + 1));
  }
  database.exec('COMMIT');
  database.close();
}

function writeFiles(place: Place, count: number): void {
  const text = 'Notes of the editorial meeting. '.repeat(500);
  for (let i = 0; i < count; i++) {
    writeFileSync(
      place('AppDomain-org.example.notes', `Documents/note-${i}.txt`),
      `${text}\nhttps://files.example.org/${i}\n`,
    );
  }
}

function practiceIndicators(): unknown {
  const created = '2026-01-01T00:00:00.000Z';
  const malware = {
    type: 'malware',
    spec_version: '2.1',
    id: 'malware--5c6d3a1e-6d0e-4c57-9a57-2f6c6a1f0b10',
    created,
    modified: created,
    name: 'Pegasus (practice)',
    is_family: true,
    description: 'Practice data of Pavise: one process name that Amnesty International published',
  };
  const patterns = [
    ['indicator--0b0e2a9e-8a8f-4f0e-9d3e-6a5b5d1c2a01', `[process:name='${TRACE_PROCESS}']`],
    ['indicator--0b0e2a9e-8a8f-4f0e-9d3e-6a5b5d1c2a02', `[domain-name:value='${INDICATOR_HOST}']`],
  ] as const;
  const objects = patterns.flatMap(([id, pattern]) => [
    {
      type: 'indicator',
      spec_version: '2.1',
      id,
      created,
      modified: created,
      indicator_types: ['malicious-activity'],
      pattern,
      pattern_type: 'stix',
      valid_from: created,
    },
    {
      type: 'relationship',
      spec_version: '2.1',
      id: id.replace('indicator', 'relationship'),
      created,
      modified: created,
      relationship_type: 'indicates',
      source_ref: id,
      target_ref: malware.id,
    },
  ]);
  return { type: 'bundle', id: 'bundle--7a1f4b58-2a51-4f0a-8f5c-9c6c6b2b7d11', objects: [malware, ...objects] };
}
