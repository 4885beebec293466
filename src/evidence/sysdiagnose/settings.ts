import { isPlistDict, type PlistDict, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import { parseStamp } from '../../formats/stamp/index.ts';
import { type Artefact, type ArtefactModule, type Emit, examined } from '../evidence.ts';
import { bytesOf, readEach, readPlists } from '../ios/files.ts';
import { linksIn } from '../links.ts';
import { filesLike, readTexts, type Sysdiagnose } from './files.ts';

/** A setting that a program or profile changed. */
export interface SettingRecord {
  readonly path: string;
  readonly setting: string;
  readonly event: string;
  readonly process: string;
  readonly atMs: number | undefined;
}

const SETTINGS = 'settings-events';
const MAX_DEPTH = 32;
const MAX_EVENTS = 100_000;

/** Changes of managed settings: nested dictionaries, in which one with a `timestamp` is an event and its path the setting. */
export const settingsEvents: ArtefactModule<Sysdiagnose, SettingRecord> = {
  artefact: SETTINGS,
  read: (source, emit) =>
    readPlists(
      source,
      SETTINGS,
      filesLike(source, /^logs\/MCState\/(?:[^/]+\/)?MCSettingsEvents\.plist$/),
      'logs/MCState/Shared/MCSettingsEvents.plist',
      (plist, path) => walkSettings(plist, path, emit),
    ),
};

function walkSettings(root: PlistDict, path: string, emit: Emit<SettingRecord>): number {
  let records = 0;
  const walk = (dict: PlistDict, keys: readonly string[]): void => {
    const { timestamp } = dict;
    if (timestamp !== undefined && records < MAX_EVENTS) {
      records++;
      emitSetting(dict, timestamp, keys.join('/').slice(0, 1000), path, emit);
    }
    if (keys.length >= MAX_DEPTH) return;
    for (const key of Object.keys(dict)) {
      const value = dict[key];
      if (isPlistDict(value)) walk(value, [...keys, key]);
    }
  };
  walk(root, []);
  return records;
}

function emitSetting(
  dict: PlistDict,
  timestamp: PlistValue,
  setting: string,
  path: string,
  emit: Emit<SettingRecord>,
): void {
  const atMs = timestamp instanceof Date ? timestamp.getTime() : parseStamp(textOf(timestamp))?.atMs;
  const event = textOf(dict['event']);
  const process = textOf(dict['process']);
  emit.record({ path, setting, event, process, atMs });
  const common = { artefact: SETTINGS, path, locator: setting.slice(0, 400), atMs };
  if (process !== '') emit.sighting({ kind: 'process', value: process, evidence: 'executed', ...common });
  if (atMs === undefined || Number.isNaN(atMs)) return;
  emit.event?.({
    atMs,
    artefact: SETTINGS,
    path,
    what: `setting: ${event || 'changed'}`,
    detail: `${setting}, by ${process}`,
  });
}

function textOf(value: PlistValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

const NETWORK = 'network-extensions';
const MAX_PLIST_BYTES = 64 * 1024 * 1024;
const HOST_OR_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,10}$/;
const MAX_STRINGS = 100_000;

/** VPNs, content filters and the apps that provide them: every address and identifier that the settings name. */
export const networkExtensions: ArtefactModule<Sysdiagnose, never> = {
  artefact: NETWORK,
  read(source, emit) {
    const files = filesLike(source, /^logs\/Networking\/com\.apple\.networkextension(?:\.[\w.-]{1,40})?\.plist$/);
    return readEach(NETWORK, files, 'logs/Networking/com.apple.networkextension.plist', async (file, path) => {
      const bytes = await bytesOf(source, file, MAX_PLIST_BYTES);
      if (bytes === undefined) return undefined;
      const found = new Set<string>();
      collectStrings(parsePlist(bytes), found, 0);
      for (const value of found) {
        const common = { artefact: NETWORK, path, locator: 'setting', atMs: undefined } as const;
        for (const url of linksIn(value)) emit.sighting({ kind: 'url', value: url, evidence: 'connected', ...common });
        if (!HOST_OR_ID.test(value)) continue;
        // "com.example.vpn" and "vpn.example.com" have one shape: which it is only an indicator tells.
        emit.sighting({ kind: 'host', value, evidence: 'connected', ...common });
        emit.sighting({ kind: 'app', value, evidence: 'present', ...common });
      }
      return examined(NETWORK, path, found.size);
    });
  },
};

/** Keys too: the cache maps apps to their identifiers. */
function collectStrings(value: PlistValue | undefined, found: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH || found.size >= MAX_STRINGS) return;
  if (typeof value === 'string') found.add(value);
  else if (Array.isArray(value)) for (const item of value) collectStrings(item, found, depth + 1);
  else if (isPlistDict(value)) {
    for (const key of Object.keys(value)) {
      found.add(key);
      collectStrings(value[key], found, depth + 1);
    }
  }
}

/** Property lists whose dates belong in the timeline; what else they hold is personal and proves nothing. */
const DATED: readonly (readonly [artefact: string, place: RegExp, usualPath: string, what: string])[] = [
  [
    'wifi-networks',
    /^WiFi\/(?:[^/]+\/)?com\.apple\.wifi[\w.-]{0,60}\.plist$/,
    'WiFi/com.apple.wifi.known-networks.plist',
    'Wi-Fi network',
  ],
  [
    'backup-state',
    /^logs\/MobileBackup\/com\.apple\.MobileBackup\.plist$/,
    'logs/MobileBackup/com.apple.MobileBackup.plist',
    'backup',
  ],
];

/** When Wi-Fi networks were joined and backups made: facts for the timeline, no findings. */
export const datedFacts: ArtefactModule<Sysdiagnose, never> = {
  artefact: 'dated-facts',
  async read(source, emit) {
    const rows: Artefact[] = [];
    for (const [artefact, place, usualPath, what] of DATED) {
      const own = await readPlists(source, artefact, filesLike(source, place), usualPath, (plist, path) => {
        let records = 0;
        const walk = (value: PlistValue | undefined, keys: readonly string[]): void => {
          if (value instanceof Date && records++ < MAX_EVENTS && !Number.isNaN(value.getTime())) {
            const detail = keys.join('/').slice(0, 500);
            emit.event?.({ atMs: value.getTime(), artefact, path, what, detail });
          } else if (isPlistDict(value) && keys.length < MAX_DEPTH) {
            for (const key of Object.keys(value)) walk(value[key], [...keys, key]);
          } else if (Array.isArray(value) && keys.length < MAX_DEPTH) {
            for (const [i, item] of value.entries()) walk(item, [...keys, String(i)]);
          }
        };
        walk(plist, []);
        return records;
      });
      rows.push(...own);
    }
    return rows;
  },
};

const SECURITY = 'security-events';
/** `2023-05-24 13:12:35 +0000 EventHardFailure: name - Attributes: {…}`, in the analytics part of security-sysdiagnose.txt. */
const SECURITY_EVENT = /^\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [+-]\d{4}) (Event\w{1,40}): (.{1,300})/;

/** Events of the keychain's services; the rest of that file is the state of keys, and is only scanned. */
export const securityEvents: ArtefactModule<Sysdiagnose, never> = {
  artefact: SECURITY,
  read: (source, emit) =>
    readTexts(
      source,
      SECURITY,
      filesLike(source, /^security-sysdiagnose\.txt$/),
      'security-sysdiagnose.txt',
      (lines, path) => {
        let records = 0;
        for (const line of lines) {
          const match = SECURITY_EVENT.exec(line);
          const time = match === null ? undefined : parseStamp(match[1] ?? '');
          if (match === null || time === undefined) continue;
          records++;
          emit.event?.({ atMs: time.atMs, artefact: SECURITY, path, what: match[2] ?? '', detail: match[3] ?? '' });
        }
        return records;
      },
    ),
};
