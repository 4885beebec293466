import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { isPlistDict, type PlistDict, PlistUid, type PlistValue, writeXmlPlist } from '../../formats/plist/index.ts';
import type { Artefact, ArtefactModule, EvidenceTree, OpenFile, Sighting, TimelineEvent } from '../evidence.ts';
import { type IosBackup, openIosBackup } from './backup.ts';

/** Bytes of a database that `fill` writes. */
export function databaseBytes(fill: (database: DatabaseSync) => void): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'pavise-'));
  try {
    const path = join(folder, 'database');
    const database = new DatabaseSync(path);
    fill(database);
    database.close();
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface BackupFile {
  readonly domain: string;
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly flags?: number;
  /** Archived MBFile; none by default. */
  readonly record?: Uint8Array;
  /** Left out of Manifest.db. */
  readonly unlisted?: boolean;
}

/** A backup in memory. */
export function backupTree(files: readonly BackupFile[], info: PlistDict = {}): EvidenceTree {
  const content = new Map<string, Uint8Array>([['Info.plist', writeXmlPlist(info)]]);
  const manifest = databaseBytes((database) => {
    database.exec(
      'CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)',
    );
    const insert = database.prepare('INSERT INTO Files VALUES (?, ?, ?, ?, ?)');
    for (const { domain, path, bytes, flags, record, unlisted } of files) {
      const id = createHash('sha1').update(`${domain}-${path}`).digest('hex');
      if (unlisted !== true) insert.run(id, domain, path, flags ?? 1, record ?? null);
      if (bytes !== undefined) content.set(`${id.slice(0, 2)}/${id}`, bytes);
    }
  });
  content.set('Manifest.db', manifest);
  return memoryTree(content);
}

function memoryTree(content: ReadonlyMap<string, Uint8Array>): EvidenceTree {
  return {
    name: 'memory',
    single: false,
    files: () => [...content].map(([path, { length: sizeBytes }]) => ({ path, sizeBytes })),
    open(path) {
      const bytes = content.get(path);
      if (bytes === undefined) return undefined;
      return openBytes(bytes);
    },
  };
}

export function openBytes(bytes: Uint8Array): OpenFile {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}

export interface Collected<R> {
  readonly records: R[];
  readonly sightings: Sighting[];
  readonly events: TimelineEvent[];
  readonly rows: readonly Artefact[];
}

/** Runs a module over a backup and keeps all that it gives. */
export async function collect<R>(module: ArtefactModule<IosBackup, R>, tree: EvidenceTree): Promise<Collected<R>> {
  const backup = await openIosBackup(tree, { passwords: [] });
  if (backup === undefined) throw new Error('not a backup');
  const [records, sightings, events]: [R[], Sighting[], TimelineEvent[]] = [[], [], []];
  const rows = await module.read(backup, {
    record: (record) => records.push(record),
    sighting: (sighting) => sightings.push(sighting),
    event: (event) => events.push(event),
  });
  return { records, sightings, events, rows };
}

/** A typedstream as `attributedBody` holds it. */
export function attributedBody(text: string, tail = ''): Uint8Array {
  const bytes = utf8Bytes(text);
  const length = bytes.length < 0x80 ? [bytes.length] : [0x81, bytes.length & 0xff, bytes.length >> 8];
  return concatBytes([
    new Uint8Array([0x04, 0x0b]),
    utf8Bytes('streamtyped'),
    new Uint8Array([0x81, 0xe8, 0x03, 0x84, 0x01, 0x40, 0x84, 0x84, 0x84, 0x12]),
    utf8Bytes('NSAttributedString'),
    new Uint8Array([0, 0x84, 0x84, 8]),
    utf8Bytes('NSString'),
    new Uint8Array([0x01, 0x94, 0x84, 0x01, 0x2b, ...length]),
    bytes,
    new Uint8Array([0x86, 0x84]),
    utf8Bytes(tail),
    new Uint8Array([0x86]),
  ]);
}

const APPLE_EPOCH_MS = 978_307_200_000;

export const appleSeconds = (iso: string): number => (Date.parse(iso) - APPLE_EPOCH_MS) / 1000;
export const appleNanoseconds = (iso: string): bigint => BigInt(Date.parse(iso) - APPLE_EPOCH_MS) * 1_000_000n;

/** Writes a binary property list (CFBinaryPList.c), every reference in one byte. */
export function binaryPlist(root: PlistValue): Uint8Array {
  const objects: Uint8Array[] = [];
  const add = (value: PlistValue): number => {
    const index = objects.push(new Uint8Array(0)) - 1;
    objects[index] = encode(value, add);
    return index;
  };
  add(root);
  let at = 8;
  const offsets = objects.map((object) => {
    const from = at;
    at += object.length;
    return [from >> 8, from & 0xff];
  });
  if (objects.length > 255 || at > 65_535) throw new Error('too large for this writer');
  const trailer = new Uint8Array(32);
  trailer[6] = 2;
  trailer[7] = 1;
  trailer[15] = objects.length;
  trailer[30] = at >> 8;
  trailer[31] = at & 0xff;
  return concatBytes([utf8Bytes('bplist00'), ...objects, new Uint8Array(offsets.flat()), trailer]);
}

function encode(value: PlistValue, add: (value: PlistValue) => number): Uint8Array {
  if (value === null) return new Uint8Array([0]);
  if (typeof value === 'boolean') return new Uint8Array([value ? 9 : 8]);
  if (typeof value === 'number' || typeof value === 'bigint') return number(Number(value));
  if (value instanceof Date) return double(0x33, (value.getTime() - APPLE_EPOCH_MS) / 1000);
  if (value instanceof PlistUid) return new Uint8Array([0x80, value.uid]);
  if (value instanceof Uint8Array) return concatBytes([head(4, value.length), value]);
  if (typeof value === 'string') {
    if (/^[\0-\x7f]*$/.test(value)) return concatBytes([head(5, value.length), utf8Bytes(value)]);
    const units = [...Array(value.length).keys()].flatMap((i) => [
      value.charCodeAt(i) >> 8,
      value.charCodeAt(i) & 0xff,
    ]);
    return concatBytes([head(6, value.length), new Uint8Array(units)]);
  }
  if (isPlistDict(value)) {
    const keys = Object.keys(value);
    const references = [...keys.map(add), ...keys.map((key) => add(value[key] ?? null))];
    return concatBytes([head(0xd, keys.length), new Uint8Array(references)]);
  }
  return concatBytes([head(0xa, value.length), new Uint8Array(value.map(add))]);
}

function head(kind: number, length: number): Uint8Array {
  if (length < 15) return new Uint8Array([(kind << 4) | length]);
  if (length < 256) return new Uint8Array([(kind << 4) | 0x0f, 0x10, length]);
  return new Uint8Array([(kind << 4) | 0x0f, 0x11, length >> 8, length & 0xff]);
}

function number(value: number): Uint8Array {
  if (!Number.isInteger(value)) return double(0x23, value);
  const bytes = new Uint8Array(9);
  bytes[0] = 0x13;
  new DataView(bytes.buffer).setBigInt64(1, BigInt(value));
  if (value < 0 || value > 0xffff_ffff) return bytes;
  return new Uint8Array([0x12, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
}

function double(marker: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = marker;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

/** The archived MBFile of a file, its times in Unix seconds. */
export function fileRecord(fields: Readonly<Record<string, PlistValue>>): Uint8Array {
  const file = { ...fields, $class: new PlistUid(2) };
  return binaryPlist({
    $version: 100_000,
    $archiver: 'NSKeyedArchiver',
    $top: { root: new PlistUid(1) },
    $objects: ['$null', file, { $classname: 'MBFile', $classes: ['MBFile', 'NSObject'] }],
  });
}
