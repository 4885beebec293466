import { toHex } from '../../base/index.ts';
import { type Artefact, type ArtefactModule, type Emit, examined, type OpenFile, unreadable } from '../evidence.ts';
import { type AndroidFile, type AndroidFiles, isObject, jsonOf, readFiles, textOf } from './files.ts';
import { linesOf } from './lines.ts';
import { intrusionEvent, type LogEvent, usageEvent } from './log-events.ts';
import { headOf } from './loose.ts';
import { SECURITY_TAGS } from './security-tags.data.ts';
import { cappedSightings } from './sightings.ts';

type JsonObject = { readonly [key: string]: unknown };

/** An event of the logs, with where it stands. */
export type IntrusionRecord = LogEvent & { readonly path: string; readonly line: number };

const SIGN = /^\s*\{\s*"\w+_event"\s*:|"usageLogEvents"\s*:/m;
const HEAD_BYTES = 16 * 1024;
/** Fingerprints remembered; events beyond are read all the same, and may then count twice. */
const MAX_REMEMBERED = 2_000_000;
const MAX_NAMED_KINDS = 10;
const MAX_KINDS = 1000;
/** Addresses of the phone itself, or of nothing. */
const NOWHERE = new Set(['', '::1', '127.0.0.1', '0.0.0.0', '::']);

/** Tells by its first lines whether a file holds intrusion logs or usage logs. */
export function isIntrusionLog(file: OpenFile): boolean {
  return SIGN.test(headOf(file, HEAD_BYTES));
}

/**
 * Intrusion logs of Android 16's Advanced Protection (an event a line), and usage logs of the Android Management API (`BatchUsageLogEvents`).
 *
 * Daily files overlap: an event that stands in two counts once, by the fingerprint of its canonical form.
 */
export const intrusionLogs: ArtefactModule<AndroidFiles, IntrusionRecord> = {
  artefact: 'intrusion-logs',
  async read(source, emit) {
    const rows: Artefact[] = [];
    const seen = new Set<number>();
    for (const file of source.files) rows.push(...(await readLog(file, seen, emit)));
    return rows;
  },
};

async function readLog(
  file: AndroidFile,
  seen: Set<number>,
  emit: Emit<IntrusionRecord>,
): Promise<readonly Artefact[]> {
  if (!/\.(?:txt|json|jsonl|ndjson|log)$/i.test(file.path)) return [];
  let why = '';
  let isLog = false;
  const rows = await readFiles('intrusion-logs', [file], file.path, (open) => {
    isLog = isIntrusionLog(open);
    if (!isLog) return 0;
    const take = taker(file.path, seen, emit);
    let [broken, lineNumber] = [0, 0];
    for (const line of linesOf(open)) {
      lineNumber++;
      if (line.trim() === '') continue;
      const value = jsonObject(line);
      if (value !== undefined) take(value, lineNumber);
      else if (lineNumber === 1) {
        // One document over several lines.
        const whole = jsonOf(open);
        for (const item of Array.isArray(whole) ? whole : [whole]) if (isObject(item)) take(item, 1);
        break;
      } else broken++;
    }
    why = [broken > 0 ? `${broken} lines are not JSON` : '', take.unknown()].filter((text) => text !== '').join('; ');
    return take.records();
  });
  if (!isLog) return rows.filter(({ status }) => status === 'unreadable');
  return rows.map((row) =>
    row.status === 'examined' && why !== ''
      ? unreadable('intrusion-logs', row.path, row.records, `read in part: ${why}`)
      : row.status === 'examined'
        ? examined('intrusion-logs', row.path, row.records)
        : row,
  );
}

interface Taker {
  (value: JsonObject, line: number): void;
  records(): number;
  /** The kinds that are not known, for the row. */
  unknown(): string;
}

function taker(path: string, seen: Set<number>, emit: Emit<IntrusionRecord>): Taker {
  const see = sighter(path, emit);
  const unknown = new Map<string, number>();
  let records = 0;
  const takeEvent = (value: JsonObject, event: LogEvent | undefined, line: number): void => {
    if (event === undefined) return;
    const fingerprint = fingerprintOf(value);
    if (fingerprint !== undefined) {
      if (seen.has(fingerprint)) return;
      if (seen.size < MAX_REMEMBERED) seen.add(fingerprint);
    }
    const isUnknown = event.kind === 'unknown' || (event.kind === 'security' && !SECURITY_TAGS.has(event.tag));
    if (isUnknown && (unknown.size < MAX_KINDS || unknown.has(event.tag)))
      unknown.set(event.tag, (unknown.get(event.tag) ?? 0) + 1);
    records++;
    emit.record({ ...event, path, line });
    see(event, line);
  };
  return Object.assign(
    (value: JsonObject, line: number) => {
      const batch = value.usageLogEvents;
      if (!Array.isArray(batch)) takeEvent(value, intrusionEvent(value), line);
      else for (const item of batch) if (isObject(item)) takeEvent(item, usageEvent(item), line);
    },
    {
      records: () => records,
      unknown() {
        if (unknown.size === 0) return '';
        const named = [...unknown].slice(0, MAX_NAMED_KINDS).map(([tag, count]) => `${tag.slice(0, 60)} (${count})`);
        return `events of kinds that are not known: ${named.join(', ')}`;
      },
    },
  );
}

/**
 * Fingerprint of 53 bits of an event's canonical form, so that the order of its fields does not matter. That suffices: an event carries its time in
 * nanoseconds, which nobody who would hide one can foresee.
 */
function fingerprintOf(event: JsonObject): number | undefined {
  const sorted = (_key: string, value: unknown): unknown =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  let text: string;
  try {
    text = JSON.stringify(event, sorted);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested deeper than the stack: then it is not compared
    throw error;
  }
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 2 ** 32 * (0x1fffff & low) + (high >>> 0);
}

function jsonObject(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // counted by the caller
    throw error;
  }
}

/** Emits what indicators can match, and the timeline. */
function sighter(path: string, emit: Emit<IntrusionRecord>): (event: LogEvent, line: number) => void {
  const sight = cappedSightings(emit, 'intrusion-logs', path);
  return (event, line) => {
    const { atMs } = event;
    const locator = `line ${line}`;
    // A link, a picture in a mail or an advertisement makes a phone look up a name and connect.
    const visited = { evidence: 'visited', locator, atMs } as const;
    const ran = { evidence: 'executed', locator, atMs } as const;
    const tell = (what: string, detail: string): void => {
      if (atMs !== undefined) emit.event?.({ atMs, artefact: 'intrusion-logs', path, what, detail });
    };
    switch (event.kind) {
      case 'dns':
        sight('host', event.hostname, visited);
        for (const address of event.addresses) if (!NOWHERE.has(address)) sight('host', address, visited);
        sight('app', event.packageName, ran);
        tell('name looked up', `${event.packageName} ${event.hostname}`);
        break;
      case 'connect':
        sight('host', event.hostname, visited);
        if (!NOWHERE.has(event.address)) sight('host', event.address, visited);
        sight('app', event.packageName, ran);
        tell('connection', `${event.packageName} ${event.hostname || event.address}:${event.port ?? ''}`);
        break;
      case 'security':
        seeSecurity(event, sight, locator);
        tell(event.tag.replaceAll('_', ' '), detailOf(event.fields));
        break;
      case 'unknown':
        tell(event.tag.replaceAll('_', ' '), '');
        break;
    }
  };
}

function seeSecurity(
  { tag, fields, atMs }: LogEvent & { kind: 'security' },
  sight: ReturnType<typeof cappedSightings>,
  locator: string,
): void {
  const present = { evidence: 'present', locator, atMs } as const;
  const ran = { evidence: 'executed', locator, atMs } as const;
  switch (tag) {
    case 'app_process_start': {
      const name = textOf(fields.process);
      sight('app', name, ran);
      sight('process', name, ran);
      const names = Array.isArray(fields.package_names) ? fields.package_names.slice(0, 100) : [];
      for (const packageName of names) sight('app', textOf(packageName), ran);
      sight('hash', digestOf(textOf(fields.apk_sha256)), ran);
      break;
    }
    case 'package_installed':
    case 'package_updated':
      sight('app', packageIn(fields), { ...present, installed: true });
      break;
    case 'package_uninstalled':
      sight('app', packageIn(fields), present);
      break;
    case 'adb_sync_recv_file':
    case 'adb_sync_send_file':
      sight('path', textOf(fields.path), present);
      break;
    case 'adb_shell_cmd':
      for (const word of textOf(fields.command)
        .slice(0, 8192)
        .split(/[\s;|&'"()=<>]+/)) {
        if (word.startsWith('/')) sight('path', word, present);
        else if (word.includes('.')) sight('app', word.replace(/\/.*$/s, ''), present);
      }
      break;
  }
}

function packageIn(fields: JsonObject): string {
  return textOf(fields.package_name) || textOf(fields.packageName);
}

/** Google's JSON has digests in base64, other writers in hex. */
function digestOf(text: string): string {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return text;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/').replace(/=$/, ''));
    return toHex(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch (error) {
    if (error instanceof DOMException) return text; // not base64 after all
    throw error;
  }
}

function detailOf(fields: JsonObject): string {
  return ['process', 'package_name', 'packageName', 'command', 'path', 'subject', 'key_id', 'value']
    .map((name) => textOf(fields[name]))
    .filter((text) => text !== '')
    .join(' ');
}
