import { FormatError, type Json, utf8Bytes, utf8TextLoose } from '../../base/index.ts';
import { type PlistValue, parsePlist } from '../plist/index.ts';
import { parseStamp, type Stamp } from '../stamp/index.ts';

type JsonObject = { readonly [key: string]: Json | undefined };

export interface IpsProcess {
  readonly name: string;
  readonly path: string | undefined;
  readonly pid: number | undefined;
}

export interface IpsReport {
  /** 109 and 309 crash, 210 panic, 298 Jetsam, 288 stackshot (unverified beyond these). */
  readonly bugType: string | undefined;
  /** Of the header. */
  readonly time: Stamp | undefined;
  /** Of the event itself, where the body tells it. */
  readonly capturedAt: Stamp | undefined;
  readonly osVersion: string | undefined;
  readonly appName: string | undefined;
  readonly incidentId: string | undefined;
  readonly header: JsonObject;
  readonly body:
    | { readonly kind: 'json'; readonly value: JsonObject }
    | { readonly kind: 'plist'; readonly value: PlistValue }
    | { readonly kind: 'text'; readonly text: string };
  /** The crashed process, or every process of a Jetsam event. */
  readonly processes: readonly IpsProcess[];
  readonly parentName: string | undefined;
  readonly coalitionName: string | undefined;
}

/** Stackshots have some MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_PROCESSES = 20_000;

/** Parses a report; throws FormatError `ips-size`, `ips-header` when the first line is no JSON object. */
export function parseIps(bytes: Uint8Array): IpsReport {
  if (bytes.length > MAX_BYTES) throw new FormatError('ips-size', 0, `Cannot parse report: over ${MAX_BYTES} bytes`);
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  const header = jsonObject(utf8TextLoose(bytes.subarray(0, end < 0 ? Math.min(bytes.length, MAX_HEADER_BYTES) : end)));
  if (header === undefined)
    throw new FormatError('ips-header', 0, 'Cannot parse report: its first line is no JSON object');
  const body = readBody(utf8TextLoose(end < 0 ? new Uint8Array(0) : bytes.subarray(end + 1)));
  const fields = body.kind === 'json' ? body.value : {};
  return {
    bugType: text(header, 'bug_type') ?? text(fields, 'bug_type'),
    time: stamp(header, 'timestamp'),
    capturedAt: stamp(fields, 'captureTime') ?? stamp(fields, 'date'),
    osVersion: text(header, 'os_version'),
    appName: text(header, 'app_name') ?? text(header, 'name'),
    incidentId: text(header, 'incident_id') ?? text(fields, 'incident'),
    header,
    body,
    processes: body.kind === 'text' ? processOfText(body.text) : processesOf(fields),
    parentName: text(fields, 'parentProc'),
    coalitionName: text(fields, 'coalitionName'),
  };
}

function readBody(rest: string): IpsReport['body'] {
  const head = rest.slice(0, 200).trimStart();
  if (head.startsWith('{')) {
    const value = jsonObject(rest);
    if (value !== undefined) return { kind: 'json', value };
  }
  if (head.startsWith('<?xml') || head.startsWith('<plist')) {
    try {
      return { kind: 'plist', value: parsePlist(utf8Bytes(rest.trim())) };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error; // a damaged list is kept as text
    }
  }
  return { kind: 'text', text: rest };
}

function jsonObject(source: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined; // a cut report: its text is kept
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject; // JSON.parse gives nothing else
}

function text(object: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function stamp(object: JsonObject, key: string): Stamp | undefined {
  return parseStamp(text(object, key) ?? '');
}

function processesOf(fields: JsonObject): IpsProcess[] {
  const single = text(fields, 'procName');
  const own = single === undefined ? [] : [process(single, text(fields, 'procPath'), fields['pid'])];
  const listed = Array.isArray(fields['processes']) ? (fields['processes'] as readonly Json[]) : [];
  const others = listed.slice(0, MAX_PROCESSES).flatMap((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
    const entry = item as JsonObject; // neither array nor null
    const name = text(entry, 'name');
    return name === undefined ? [] : [process(name, text(entry, 'path'), entry['pid'])];
  });
  return [...own, ...others];
}

function process(name: string, path: string | undefined, pid: Json | undefined): IpsProcess {
  return { name, path, pid: typeof pid === 'number' ? pid : undefined };
}

/** The old text form: "Process:             name [pid]" and "Path:". */
function processOfText(body: string): IpsProcess[] {
  const head = body.slice(0, 8192);
  const match = /^Process:[ \t]{1,100}(\S.{0,255}?) \[(\d{1,10})\][ \t]*$/m.exec(head);
  if (match === null) return [];
  const path = /^Path:[ \t]{1,100}(\S.{0,1023}?)[ \t]*$/m.exec(head)?.[1];
  return [{ name: match[1] ?? '', path, pid: Number(match[2]) }];
}
