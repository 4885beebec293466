import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalJson, fromBase64Url, type Json } from '../../base/index.ts';
import type { MinisignPublicKey } from '../../formats/minisign/index.ts';
import { NAME_PATTERN } from './bundle.ts';
import { IndicatorStoreError } from './store-error.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ pattern: NAME_PATTERN });
const Time = Type.Integer({ minimum: 0 });
const Text = Type.String({ maxLength: 4096 });

/** Where a set is updated from. `urls`: the files; for taxii the collection; for mvt-index the list; for bundle the bundle. */
export const Source = Type.Object(
  {
    name: Name,
    kind: Type.Enum(['files', 'mvt-index', 'taxii', 'bundle']),
    urls: Type.Array(Type.String({ maxLength: 2048 }), { minItems: 1, maxItems: 100 }),
    /** Hosts beside those of `urls` that may be asked: by redirect, or because a list names them. */
    hosts: Type.Array(Type.String({ maxLength: 260 }), { maxItems: 20 }),
    licence: Type.Optional(Type.String({ maxLength: 300 })),
    tlp: Type.Optional(Type.String({ maxLength: 20 })),
    publisherKey: Type.Optional(Type.String({ maxLength: 200 })),
    /** URLs that a list names and that are left out, because another source has them in a better form. */
    without: Type.Optional(Type.Array(Type.String({ maxLength: 2048 }), { maxItems: 100 })),
    /** Name of the environment variable that holds the credential; the credential itself is never stored. */
    auth: Type.Optional(
      Type.Object(
        { scheme: Type.Enum(['bearer', 'basic']), env: Type.String({ pattern: '^[A-Za-z_]\\w{0,99}$' }) },
        closed,
      ),
    ),
  },
  closed,
);
export type Source = Static<typeof Source>;

const Version = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    createdAtMs: Time,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    indicators: Type.Integer({ minimum: 0 }),
    signedBy: Type.Enum(['publisher', 'this store']),
  },
  closed,
);
export type Version = Static<typeof Version>;

const StoredSet = Type.Object(
  {
    name: Name,
    isPrivate: Type.Boolean(),
    publisherKey: Type.Optional(Type.String({ maxLength: 200 })),
    /** Oldest first; the last is the one in use. */
    versions: Type.Array(Version, { minItems: 1, maxItems: 1000 }),
    etags: Type.Record(Type.String(), Text),
    addedAfter: Type.Optional(Type.String({ maxLength: 40 })),
    checkedAtMs: Type.Optional(Time),
  },
  closed,
);
export type StoredSet = Static<typeof StoredSet>;

const StoreState = Type.Object(
  {
    schema: Type.Literal('pavise.indicator-store/1'),
    serial: Type.Integer({ minimum: 0 }),
    sources: Type.Array(Source, { maxItems: 1000 }),
    sets: Type.Array(StoredSet, { maxItems: 1000 }),
    allowed: Type.Array(
      Type.Object(
        {
          value: Text,
          reason: Text,
          author: Type.String({ maxLength: 200 }),
          createdAtMs: Time,
          untilMs: Time,
        },
        closed,
      ),
      { maxItems: 10_000 },
    ),
  },
  closed,
);
export type StoreState = Static<typeof StoreState>;

const Signed = Type.Object({ state: StoreState, signature: Type.String({ maxLength: 200 }) }, closed);
export const EMPTY: StoreState = { schema: 'pavise.indicator-store/1', serial: 0, sources: [], sets: [], allowed: [] };

/** The key with which a store signs what it imported: it shows changes on the disk, not who published. */
export interface LocalKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly minisign: MinisignPublicKey;
}

/** Reads the store's signed state; undefined where there is no store. Refuses a state that was changed. */
export function readState(folder: string): { state: StoreState; key: LocalKey } | undefined {
  const file = join(folder, 'state.json');
  const text = readIfThere(file);
  if (text === undefined) {
    // A store that was begun and holds nothing has no state; one that holds sets lost it.
    const sets = join(folder, 'sets');
    if (existsSync(sets) && readdirSync(sets).length > 0) {
      throw new IndicatorStoreError('indicators-state', `Restore the indicator store: "${file}" is missing`);
    }
    return undefined;
  }
  const key = readKey(folder);
  if (key === undefined) {
    throw new IndicatorStoreError(
      'indicators-key',
      `Restore the indicator store: its key "local.key" is missing in "${folder}"`,
    );
  }
  let signed: unknown;
  try {
    signed = JSON.parse(text);
  } catch {
    signed = undefined; // told below
  }
  if (!Value.Check(Signed, signed)) {
    throw new IndicatorStoreError('indicators-state', `Restore the indicator store: "${file}" is damaged`);
  }
  if (!verify(null, signedBytes(signed.state), key.publicKey, Buffer.from(signed.signature, 'base64'))) {
    throw new IndicatorStoreError(
      'indicators-changed',
      `Restore the indicator store: "${file}" was changed outside of it`,
    );
  }
  return { state: signed.state, key };
}

/** Text of a file, undefined where there is none. One that may not be read is an error: it must not look like an empty store. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    if (code === 'ENOENT') return undefined;
    throw new IndicatorStoreError('indicators-input', `Cannot read the indicator store: "${file}": ${code}`);
  }
}

/** Writes the state in one step, so that a stop in between leaves the old one. */
export function writeState(folder: string, state: StoreState, key: LocalKey): void {
  const signature = sign(null, signedBytes(state), key.privateKey).toString('base64');
  writeInOneStep(join(folder, 'state.json'), `${JSON.stringify({ state, signature }, null, 1)}\n`, 0o600);
}

/** Gives the store's key; makes folder and key where there are none. */
export function ensureKey(folder: string): LocalKey {
  mkdirSync(join(folder, 'sets'), { recursive: true, mode: 0o700 });
  const known = readKey(folder);
  if (known !== undefined) return known;
  const { privateKey } = generateKeyPairSync('ed25519');
  writeInOneStep(join(folder, 'local.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  return keyOf(privateKey);
}

/** Writes beside and renames. */
export function writeInOneStep(file: string, content: string | Uint8Array, mode: number): void {
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, content, { mode, flush: true });
  chmodSync(beside, mode); // the umask may have taken bits away
  renameSync(beside, file);
}

function readKey(folder: string): LocalKey | undefined {
  const file = join(folder, 'local.key');
  const pem = readIfThere(file);
  if (pem === undefined) return undefined;
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new IndicatorStoreError(
      'indicators-key',
      `Make "${file}" readable for its owner alone: others can open it (chmod 600)`,
    );
  }
  try {
    return keyOf(createPrivateKey(pem));
  } catch {
    throw new IndicatorStoreError('indicators-key', `Restore the indicator store: "${file}" is no Ed25519 key`);
  }
}

function keyOf(privateKey: KeyObject): LocalKey {
  const publicKey = createPublicKey(privateKey);
  const key = fromBase64Url(publicKey.export({ format: 'jwk' }).x ?? '');
  const keyId = new Uint8Array(createHash('sha256').update(key).digest().subarray(0, 8));
  return { privateKey, publicKey, minisign: { keyId, key } };
}

function signedBytes(state: StoreState): Buffer {
  return Buffer.from(`pavise.indicator-store\n${canonicalJson(state as Json)}`);
}
