import { createPrivateKey } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError, fromBase64, utf8Bytes } from '../base/index.ts';
import { parseAbx } from './abx/index.ts';
import { openAndroidBackup } from './android-backup/index.ts';
import { expectTag, oidOf, readDer, TAG, timeOf } from './asn1/index.ts';
import { parseEnveloped, parseSigned } from './cms/index.ts';
import { openEnvelope } from './cms/node.ts';
import { gunzip } from './gzip/index.ts';
import { parseIps } from './ips/index.ts';
import { deriveKek, parseKeyBag, unwrapClassKeys, unwrapFileKey } from './keybag/index.ts';
import { nodeBackupCrypto } from './keybag/node.ts';
import { readMbFile, unarchive } from './keyed-archive/index.ts';
import { readRoot, verifyInclusion } from './merkle-tree/index.ts';
import { parseMinisignKey, parseMinisignSignature } from './minisign/index.ts';
import { parseMvtIndex } from './mvt-index/index.ts';
import { parsePlist } from './plist/index.ts';
import { parsePkiMessage } from './scep/index.ts';
import { openPkcsReq } from './scep/node.ts';
import {
  ed25519Verifier,
  type NoteVerifier,
  parseNote,
  parseVerifierKey,
  SIGNATURE_TYPE,
  verifyNote,
} from './signed-note/index.ts';
import { openSqlite } from './sqlite/index.ts';
import { parseSamplesCsv, parseStalkerwareYaml } from './stalkerware/index.ts';
import { parseStixBundle } from './stix/index.ts';
import { readTar } from './tar/index.ts';
import { parseTaxiiEnvelope } from './taxii/index.ts';
import { parseManifest } from './tdf/manifest.ts';
import { derOfPem } from './tdf/pem.ts';
import { parsePolicy } from './tdf/policy.ts';
import { compareHeads, openCheckpoint, parseCheckpoint } from './tlog-checkpoint/index.ts';
import { cosignatureVerifier, cosignedAtSeconds } from './tlog-cosignature/index.ts';
import { parseTlogProof } from './tlog-proof/index.ts';
import { parseBundle, parseTilePath, readEdge } from './tlog-tiles/index.ts';
import { parseAddCheckpoint, parseConflict } from './tlog-witness/index.ts';
import { parseTombstone } from './tombstone/index.ts';
import { logProcesses } from './tracev3/index.ts';
import { parseTypedStream } from './typedstream/index.ts';
import { parseCertificate, parseCertificateRequest } from './x509/index.ts';
import { publicKeyOf } from './x509/node.ts';
import { parseYaml } from './yaml/index.ts';
import { locateZipEntry, openZip, readZip } from './zip/index.ts';

const VECTORS = join(import.meta.dirname, '../../test/vectors');

/** What a vector is made of: bytes in base64 or text, each part repeated where it says so, since a limit takes megabytes. */
interface Part {
  readonly base64?: string;
  readonly text?: string;
  readonly times?: number;
}
interface Vector {
  /** Which reader of the format, where it has several. */
  readonly reader?: string;
  readonly parts: readonly Part[];
  /** What the reader takes beside the bytes. */
  readonly with?: string;
  /** `ok`, or the code of the FormatError. */
  readonly expect: string;
  /** A code that the reader does not throw but notes, and what its answer then says. */
  readonly notes?: string;
  readonly damage?: string;
}
interface VectorFile {
  readonly source: string;
  readonly licence: string;
  readonly vectors: readonly Vector[];
}

type Read = (bytes: Uint8Array<ArrayBuffer>, beside: string) => unknown;
const all = async (source: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of source);
};
const input = (bytes: Uint8Array<ArrayBuffer>) => ({
  sizeBytes: bytes.length,
  readAt: async (offset: number, length: number) => bytes.slice(offset, offset + length),
});
async function* once(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield bytes;
}

const verifierOf = (text: string): NoteVerifier => {
  const key = parseVerifierKey(text);
  return key.type === SIGNATURE_TYPE.ed25519 ? ed25519Verifier(key) : cosignatureVerifier(key);
};

/** One entry for each reader of foreign bytes; the name before the dot is the folder. */
const READERS: Readonly<Record<string, Read>> = {
  abx: (bytes) => parseAbx(bytes),
  'android-backup': async (bytes, password) => {
    const backup = await openAndroidBackup(input(bytes));
    await all(backup.tar(password === '' ? undefined : { password: utf8Bytes(password), crypto: nodeBackupCrypto }));
  },
  asn1: (bytes) => readDer(bytes),
  'asn1.oid': (bytes) => oidOf(readDer(bytes)),
  'asn1.time': (bytes) => timeOf(readDer(bytes)),
  'asn1.sequence': (bytes) => expectTag(readDer(bytes), TAG.sequence, 'a sequence'),
  cms: (bytes) => parseSigned(bytes),
  'cms.envelope': (bytes, pem) => openEnvelope(parseEnveloped(bytes), createPrivateKey(pem), false),
  gzip: async (bytes) => await all(gunzip(once(bytes), { maxBytes: 1_000_000 })),
  ips: (bytes) => parseIps(bytes),
  keybag: async (bytes, password) => {
    const bag = parseKeyBag(bytes);
    unwrapClassKeys(bag, await deriveKek(bag, utf8Bytes(password), nodeBackupCrypto), nodeBackupCrypto);
  },
  'keybag.file-key': (bytes) =>
    unwrapFileKey({ keys: new Map([[4, new Uint8Array(32)]]), locked: [] }, bytes, nodeBackupCrypto),
  'keyed-archive': (bytes) => unarchive(bytes),
  'keyed-archive.mb-file': (bytes) => readMbFile(bytes),
  'merkle-tree': (bytes) => {
    const { index, size, leaf, root, proof } = JSON.parse(new TextDecoder().decode(bytes));
    verifyInclusion({ index, hash: fromBase64(leaf) }, { size, root: fromBase64(root) }, proof.map(fromBase64));
  },
  'merkle-tree.nodes': async (bytes) => await readRoot(1, async () => [bytes]),
  minisign: (bytes) => parseMinisignSignature(bytes),
  'minisign.key': (bytes) => parseMinisignKey(new TextDecoder().decode(bytes)),
  'mvt-index': (bytes) => parseMvtIndex(bytes),
  plist: (bytes) => parsePlist(bytes),
  scep: (bytes) => parsePkiMessage(bytes),
  'scep.request': (bytes, pem) => {
    const message = parsePkiMessage(bytes);
    // The certificate is not looked at when a request is opened.
    openPkcsReq(message, { certificate: message.signed.signerCertificate, key: createPrivateKey(pem) }, false);
  },
  'signed-note': (bytes) => parseNote(bytes),
  'signed-note.key': (bytes) => parseVerifierKey(new TextDecoder().decode(bytes)),
  'signed-note.verify': async (bytes, keys) => await verifyNote(parseNote(bytes), keys.split('\n').map(verifierOf)),
  sqlite: (bytes) => {
    const database = openSqlite(bytes);
    for (const table of database.tables) for (const _ of database.rows(table, database.columns(table) ?? []));
    return database.damage;
  },
  'sqlite.steps': (bytes) => [...openSqlite(bytes, { maxSteps: 1 }).rows('sqlite_schema', ['name'])],
  'sqlite.table': (bytes, table) => [...openSqlite(bytes).rows(table, ['a'])],
  stalkerware: (bytes) => parseStalkerwareYaml(bytes),
  'stalkerware.samples': (bytes) => parseSamplesCsv(bytes),
  stix: (bytes) => parseStixBundle(bytes),
  tar: async (bytes) => await all(readTar(once(bytes))),
  taxii: (bytes) => parseTaxiiEnvelope(bytes),
  'tdf.manifest': (bytes) => parseManifest(bytes),
  'tdf.pem': (bytes) => derOfPem(new TextDecoder().decode(bytes), 'PRIVATE KEY'),
  'tdf.policy': (bytes) => parsePolicy(new TextDecoder().decode(bytes)),
  'tlog-checkpoint': (bytes) => parseCheckpoint(new TextDecoder().decode(bytes)),
  'tlog-checkpoint.open': async (bytes, trusted) => {
    const [origin = '', ...keys] = trusted.split('\n');
    await openCheckpoint(parseNote(bytes), { origin, verifiers: keys.map(verifierOf) });
  },
  'tlog-checkpoint.compare': (bytes) => {
    const [older, newer, proof] = JSON.parse(new TextDecoder().decode(bytes));
    const headOf = ({ size, root }: { size: number; root: string }) => ({ size, root: fromBase64(root) });
    compareHeads(headOf(older), headOf(newer), proof.map(fromBase64));
  },
  'tlog-cosignature.key': (bytes) => cosignatureVerifier(parseVerifierKey(new TextDecoder().decode(bytes))),
  'tlog-cosignature.time': (bytes) => cosignedAtSeconds({ name: 'w', keyId: 1, signature: bytes }),
  'tlog-proof': (bytes) => parseTlogProof(bytes),
  'tlog-tiles': (bytes) => parseTilePath(new TextDecoder().decode(bytes)),
  'tlog-tiles.hashes': async (bytes) => await readEdge(1, async () => [bytes]),
  'tlog-tiles.bundle': (bytes, width) => parseBundle(bytes, Number(width)),
  'tlog-witness': (bytes) => parseAddCheckpoint(bytes),
  'tlog-witness.conflict': (bytes) => parseConflict(bytes),
  tombstone: (bytes) => parseTombstone(bytes),
  tracev3: (bytes) => {
    const { damage } = logProcesses({ sizeBytes: bytes.length, read: (at, length) => bytes.subarray(at, at + length) });
    return damage === undefined ? [] : [damage];
  },
  typedstream: (bytes) => parseTypedStream(bytes),
  x509: (bytes) => parseCertificate(bytes),
  'x509.request': (bytes) => parseCertificateRequest(bytes),
  'x509.key': (bytes) => publicKeyOf(bytes),
  yaml: (bytes) => parseYaml(bytes),
  zip: async (bytes) => {
    const zip = await readZip(input(bytes).readAt, bytes.length);
    for (const entry of zip.entries) await locateZipEntry(zip, entry);
  },
  'zip.entries': async (bytes) => {
    const folder = await openZip(input(bytes));
    for (const member of folder.members) await folder.read(member, 1_000_000);
  },
};

/** Thrown by what writes, or asks a server: no input has them. Each has a test of its own beside its code. */
const NOT_READ: readonly string[] = ['tar-name', 'tdf-input', 'tdf-refused'];

const FILES = globSync('*/{vectors,codes}.json', { cwd: VECTORS }).sort();
const read = (path: string): VectorFile => JSON.parse(readFileSync(join(VECTORS, path), 'utf8')); // our own files
const OURS = FILES.filter((path) => read(path).vectors.every(({ parts }) => parts !== undefined));

describe.each(OURS)('vectors of %s', (path) => {
  const folder = path.slice(0, path.indexOf('/'));
  const { vectors, source, licence } = read(path);
  it('name their source and licence', () => {
    expect([source, licence].every((text) => text.length > 3)).toBe(true);
  });
  it.each(vectors.map((vector) => [vector.notes ?? vector.expect, vector.reader ?? folder, vector] as const))(
    '%s by %s',
    async (_code, reader, { parts, with: beside = '', expect: expected, damage }) => {
      const run = READERS[reader];
      if (run === undefined) throw new Error(`no reader "${reader}"`);
      let [code, answer]: [string, unknown] = ['ok', undefined];
      try {
        answer = await run(bytesOf(parts), beside);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        code = error.code;
      }
      expect(code).toBe(expected);
      if (damage !== undefined) expect(String(answer)).toContain(damage);
    },
    60_000,
  );
});

function bytesOf(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map(({ base64, text = '', times = 1 }) => {
    const piece = base64 === undefined ? utf8Bytes(text) : fromBase64(base64);
    return new Uint8Array(Buffer.alloc(piece.length * times, piece));
  });
  return new Uint8Array(Buffer.concat(pieces));
}

const PREFIXES =
  'abx|ab|asn1|cms|gzip|ips|keybag|plist|archive|mbfile|merkle-tree|minisign|mvt|scep|signed-note|sqlite|stalkerware|samples|stix|tar|taxii|tdf|tlog|tombstone|tracev3|typedstream|x509|yaml|zip';
const CODE = new RegExp(`['"\`]((?:${PREFIXES})-[a-z0-9-]+)['"\`]`, 'g');

describe('codes of formats', () => {
  it('each have a committed vector', () => {
    const codes = new Set<string>();
    for (const path of globSync('**/*.ts', { cwd: import.meta.dirname })) {
      if (/\.test\.ts$|testing\.ts$/.test(path)) continue;
      const source = readFileSync(join(import.meta.dirname, path), 'utf8');
      for (const [, code = ''] of source.matchAll(CODE)) codes.add(code);
    }
    const proven = new Set<string>(NOT_READ);
    for (const path of FILES) for (const { expect: code, notes } of read(path).vectors) proven.add(notes ?? code);
    expect(codes.size).toBeGreaterThan(100);
    expect([...codes].filter((code) => !proven.has(code))).toEqual([]);
  });
});
