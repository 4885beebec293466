import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CodedError, FormatError, terminalSentence } from '../../base/index.ts';
import { parseIndicatorFile } from '../../detection/indicators/index.ts';
import { formatMinisignKey, parseMinisignKey } from '../../formats/minisign/index.ts';
import { BUNDLE_SUFFIX, type BundleFile, isBundle, sha256Hex } from './bundle.ts';
import { feedHost } from './get-feed.ts';
import { PUBLIC_SOURCES } from './public-sources.data.ts';
import type { Source, StoredSet, Version } from './state.ts';
import { addVersion, readVersion, type WritableStore } from './store.ts';
import { IndicatorStoreError } from './store-error.ts';
import { openSignedBundle } from './update.ts';

export interface AddOptions {
  readonly name: string | undefined;
  readonly isPrivate: boolean;
  /** Publisher's minisign key: the key itself or a file that holds it. */
  readonly key: string | undefined;
  readonly licence: string | undefined;
  readonly tlp: string | undefined;
  readonly nowMs: number;
}

const MAX_FILES = 1000;

/** Imports a file, a folder of files or a bundle; works without network. */
export function addPath(
  store: WritableStore,
  path: string,
  options: AddOptions,
): { name: string; version: Version; isNew: boolean } {
  const bytes = readPath(path);
  if (bytes !== undefined && isBundle(bytes)) return addBundle(store, path, bytes, options);
  const files = bytes === undefined ? filesOf(path) : [fileOf(path, bytes)];
  const name = setName(options.name ?? basename(path).replace(/\.[a-z0-9]+$/i, ''));
  const known = store.state.sets.find((set) => set.name === name);
  const current = known?.versions.at(-1);
  requireSamePrivacy(known, options.isPrivate);
  if (current !== undefined && sameContent(files, readVersion(store.folder, name, current).bundle.files)) {
    return { name, version: current, isNew: false };
  }
  const bundle = {
    name,
    version: (current?.version ?? 0) + 1,
    createdAt: new Date(options.nowMs).toISOString(),
    licence: options.licence,
    tlp: options.tlp,
    files,
  };
  const version = addVersion(store, { bundle, isPrivate: options.isPrivate, nowMs: options.nowMs });
  return { name, version, isNew: true };
}

/** Configures a source of updates; nothing is fetched. */
export function addSource(
  store: WritableStore,
  urls: readonly string[],
  options: AddOptions & {
    readonly kind: string | undefined;
    readonly hosts: readonly string[];
    readonly auth: Source['auth'];
  },
): Source {
  for (const url of urls) feedHost(url);
  const first = urls[0] ?? '';
  const kind = kindOf(options.kind, first);
  if (kind !== 'files' && urls.length > 1)
    throw new IndicatorStoreError('usage', `Give one URL: a source of kind ${kind} has one`);
  if (kind === 'bundle' && options.key === undefined) {
    throw new IndicatorStoreError(
      'indicators-key',
      'Give --key: a bundle is only taken with its publisher’s signature',
    );
  }
  const source: Source = {
    name: setName(
      options.name ??
        new URL(first).pathname
          .split('/')
          .filter(Boolean)
          .pop()
          ?.replace(/\.[a-z0-9-]+$/i, '') ??
        'feed',
    ),
    kind,
    urls: [...urls],
    hosts: [...options.hosts],
    ...(options.licence === undefined ? {} : { licence: options.licence }),
    ...(options.tlp === undefined ? {} : { tlp: options.tlp }),
    ...(options.key === undefined ? {} : { publisherKey: readKey(options.key) }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  };
  putSource(store, source);
  return source;
}

/** Configures the public feeds. */
export function addPublicSources(store: WritableStore): readonly Source[] {
  for (const source of PUBLIC_SOURCES) putSource(store, source);
  return PUBLIC_SOURCES;
}

function putSource(store: WritableStore, source: Source): void {
  store.state = {
    ...store.state,
    sources: [...store.state.sources.filter(({ name }) => name !== source.name), source],
  };
  store.save();
}

function addBundle(store: WritableStore, path: string, bytes: Uint8Array, options: AddOptions) {
  const signatureFile = `${path}.minisig`;
  const signature = existsSync(signatureFile) ? readFileSync(signatureFile) : undefined;
  // The name is believed only after the signature: until then it says which pinned key to try.
  const claimed = /"name":"([A-Za-z0-9._-]{1,100})"/.exec(Buffer.from(bytes.subarray(0, 400)).toString('utf8'))?.[1];
  const pinned = store.state.sets.find(({ name }) => name === claimed)?.publisherKey;
  const publisherKey = options.key === undefined ? pinned : readKey(options.key);
  if (signature === undefined) {
    throw new IndicatorStoreError(
      'indicators-signature',
      `Put the signature beside the bundle: "${signatureFile}" is missing`,
    );
  }
  if (publisherKey === undefined) {
    throw new IndicatorStoreError('indicators-key', 'Give --key: no key of this bundle’s publisher is known');
  }
  const bundle = openSignedBundle(bytes, signature, publisherKey);
  const known = store.state.sets.find(({ name }) => name === bundle.name);
  const current = known?.versions.at(-1);
  if (current?.sha256 === sha256Hex(bytes)) return { name: bundle.name, version: current, isNew: false };
  requireSamePrivacy(known, options.isPrivate);
  const signed = { bytes, signature, publisherKey };
  const version = addVersion(store, { bundle, signed, isPrivate: options.isPrivate, nowMs: options.nowMs });
  return { name: bundle.name, version, isNew: true };
}

/** A private set stays one: a new version must not open it by accident. */
function requireSamePrivacy(known: StoredSet | undefined, isPrivate: boolean): void {
  if (known === undefined || known.isPrivate === isPrivate) return;
  throw new IndicatorStoreError(
    'indicators-private',
    known.isPrivate
      ? `Give --private, or another --name: "${known.name}" is a private set`
      : `Leave --private out, or give another --name: "${known.name}" is not private`,
  );
}

/** Bytes of a file, or undefined for a folder. */
function readPath(path: string): Uint8Array | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : new Uint8Array(readFileSync(path));
  } catch (error) {
    throw inputError(error, path);
  }
}

function filesOf(folder: string): BundleFile[] {
  const files: BundleFile[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(BUNDLE_SUFFIX)) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = new Uint8Array(readFileSync(path));
    if (parsed(path, bytes)) files.push({ name: freeName(entry.name, files), bytes });
    if (files.length > MAX_FILES)
      throw new IndicatorStoreError('indicators-input', `Give fewer files: over ${MAX_FILES} in "${folder}"`);
  }
  if (files.length === 0)
    throw new IndicatorStoreError('indicators-input', `Give files of indicators: none in "${folder}"`);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fileOf(path: string, bytes: Uint8Array): BundleFile {
  if (!parsed(path, bytes))
    throw new IndicatorStoreError('indicators-input', `Give a file of indicators: "${path}" is none`);
  return { name: freeName(basename(path), []), bytes };
}

function parsed(path: string, bytes: Uint8Array): boolean {
  try {
    return parseIndicatorFile(basename(path), bytes) !== undefined;
  } catch (error) {
    if (error instanceof FormatError) throw new IndicatorStoreError(error.code, `${error.message} ("${path}")`);
    throw error;
  }
}

function freeName(name: string, taken: readonly BundleFile[]): string {
  const base =
    name
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[._-]+/, '')
      .slice(-80) || 'file';
  let free = base;
  for (let i = 2; taken.some((file) => file.name === free); i++) free = `${i}-${base}`;
  return free;
}

function setName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 100);
  if (name === '') throw new IndicatorStoreError('usage', `Give --name: "${text}" makes no name`);
  return name;
}

function kindOf(given: string | undefined, url: string): Source['kind'] {
  const { pathname } = new URL(url);
  const guessed = /\/collections\/[^/]+\/?$/.test(pathname)
    ? 'taxii'
    : pathname.endsWith(BUNDLE_SUFFIX)
      ? 'bundle'
      : pathname.endsWith('/indicators.yaml')
        ? 'mvt-index'
        : 'files';
  const kind = given ?? guessed;
  if (kind === 'taxii' || kind === 'bundle' || kind === 'mvt-index' || kind === 'files') return kind;
  throw new IndicatorStoreError('usage', `Give --kind files, mvt-index, taxii or bundle: "${kind}" is none`);
}

function readKey(given: string): string {
  try {
    return formatMinisignKey(parseMinisignKey(existsSync(given) ? readFileSync(given, 'utf8') : given));
  } catch (error) {
    if (error instanceof FormatError) {
      throw new IndicatorStoreError('indicators-key', `Give --key a minisign public key or its file: ${error.message}`);
    }
    throw error;
  }
}

function sameContent(a: readonly BundleFile[], b: readonly BundleFile[]): boolean {
  const digest = (files: readonly BundleFile[]): string =>
    files.map(({ name, bytes }) => `${name} ${sha256Hex(bytes)}`).join('\n');
  return digest(a) === digest(b);
}

function inputError(error: unknown, path: string): Error {
  if (error instanceof CodedError || !(error instanceof Error) || !('code' in error)) return error as Error; // thrown as it came
  const text = terminalSentence(error, path) ?? `Cannot read "${path}": ${String(error.code)}`;
  return new IndicatorStoreError('indicators-input', text);
}
