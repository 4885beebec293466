import { isPlistDict } from '../../formats/plist/index.ts';
import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import { attributedBodyText } from './attributed-body.ts';
import { type Artefact, appleTimeMs, type Sighting } from './evidence.ts';
import { type BackupFile, type IosBackup, readBackupPlist, reasonOf, withDatabase } from './ios-backup.ts';

/** What a reader gives to the detectors. */
export interface ArtefactReading {
  readonly artefact: Artefact;
  /** Rows of the data usage database, for the rules that look at their gaps. */
  readonly usage?: DataUsage;
}

export interface DataUsage {
  readonly path: string;
  readonly processIds: readonly number[];
  /** Rows of live usage whose process entry is gone. */
  readonly orphans: readonly { readonly rowid: number; readonly atMs: number | undefined }[];
}

/** Takes each sighting as it is read: a phone has millions, and only matches are kept. */
type Out = (sighting: Sighting) => void;

type Read = (backup: IosBackup, out: Out) => ArtefactReading[];

const SMS = 'Library/SMS/sms.db';
const HISTORY = /^(?:Library\/Safari\/|.*\/Library\/Safari\/)?(?:Profiles\/[^/]+\/)?History\.db$/;
const USAGE = 'Library/Databases/DataUsage.sqlite';
const TCC = 'Library/TCC/TCC.db';
const PROFILES = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';
const URLS = /https?:\/\/[^\s<>"'“”\u0000-\u001f\ufffc]{1,8192}/giu;

/** One reader per artefact of an unencrypted iOS backup. */
export const ARTEFACT_READERS: readonly Read[] = [
  readMessages,
  readSafari,
  readDataUsage,
  readPermissions,
  readProfiles,
];

/** The manifest's own rows: each file's path, and the web sites that WebKit names folders after. */
export function* readManifestSightings(backup: IosBackup): Generator<Sighting> {
  for (const { domain, relativePath, absolutePath, fileId } of backup.files) {
    const common = { artefact: 'manifest', path: 'Manifest.db', locator: `file ${fileId}`, atMs: undefined } as const;
    const value = absolutePath ?? `${domain}/${relativePath}`;
    yield { kind: 'path', value, relativePath, evidence: 'present', ...common };
    const site = /(?:^|\/)https?_([^/]+?)_\d+(?:$|[./])/.exec(relativePath)?.[1];
    if (site !== undefined) yield { kind: 'host', value: site, evidence: 'visited', ...common };
  }
}

function readMessages(backup: IosBackup, out: Out): ArtefactReading[] {
  return readDatabases(backup, 'sms', listed(backup, 'HomeDomain', SMS), `HomeDomain/${SMS}`, (database, path) => {
    const senders = new Map<number, string>();
    for (const { rowid, values } of database.rows('handle', ['id'])) {
      if (typeof values[0] === 'string') senders.set(rowid, values[0]);
    }
    let records = 0;
    for (const { rowid, values } of database.rows('message', [
      'text',
      'attributedBody',
      'date',
      'handle_id',
      'subject',
    ])) {
      records++;
      const [text, body, date, handle, subject] = values;
      const common = {
        evidence: 'received',
        artefact: 'sms',
        path,
        locator: `message ROWID ${rowid}`,
        atMs: appleTimeMs(date),
      } as const;
      const parts = new Set([
        plainText(text),
        body instanceof Uint8Array ? (attributedBodyText(body) ?? '') : '',
        plainText(subject),
      ]);
      for (const part of parts) {
        for (const url of part.match(URLS) ?? []) out({ kind: 'url', value: url, ...common });
      }
      const sender = typeof handle === 'number' ? senders.get(handle) : undefined;
      if (sender?.includes('@')) out({ kind: 'email', value: sender, ...common });
    }
    return records;
  });
}

function readSafari(backup: IosBackup, out: Out): ArtefactReading[] {
  const files = backup.files.filter((file) => HISTORY.test(file.relativePath));
  return readDatabases(backup, 'safari-history', files, 'Library/Safari/History.db', (database, path) => {
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
      if (url !== undefined) out({ value: url, ...common, locator: `visit ${rowid}`, atMs: appleTimeMs(values[1]) });
    }
    for (const [item, url] of urls) {
      if (!visited.has(item)) out({ value: url, ...common, locator: `history item ${item}`, atMs: undefined });
    }
    return records;
  });
}

function readDataUsage(backup: IosBackup, out: Out): ArtefactReading[] {
  const processIds: number[] = [];
  const orphans: { rowid: number; atMs: number | undefined }[] = [];
  const files = listed(backup, 'WirelessDomain', USAGE);
  const readings = readDatabases(backup, 'data-usage', files, `WirelessDomain/${USAGE}`, (database, path) => {
    const processes = new Map<
      number,
      { name: SqliteValue; bundle: SqliteValue; first: SqliteValue; last: SqliteValue }
    >();
    for (const { rowid, values } of database.rows('ZPROCESS', [
      'ZPROCNAME',
      'ZBUNDLENAME',
      'ZFIRSTTIMESTAMP',
      'ZTIMESTAMP',
    ])) {
      processes.set(rowid, {
        name: values[0] ?? null,
        bundle: values[1] ?? null,
        first: values[2] ?? null,
        last: values[3] ?? null,
      });
      processIds.push(rowid);
    }
    const used = new Set<number>();
    let records = 0;
    const emit = (name: SqliteValue, locator: string, time: SqliteValue): void => {
      const text = plainText(name);
      if (text === '') return;
      const common = {
        kind: 'process',
        evidence: 'executed',
        artefact: 'data-usage',
        path,
        locator,
        atMs: appleTimeMs(time),
      } as const;
      out({ value: text, ...common });
      // "daemon/bundle": the daemon worked for the bundle, and either name may be the known one.
      const slash = text.indexOf('/');
      if (slash > 0) out({ value: text.slice(0, slash), ...common });
    };
    for (const { rowid, values } of database.rows('ZLIVEUSAGE', ['ZHASPROCESS', 'ZTIMESTAMP'])) {
      records++;
      const id = typeof values[0] === 'number' ? values[0] : -1;
      const process = processes.get(id);
      used.add(id);
      if (process === undefined) orphans.push({ rowid, atMs: appleTimeMs(values[1]) });
      else emit(process.name, `ZLIVEUSAGE Z_PK ${rowid}, ZPROCESS Z_PK ${id}`, process.first);
    }
    for (const [id, process] of processes) {
      if (used.has(id)) continue;
      records++;
      emit(process.name, `ZPROCESS Z_PK ${id}`, process.first);
    }
    return records;
  });
  return readings.map((reading, i) =>
    i === 0 ? { ...reading, usage: { path: reading.artefact.path, processIds, orphans } } : reading,
  );
}

function readPermissions(backup: IosBackup, out: Out): ArtefactReading[] {
  return readDatabases(
    backup,
    'permissions',
    listed(backup, 'HomeDomain', TCC),
    `HomeDomain/${TCC}`,
    (database, path) => {
      let records = 0;
      for (const { rowid, values } of database.rows('access', ['service', 'client', 'last_modified'])) {
        records++;
        const [service, client, modified] = values;
        if (typeof client !== 'string') continue;
        const atMs = typeof modified === 'number' && modified > 0 ? modified * 1000 : undefined;
        const locator = `access row ${rowid}, ${plainText(service)}`;
        out({ kind: 'process', value: client, evidence: 'permitted', artefact: 'permissions', path, locator, atMs });
      }
      return records;
    },
  );
}

function readProfiles(backup: IosBackup, out: Out): ArtefactReading[] {
  const files = backup.files.filter(
    (file) => file.domain === PROFILES && /(?:^|\/)profile-[^/]*$/.test(file.relativePath),
  );
  const artefact = 'configuration-profiles';
  if (files.length === 0) return [absent(artefact, `${PROFILES}/profile-*`)];
  return files.map((file) => {
    const path = `${file.domain}/${file.relativePath}`;
    try {
      const profile = readBackupPlist(backup, file);
      const installed = profile['InstallDate'];
      const atMs = installed instanceof Date ? installed.getTime() : undefined;
      const payloads = Array.isArray(profile['PayloadContent']) ? profile['PayloadContent'] : [];
      for (const [i, payload] of [profile, ...payloads].entries()) {
        const uuid = isPlistDict(payload) ? payload['PayloadUUID'] : undefined;
        if (typeof uuid !== 'string') continue;
        const locator = i === 0 ? 'profile' : `payload ${i}`;
        out({ kind: 'profile', value: uuid, evidence: 'present', artefact, path, locator, atMs });
      }
      return { artefact: { artefact, path, records: 1, status: 'examined', why: null } };
    } catch (error) {
      return { artefact: { artefact, path, records: 0, status: 'unreadable', why: reasonOf(error) } };
    }
  });
}

function listed(backup: IosBackup, domain: string, relativePath: string): BackupFile[] {
  const file = backup.find(domain, relativePath);
  return file === undefined ? [] : [file];
}

function absent(artefact: string, path: string): ArtefactReading {
  return { artefact: { artefact, path, records: 0, status: 'absent', why: null } };
}

/** Runs one reader over the databases of an artefact; what was read before damage counts, and is called partly salvaged. */
function readDatabases(
  backup: IosBackup,
  artefact: string,
  files: readonly BackupFile[],
  usualPath: string,
  read: (database: SqliteDatabase, path: string) => number,
): ArtefactReading[] {
  if (files.length === 0) return [absent(artefact, usualPath)];
  return files.map((file) => {
    const path = `${file.domain}/${file.relativePath}`;
    try {
      const { records, damage } = withDatabase(backup, file, (database) => ({
        records: read(database, path),
        damage: database.damage,
      }));
      if (damage.length > 0) {
        const why = `partly salvaged, ${records} records: ${damage[0]}`;
        return { artefact: { artefact, path, records, status: 'unreadable', why } };
      }
      return { artefact: { artefact, path, records, status: 'examined', why: null } };
    } catch (error) {
      return { artefact: { artefact, path, records: 0, status: 'unreadable', why: reasonOf(error) } };
    }
  });
}

/** Core Data keeps some texts as bytes. */
function plainText(value: SqliteValue | undefined): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}
