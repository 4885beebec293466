import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concatBytes, FormatError, readAtOf, utf8Bytes } from '../base/index.ts';
import { processorMs, runs } from '../base/testing.ts';
import { parseAbx } from './abx/index.ts';
import { makeAbx } from './abx/testing.ts';
import { openAndroidBackup } from './android-backup/index.ts';
import { makeAndroidBackup } from './android-backup/testing.ts';
import { chunksOf } from './archive/index.ts';
import { gunzip } from './gzip/index.ts';
import { parseIps } from './ips/index.ts';
import { parseKeyBag } from './keybag/index.ts';
import { nodeBackupCrypto } from './keybag/node.ts';
import { makeKeyBag } from './keybag/testing.ts';
import { readMbFile, unarchive } from './keyed-archive/index.ts';
import { PlistUid, parsePlist, writeXmlPlist } from './plist/index.ts';
import { keyedArchive, writeBinaryPlist } from './plist/testing.ts';
import { formatNote, parseNote, parseVerifierKey } from './signed-note/index.ts';
import { openSqlite } from './sqlite/index.ts';
import { makeDatabase } from './sqlite/testing.ts';
import { readTar } from './tar/index.ts';
import { paxRecord, tarPart } from './tar/testing.ts';
import { mutate, seeded } from './testing.ts';
import { parseCheckpoint } from './tlog-checkpoint/index.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof/index.ts';
import { formatBundle, parseBundle, parseTilePath, tilePath } from './tlog-tiles/index.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from './tlog-witness/index.ts';
import { parseTombstone } from './tombstone/index.ts';
import { keepCatalogs, logProcesses } from './tracev3/index.ts';
import { makeTracev3 } from './tracev3/testing.ts';
import { attributedBody, attributedBodyText, parseTypedStream } from './typedstream/index.ts';
import { makeAttributedBody } from './typedstream/testing.ts';
import { openZip } from './zip/index.ts';
import { makeZip } from './zip/testing.ts';

/** In `npm test`; a hundred times that in `npm run fuzz`. */
const INPUTS = runs(10_000);
const MAX_CPU_MS = 1000;

interface Reader {
  readonly name: string;
  readonly vectors: readonly Uint8Array[];
  /** May throw FormatError, and nothing else. */
  readonly read: (bytes: Uint8Array) => void | Promise<void>;
}

const uid = (index: number) => new PlistUid(index);
const value = {
  name: 'größe',
  list: [1, -2, 2.5, true, null, new Date(0), Uint8Array.of(1, 2)],
  deep: { a: { b: ['c'] } },
};
const xml = {
  name: 'größe & <tag>',
  list: [1, 2.5, true, new Date(0), Uint8Array.of(1, 2)],
  deep: { a: { b: ['c'] } },
};
const archive = keyedArchive([
  {
    $class: uid(2),
    RelativePath: uid(3),
    Size: 5,
    Mode: 33188,
    LastModified: 9,
    EncryptionKey: uid(4),
    ProtectionClass: 3,
  },
  { $classname: 'MBFile' },
  'Library/SMS/sms.db',
  { $class: uid(5), 'NS.data': new Uint8Array(44) },
  { $classname: 'NSMutableData' },
]);
const thing = keyedArchive([
  { $class: uid(2), 'NS.keys': [uid(3)], 'NS.objects': [uid(4)] },
  { $classname: 'NSDictionary' },
  'key',
  { $class: uid(5), 'NS.objects': [uid(3), 7] },
  { $classname: 'NSArray' },
]);
const SCHEMA = `PRAGMA page_size = 512; CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT NOT NULL, n INTEGER, r REAL DEFAULT 1.5);
  CREATE TABLE w (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID; CREATE INDEX i ON a (n);
  WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 30) INSERT INTO a SELECT i, 'text ' || i, i * 99999999999, 0.5 FROM c;
  INSERT INTO a VALUES (99, printf('%.900c', 'x'), 1, 2); INSERT INTO w SELECT t, zeroblob(n % 90) FROM a; DELETE FROM a WHERE id % 4 = 1`;
const plain = makeDatabase(SCHEMA).main;
const logged = makeDatabase('UPDATE a SET t = upper(t); DELETE FROM w', { before: SCHEMA, wal: true });
const log = logged.wal ?? new Uint8Array(0);
const tar = concatBytes([tarPart('p', 'x', paxRecord('path', 'größe')), tarPart('a', '0', utf8Bytes('x'.repeat(600))), tarPart('@', 'L', utf8Bytes('n'.repeat(120))), tarPart('b', '2', new Uint8Array(0), { link: 'a' }), new Uint8Array(1024)]); // biome-ignore format: one line reads better
const tombstoneText = utf8Bytes("*** *** ***\nBuild fingerprint: 'x'\nABI: 'arm'\nTimestamp: 2023-04-12 12:32:40.5+0200\nCmdline: /a b\npid: 5, tid: 6, name: n  >>> /a <<<\nuid: 0\nsignal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr 0x1\nAbort message: 'm\nn'\n\nbacktrace:\n"); // biome-ignore format: one line reads better
const tombstoneProtobuf = Uint8Array.of(0x12, 1, 0x61, 0x22, 1, 0x62, 0x28, 5, 0x30, 6, 0x4a, 2, 0x2f, 0x61, 0x52, 6, 8, 11, 0x12, 2, 0x53, 0x49, 0x82, 1, 9, 8, 6, 0x12, 5, 8, 6, 0x12, 1, 0x6e); // biome-ignore format: one line reads better

const hash = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=';
const note = `log.example/a\n20852163\n${hash}\next\n\n\u2014 log.example/a Az3grlgtzPI=\n\u2014 w.example jWbPPwAAAABkGFDL\n`;

/** What parses is written again as it was: a log must not be able to show one thing in two spellings. */
function expectSame(written: Uint8Array, bytes: Uint8Array): void {
  if (!Buffer.from(written).equals(bytes)) throw new Error('it is written in another way than it was read');
}

function readDatabase(main: Uint8Array, wal?: Uint8Array): void {
  const schema = ['CREATE TABLE lost (id INTEGER PRIMARY KEY, t TEXT NOT NULL, n INTEGER, r REAL)'];
  const database = openSqlite(main, { wal, maxSteps: 200_000, salvage: main.length % 2 === 0, schema });
  for (const table of database.tables.slice(0, 5)) {
    for (const _ of database.rows(table, ['id', 't', 'n', 'r', 'k', 'v', 'rowid']));
    for (const _ of database.deletedRows(table, ['t', 'n']));
  }
  for (const _ of database.freedRegions());
}

const fileOf = (bytes: Uint8Array) => ({
  sizeBytes: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}

const READERS: readonly Reader[] = [
  { name: 'sqlite', vectors: [plain], read: (bytes) => readDatabase(bytes) },
  { name: 'sqlite with a mutated log', vectors: [log], read: (bytes) => readDatabase(logged.main, bytes) },
  { name: 'plist, binary', vectors: [writeBinaryPlist(value)], read: (bytes) => void parsePlist(bytes) },
  { name: 'plist, XML', vectors: [writeXmlPlist(xml)], read: (bytes) => void parsePlist(bytes) },
  { name: 'mbfile', vectors: [archive], read: (bytes) => void readMbFile(bytes) },
  { name: 'keyed-archive', vectors: [archive, thing], read: (bytes) => void unarchive(bytes) },
  { name: 'keybag', vectors: [makeKeyBag('x', [1, 3]).bag], read: (bytes) => void parseKeyBag(bytes) },
  {
    name: 'typedstream',
    vectors: [makeAttributedBody('hello', 'https://example.org/'), makeAttributedBody('y'.repeat(200))],
    read(bytes) {
      attributedBodyText(bytes);
      attributedBody(bytes);
      parseTypedStream(bytes);
    },
  },
  { name: 'tombstone', vectors: [tombstoneText, tombstoneProtobuf], read: (bytes) => void parseTombstone(bytes) },
  {
    name: 'ips',
    vectors: [utf8Bytes('{"bug_type":"309","timestamp":"2024-05-01 10:00:00.00 +0200"}\n{"procName":"a","processes":[{"name":"b","pid":1}]}')], // biome-ignore format: one line reads better
    read: (bytes) => void parseIps(bytes),
  },
  {
    name: 'abx',
    vectors: [makeAbx({ name: 'r', attributes: { a: 1, b: 'x', c: 5n }, children: [{ name: 'r', text: 'größe' }] })],
    read: (bytes) => void parseAbx(bytes),
  },
  {
    name: 'tracev3',
    vectors: [makeTracev3([{ uuid: 'A1'.repeat(16), pid: 1, loaded: 2, subsystems: 3 }], [{ uuid: 'B2'.repeat(16), pid: 2 }])], // biome-ignore format: one line reads better
    read(bytes) {
      const file = fileOf(bytes);
      const { processes } = logProcesses(file);
      const kept = logProcesses(fileOf(keepCatalogs(file))).processes;
      if (kept.length !== processes.length) throw new Error('keepCatalogs() lost processes');
    },
  },
  {
    name: 'signed-note',
    vectors: [utf8Bytes(note)],
    read(bytes) {
      const parsed = parseNote(bytes);
      expectSame(formatNote(parsed), bytes);
      parseCheckpoint(parsed.text);
    },
  },
  {
    name: 'signed-note, verifier key',
    vectors: [utf8Bytes('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')],
    read: (bytes) => void parseVerifierKey(new TextDecoder().decode(bytes)),
  },
  {
    name: 'tlog-witness',
    vectors: [utf8Bytes(`old 20852014\n${hash}\n${hash}\n\n${note}`)],
    read: (bytes) => expectSame(formatAddCheckpoint(parseAddCheckpoint(bytes)), bytes),
  },
  {
    name: 'tlog-proof',
    vectors: [utf8Bytes(`c2sp.org/tlog-proof@v1\nextra AAECAw==\nindex 73894\n${hash}\n\n${note}`)],
    read: (bytes) => expectSame(formatTlogProof(parseTlogProof(bytes)), bytes),
  },
  {
    name: 'tlog-tiles, path',
    vectors: [utf8Bytes('tile/0/x001/x234/067.p/12'), utf8Bytes('tile/entries/x001/234')],
    read(bytes) {
      const path = new TextDecoder().decode(bytes);
      expectSame(utf8Bytes(tilePath(parseTilePath(path))), utf8Bytes(path));
    },
  },
  {
    name: 'tlog-tiles, bundle',
    vectors: [formatBundle([utf8Bytes('a'), utf8Bytes(''), utf8Bytes('entry'.repeat(60))])],
    read: (bytes) => expectSame(formatBundle(parseBundle(bytes, 3)), bytes),
  },
  {
    name: 'tar',
    vectors: [tar],
    async read(bytes) {
      for await (const member of readTar(chunksOf(bytes))) await drain(member.stream());
    },
  },
  {
    name: 'gzip',
    vectors: [gzipSync('a line of a log\n'.repeat(20))],
    read: (bytes) => drain(gunzip(chunksOf(bytes))),
  },
  {
    name: 'zip',
    vectors: [makeZip([{ name: 'a/b', data: utf8Bytes('line\n'.repeat(30)) }, { name: 'c', data: utf8Bytes('d'), stored: true, zip64: true, descriptor: true }])], // biome-ignore format: one line reads better
    async read(bytes) {
      const zip = await openZip({ sizeBytes: bytes.length, readAt: readAtOf(bytes) });
      for (const member of zip.members) if (member.refused === undefined) await zip.read(member, 1_000_000);
    },
  },
  {
    name: 'android-backup',
    vectors: [makeAndroidBackup(tar.subarray(0, 300)), makeAndroidBackup(tar.subarray(0, 300), { password: 'x', compressed: false })], // biome-ignore format: one line reads better
    async read(bytes) {
      // The number of rounds is a mutated claim as well; how long they take is the header's limit, not the parser's speed.
      const crypto = { ...nodeBackupCrypto, pbkdf2: async () => new Uint8Array(32) };
      const backup = await openAndroidBackup({ sizeBytes: bytes.length, readAt: readAtOf(bytes) });
      await drain(backup.tar({ password: utf8Bytes('x'), crypto }));
    },
  },
];

describe(`readers on ${INPUTS} mutated inputs each`, () => {
  it.each(READERS)('$name throws only FormatError, and none takes a second', async ({ vectors, read }) => {
    let refused = 0;
    for (let i = 0; i < INPUTS; i++) {
      const random = seeded(i + 1);
      random(2); // the first answers of near seeds are alike
      const vector = vectors[i % vectors.length] ?? new Uint8Array(0);
      const bytes = mutate(vector, random);
      const startMs = performance.now();
      if (!(await accepts(read, bytes, i))) refused++;
      if (performance.now() - startMs > MAX_CPU_MS) await expectQuick(read, bytes, i);
    }
    // Mutations that are all refused, or never, would prove little.
    expect(refused).toBeGreaterThan(INPUTS / 100);
    expect(refused).toBeLessThan(INPUTS);
    for (const vector of vectors.slice(0, 1)) await read(vector);
  });
});

async function accepts(read: Reader['read'], bytes: Uint8Array, i: number): Promise<boolean> {
  try {
    const pending = read(bytes);
    if (pending !== undefined) await pending;
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw new Error(`input ${i} (${Buffer.from(bytes).toString('base64').slice(0, 2000)})`, { cause: error });
  }
}

/** A busy machine makes any input slow: what counts is its processor time, in a second run. */
async function expectQuick(read: Reader['read'], bytes: Uint8Array, i: number): Promise<void> {
  const before = processorMs();
  await accepts(read, bytes, i);
  expect(processorMs() - before, `processor time of input ${i}`).toBeLessThan(MAX_CPU_MS);
}
