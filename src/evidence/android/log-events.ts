import { isObject, numberOf, textOf } from './files.ts';

type JsonObject = { readonly [key: string]: unknown };

/** What Android's security and network logs record, whichever way they came. */
export type LogEvent =
  | {
      readonly kind: 'dns';
      readonly atMs: number | undefined;
      readonly packageName: string;
      readonly hostname: string;
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'connect';
      readonly atMs: number | undefined;
      readonly packageName: string;
      /** Empty where only the address is known. */
      readonly hostname: string;
      readonly address: string;
      readonly port: number | undefined;
    }
  | {
      readonly kind: 'security';
      readonly atMs: number | undefined;
      /** As in the exported logs: "app_process_start". */
      readonly tag: string;
      readonly fields: JsonObject;
    }
  | { readonly kind: 'unknown'; readonly atMs: number | undefined; readonly tag: string };

const METADATA = new Set(['event_id', 'event_time', 'event_type', 'timestamp']);
const MAX_ADDRESSES = 1000;

/** Reads one line of an intrusion log, `{"dns_event": {…}}`; undefined where it is no event. */
export function intrusionEvent(line: JsonObject): LogEvent | undefined {
  for (const [type, event] of Object.entries(line)) {
    if (!isObject(event)) continue;
    const atMs = eventTimeMs(event.event_time);
    const packageName = textOf(event.package_name);
    switch (type) {
      case 'dns_event':
        return {
          kind: 'dns',
          atMs,
          packageName,
          hostname: textOf(event.hostname),
          addresses: addressesIn(event.ip_addresses),
        };
      case 'connect_event': {
        const { hostname, address } = splitAddress(textOf(event.ip_address));
        return { kind: 'connect', atMs, packageName, hostname, address, port: numberOf(event.port) };
      }
      case 'security_event': {
        const [tag, fields] = Object.entries(event).find(([key]) => !METADATA.has(key)) ?? ['', {}];
        return { kind: 'security', atMs, tag, fields: isObject(fields) ? fields : { value: fields } };
      }
      default:
        return { kind: 'unknown', atMs, tag: type };
    }
  }
  return undefined;
}

/** Names of the Android Management API that differ from those of the exported logs. */
const TAGS: ReadonlyMap<string, string> = new Map([
  ['ADB_SHELL_COMMAND', 'adb_shell_cmd'],
  ['FILE_PULLED', 'adb_sync_recv_file'],
  ['FILE_PUSHED', 'adb_sync_send_file'],
]);

/** Reads one element of `usageLogEvents` (Android Management API, UsageLogEvent): the same events under other names. */
export function usageEvent(event: JsonObject): LogEvent | undefined {
  const type = textOf(event.eventType);
  if (type === '') return undefined;
  const time = Date.parse(textOf(event.eventTime));
  const atMs = Number.isNaN(time) ? undefined : time;
  const detail = Object.entries(event).find(([key, value]) => key.endsWith('Event') && isObject(value))?.[1];
  const fields = isObject(detail) ? detail : {};
  const packageName = textOf(fields.packageName);
  if (type === 'DNS') {
    return {
      kind: 'dns',
      atMs,
      packageName,
      hostname: textOf(fields.hostname),
      addresses: addressesIn(fields.ipAddresses),
    };
  }
  if (type === 'CONNECT') {
    const { hostname, address } = splitAddress(textOf(fields.destinationIpAddress));
    return { kind: 'connect', atMs, packageName, hostname, address, port: numberOf(fields.destinationPort) };
  }
  return { kind: 'security', atMs, tag: TAGS.get(type) ?? type.toLowerCase(), fields: exportedNames(fields) };
}

/** Field names as the exported logs have them, for the few that are looked at. */
function exportedNames(fields: JsonObject): JsonObject {
  const info = isObject(fields.processInfo) ? fields.processInfo : {};
  return {
    ...fields,
    process: textOf(info.processName),
    uid: numberOf(info.uid),
    apk_sha256: textOf(info.apkSha256Hash),
    package_names: info.packageNames,
    command: textOf(fields.shellCmd),
    path: textOf(fields.filePath),
    subject: textOf(fields.certificate),
    verified_boot_state: textOf(fields.verifiedBootState),
  };
}

/** Network events count milliseconds, security events nanoseconds: told apart by magnitude. */
function eventTimeMs(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return undefined;
  const ms = number > 1e17 ? number / 1e6 : number > 1e14 ? number / 1e3 : number;
  return ms < 8.64e15 ? Math.floor(ms) : undefined;
}

function addressesIn(value: unknown): string[] {
  const list = Array.isArray(value) ? value.slice(0, MAX_ADDRESSES) : [];
  return list.map((item) => splitAddress(textOf(item)).address).filter((address) => address !== '');
}

/** "host/1.2.3.4" and "/1.2.3.4", as Java writes an InetAddress. */
function splitAddress(text: string): { hostname: string; address: string } {
  const slash = text.lastIndexOf('/');
  return { hostname: text.slice(0, Math.max(0, slash)), address: text.slice(slash + 1) };
}
