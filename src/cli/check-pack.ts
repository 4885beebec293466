import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalJson, fromBase64Url, toBase64Url } from '../base/index.ts';
import { CheckError } from './check-error.ts';
import { diskTree, type HashedFile, hashTree, leafOf, rootOf } from './scan/index.ts';

const closed = { additionalProperties: false } as const;
const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Text = Type.String({ maxLength: 4096 });
const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' });

const PackBody = Type.Object(
  {
    schema: Type.Literal('pavise.pack/1'),
    tool: Type.Object({ name: Text, version: Text }, closed),
    startedAt: Time,
    endedAt: Time,
    /** Whose evidence it is and who agreed to the check, in the words of whoever ran it. */
    consent: Type.Union([Text, Type.Null()]),
    indicators: Type.Array(Type.Object({ name: Text, indicators: Type.Integer(), sha256: Hex }, closed), {
      maxItems: 10_000,
    }),
    inputs: Type.Array(
      Type.Object(
        { name: Text, files: Type.Integer(), bytes: Type.Integer(), unread: Type.Integer(), root: Hex },
        closed,
      ),
      { maxItems: 20 },
    ),
    /** SHA-256 of the files beside the pack. */
    outputs: Type.Record(Type.String({ maxLength: 200 }), Hex),
  },
  closed,
);
type PackBody = Static<typeof PackBody>;
const Pack = Type.Object({ body: PackBody, publicKey: Type.String(), signature: Type.String() }, closed);

const MAX_PACK_BYTES = 8 * 1024 * 1024;
/** Of a fingerprint: 128 bits, so that nobody makes a second key that looks the same. */
const KEY_DIGITS = 32;

/** Lists the files of one input as text: a line of hash, size and path each. */
export function hashList(files: readonly HashedFile[]): string {
  return files.map((file) => `${leafOf({ ...file, path: escapeBreaks(file.path) })}\n`).join('');
}

/** Signs a pack with this machine's own key (Ed25519), which is made at first use beside the indicator store. */
export function signPack(body: PackBody): string {
  const key = signingKey();
  const signature = sign(null, Buffer.from(canonicalJson(body)), key);
  const publicKey = createPublicKey(key).export({ format: 'jwk' }).x ?? '';
  return `${JSON.stringify({ body, publicKey, signature: toBase64Url(signature) }, null, 2)}\n`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** What `verifyPack` found; `problems` is empty where all is as it was. */
export interface PackVerdict {
  readonly body: PackBody;
  /** Fingerprint of the key that signed: compare it with the one the maker told. */
  readonly key: string;
  /** Whether this machine signed: anybody can sign a forged pack with a key of their own. */
  readonly isOwnKey: boolean;
  readonly problems: readonly string[];
}

/**
 * Verifies a pack: its signature, the files beside it, the lists of hashes against their roots, and, where the evidence is given, the evidence.
 *
 * @param signer fingerprint of the key that must have signed; without it whoever changed a pack may have signed it anew
 * @param evidence paths in the order in which they were checked; none leaves the evidence unproven
 * @throws CheckError `check-pack` when the file is no pack at all
 */
export async function verifyPack(
  path: string,
  evidence: readonly string[],
  signer: string | undefined,
): Promise<PackVerdict> {
  const { body, publicKey, signature } = readPack(path);
  const problems: string[] = [];
  const fingerprint = fingerprintOf(publicKey);
  if (signer !== undefined && signer !== fingerprint) problems.push(`Another key signed than ${signer}`);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  if (!verify(null, Buffer.from(canonicalJson(body)), key, fromBase64Url(signature))) {
    problems.push('The signature does not fit: the pack was changed');
  }
  const folder = dirname(path);
  for (const [name, sum] of Object.entries(body.outputs)) {
    if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) problems.push(`"${name}" is no name of an output`);
    else if (!existsSync(join(folder, name))) problems.push(`${name} is missing`);
    // A folder cannot be hashed, and a named pipe in a file's place would hold the command for ever.
    else if (!lstatSync(join(folder, name)).isFile()) problems.push(`${name} is no file any more`);
    else if (sha256(readFileSync(join(folder, name))) !== sum) problems.push(`${name} was changed`);
  }
  // What lies beside the signed files looks as if it belonged to them.
  for (const name of readdirSync(folder)) {
    if (name !== basename(path) && !Object.hasOwn(body.outputs, name)) problems.push(`"${name}" is not of this pack`);
  }
  for (const [i, input] of body.inputs.entries()) {
    const list = join(folder, `hashes-${i + 1}.txt`);
    if (isFile(list) && rootOf(parseList(readFileSync(list, 'utf8'))) !== input.root) {
      problems.push(`hashes-${i + 1}.txt does not give the root that was signed`);
    }
  }
  if (evidence.length > 0 && evidence.length !== body.inputs.length) {
    problems.push(`${evidence.length} paths given, and the pack has ${body.inputs.length} inputs`);
  }
  for (const [i, input] of body.inputs.entries()) {
    const given = evidence[i];
    if (given !== undefined && (await hashTree(diskTree(given))).root !== input.root) {
      problems.push(`"${given}" is not the evidence that was checked, or was changed since`);
    }
  }
  const isOwnKey = existsSync(keyFile()) && createPublicKey(signingKey()).equals(key);
  return { body, key: fingerprint, isOwnKey, problems };
}

/** Fingerprint of this machine's key, to be told to whoever verifies its packs. */
export function ownFingerprint(): string {
  return fingerprintOf(createPublicKey(signingKey()).export({ format: 'jwk' }).x ?? '');
}

function fingerprintOf(publicKey: string): string {
  return sha256(fromBase64Url(publicKey)).slice(0, KEY_DIGITS);
}

function readPack(path: string): Static<typeof Pack> {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_PACK_BYTES) throw new CheckError('check-pack', 400, 'Cannot read pack: it is over 8 MiB');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new CheckError('check-pack', 400, 'Give the pack.json that a check wrote: this file is no JSON');
  }
  if (!Value.Check(Pack, value) || fromBase64Url(value.publicKey).length !== 32) {
    throw new CheckError('check-pack', 400, 'Give the pack.json that a check wrote: this file is no pack');
  }
  return value;
}

/** A name may hold line breaks on some systems: each file stays one line. */
function escapeBreaks(path: string): string {
  return path.replace(/[\\\n]/g, (mark) => (mark === '\n' ? '\\n' : '\\\\'));
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function parseList(text: string): HashedFile[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [sum = '', size = '', ...path] = line.split(' ');
      const name = path.join(' ').replace(/\\([n\\])/g, (_, mark: string) => (mark === 'n' ? '\n' : '\\'));
      return { path: name, sizeBytes: Number(size), sha256: sum === '-' ? undefined : sum };
    });
}

function signingKey(): KeyObject {
  const path = keyFile();
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' });
  }
  return createPrivateKey(readFileSync(path));
}

function keyFile(): string {
  const data = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(data, 'pavise', 'check.key');
}
