import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '../../base/index.ts';
import { parseIndicatorFile } from '../../detection/indicators/index.ts';
import { parseMinisignKey, parseMinisignSignature } from '../../formats/minisign/index.ts';
import { signMinisign, verifyMinisign } from '../../formats/minisign/node.ts';
import { BUNDLE_SUFFIX, type Bundle, encodeBundle, parseBundle, sha256Hex } from './bundle.ts';
import {
  EMPTY,
  ensureKey,
  type LocalKey,
  readState,
  type StoredSet,
  type StoreState,
  type Version,
  writeInOneStep,
  writeState,
} from './state.ts';
import { IndicatorStoreError } from './store-error.ts';

/** Versions of a set kept for `diff`; older files are removed, their numbers stay used. */
const MAX_VERSIONS = 12;

/** A store that is open for changes. `save` signs and writes what was changed. */
export interface WritableStore {
  readonly folder: string;
  readonly key: LocalKey;
  state: StoreState;
  save(): void;
}

/** Where the store is: `--store`, else PAVISE_INDICATORS, else the user's data folder. */
export function storeFolder(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env['PAVISE_INDICATORS'];
  if (named !== undefined && named !== '') return named;
  const data = env['XDG_DATA_HOME'] || env['LOCALAPPDATA'] || join(homedir(), '.local', 'share');
  return join(data, 'pavise', 'indicators');
}

/** Opens the store for one change at a time; makes it where there is none. */
export async function withStore<T>(folder: string, change: (store: WritableStore) => T | Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  takeLock(lock);
  try {
    const opened = readState(folder);
    const key = opened?.key ?? ensureKey(folder);
    const store: WritableStore = {
      folder,
      key,
      state: opened?.state ?? EMPTY,
      save() {
        this.state = { ...this.state, serial: this.state.serial + 1 };
        writeState(folder, this.state, key);
      },
    };
    return await change(store);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** What is added to a set. `signature`: the publisher's, over `bytes`; without it the store signs. */
export interface NewVersion {
  readonly bundle: Bundle;
  readonly signed?:
    | { readonly bytes: Uint8Array; readonly signature: Uint8Array; readonly publisherKey: string }
    | undefined;
  readonly isPrivate: boolean;
  readonly etags?: Readonly<Record<string, string>>;
  readonly addedAfter?: string | undefined;
  readonly nowMs: number;
}

/**
 * Adds a version to a set and saves the store. Every file must be readable; a version that is not higher than one that was there is refused.
 */
export function addVersion(store: WritableStore, added: NewVersion): Version {
  const { bundle, signed, nowMs } = added;
  const known = store.state.sets.find(({ name }) => name === bundle.name);
  requireSameKey(known, bundle.name, signed?.publisherKey);
  const newest = known?.versions.at(-1)?.version ?? 0;
  if (bundle.version <= newest) {
    throw new IndicatorStoreError(
      'indicators-rollback',
      `Keep version ${newest} of "${bundle.name}": version ${bundle.version} is older or the same`,
    );
  }
  const indicators = countIndicators(bundle);
  const bytes = signed?.bytes ?? encodeBundle(bundle);
  const comment = `name:${bundle.name} version:${bundle.version}`;
  const signature =
    signed?.signature ?? signMinisign(bytes, { ...store.key, keyId: store.key.minisign.keyId }, comment);
  const file = versionFile(store.folder, bundle.name, bundle.version);
  mkdirSync(join(store.folder, 'sets', bundle.name), { recursive: true, mode: 0o700 });
  writeInOneStep(file, bytes, 0o400);
  writeInOneStep(`${file}.minisig`, signature, 0o400);
  const version: Version = {
    version: bundle.version,
    createdAtMs: nowMs,
    sha256: sha256Hex(bytes),
    indicators,
    signedBy: signed === undefined ? 'this store' : 'publisher',
  };
  const versions = [...(known?.versions ?? []), version];
  const set: StoredSet = {
    name: bundle.name,
    isPrivate: added.isPrivate,
    ...(signed === undefined ? {} : { publisherKey: signed.publisherKey }),
    versions: versions.slice(-MAX_VERSIONS),
    etags: { ...added.etags },
    ...(added.addedAfter === undefined ? {} : { addedAfter: added.addedAfter }),
    checkedAtMs: nowMs,
  };
  store.state = { ...store.state, sets: [...store.state.sets.filter(({ name }) => name !== set.name), set] };
  store.save();
  for (const old of versions.slice(0, -MAX_VERSIONS)) removeVersion(store.folder, set.name, old.version);
  return version;
}

/** Removes a set with its versions, and the source of that name. */
export function removeSet(store: WritableStore, name: string): void {
  const { sets, sources } = store.state;
  if (![...sets, ...sources].some((known) => known.name === name)) {
    throw new IndicatorStoreError('indicators-name', `Choose a set of "pavise indicators list": there is no "${name}"`);
  }
  store.state = {
    ...store.state,
    sets: sets.filter((set) => set.name !== name),
    sources: sources.filter((source) => source.name !== name),
  };
  store.save();
  rmSync(join(store.folder, 'sets', name), { recursive: true, force: true });
}

/** Reads a version of a set; refuses one whose file is not what was stored. */
export function readVersion(folder: string, set: string, version: Version): { bundle: Bundle; bytes: Uint8Array } {
  const file = versionFile(folder, set, version.version);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new IndicatorStoreError(
      'indicators-missing',
      `Update or remove "${set}": its version ${version.version} is missing on the disk`,
    );
  }
  if (sha256Hex(bytes) !== version.sha256) {
    throw new IndicatorStoreError(
      'indicators-changed',
      `Remove "${set}" and add it again: its version ${version.version} was changed on the disk ("${file}")`,
    );
  }
  return { bundle: parseBundle(bytes), bytes };
}

/** Checks one version in full: digest, signature, structure, every file readable; @returns why it is bad, or undefined. */
export function verifyVersion(folder: string, set: StoredSet, version: Version, key: LocalKey): string | undefined {
  try {
    const { bundle, bytes } = readVersion(folder, set.name, version);
    const signature = parseMinisignSignature(readSignature(folder, set.name, version.version));
    const signer = version.signedBy === 'publisher' ? parseMinisignKey(set.publisherKey ?? '') : key.minisign;
    if (!verifyMinisign(bytes, signature, signer)) return 'its signature does not match';
    if (countIndicators(bundle) !== version.indicators)
      return 'it holds another number of indicators than when it was added';
    return undefined;
  } catch (error) {
    if (error instanceof IndicatorStoreError || error instanceof FormatError) return error.message;
    throw error;
  }
}

/** Reads the signature beside a version. */
export function readSignature(folder: string, set: string, version: number): Uint8Array {
  try {
    return readFileSync(`${versionFile(folder, set, version)}.minisig`);
  } catch {
    throw new IndicatorStoreError(
      'indicators-missing',
      `Update or remove "${set}": the signature of version ${version} is missing`,
    );
  }
}

/** Files of a bundle that hold indicators, parsed. */
export function parsedFiles(bundle: Bundle) {
  return bundle.files.flatMap((file) => {
    const parsed = parseIndicatorFile(file.name, file.bytes);
    return parsed === undefined ? [] : [{ name: file.name, parsed, sha256: sha256Hex(file.bytes) }];
  });
}

function countIndicators(bundle: Bundle): number {
  return parsedFiles(bundle).reduce((sum, { parsed }) => sum + parsed.indicators.length, 0);
}

/** A set keeps the publisher that it began with: nobody else's version can take its place, nor can an unsigned one. */
function requireSameKey(known: StoredSet | undefined, name: string, key: string | undefined): void {
  if (known === undefined || known.publisherKey === key) return;
  throw new IndicatorStoreError(
    'indicators-key',
    known.publisherKey === undefined
      ? `Choose another --name: "${name}" is a set that this store signs itself`
      : `Ask the publisher of "${name}": this version is not signed by the key that the set began with`,
  );
}

function versionFile(folder: string, set: string, version: number): string {
  return join(folder, 'sets', set, `${version}${BUNDLE_SUFFIX}`);
}

function removeVersion(folder: string, set: string, version: number): void {
  const file = versionFile(folder, set, version);
  rmSync(file, { force: true });
  rmSync(`${file}.minisig`, { force: true });
}

function takeLock(lock: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, `${process.pid}`, { flag: 'wx', mode: 0o600 });
      return;
    } catch {
      if (attempt > 0 || ownerLives(lock)) break;
      rmSync(lock, { force: true }); // left by a command that was killed
    }
  }
  throw new IndicatorStoreError('indicators-busy', `Wait for the other command on this store: "${lock}" is held`);
}

function ownerLives(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
