import { FormatError } from '../../base/index.ts';
import { parseIndicatorFile } from '../../detection/indicators/index.ts';
import { parseMinisignKey, parseMinisignSignature } from '../../formats/minisign/index.ts';
import { verifyMinisign } from '../../formats/minisign/node.ts';
import { parseMvtIndex } from '../../formats/mvt-index/index.ts';
import { type BundleFile, parseBundle, sha256Hex } from './bundle.ts';
import { type FeedRequest, feedHost, getFeed } from './get-feed.ts';
import type { Source, StoredSet } from './state.ts';
import { addVersion, readVersion, type WritableStore } from './store.ts';
import { IndicatorStoreError } from './store-error.ts';
import { getTaxiiObjects, mergeObjects } from './taxii-source.ts';

export interface Update {
  readonly name: string;
  readonly status: 'updated' | 'unchanged' | 'failed';
  readonly version: number | undefined;
  readonly indicators: number | undefined;
  /** Files that could not be fetched or read; their former content stays. */
  readonly failures: readonly { readonly url: string; readonly why: string }[];
}

/** Updates one source; a failure is told in the result and leaves the stored version as it was. */
export async function updateSource(store: WritableStore, source: Source, nowMs: number): Promise<Update> {
  try {
    switch (source.kind) {
      case 'bundle':
        return await updateBundle(store, source, nowMs);
      case 'taxii':
        return await updateTaxii(store, source, nowMs);
      case 'files':
        return await updateFiles(store, source, source.urls, [], nowMs);
      case 'mvt-index':
        return await updateIndex(store, source, nowMs);
    }
  } catch (error) {
    return { ...stay(store, source), status: 'failed', failures: [{ url: source.urls[0] ?? '', why: whyOf(error) }] };
  }
}

async function updateBundle(store: WritableStore, source: Source, nowMs: number): Promise<Update> {
  const url = source.urls[0] ?? '';
  const { publisherKey } = source;
  if (publisherKey === undefined)
    throw new IndicatorStoreError('indicators-key', 'Give --key: a bundle needs its publisher’s key');
  const known = setOf(store, source);
  const reply = await getFeed({ ...requestTo(source), url, etag: known?.etags[url] });
  if (reply.kind === 'unchanged') return checked(store, source, nowMs);
  const signature = await getFeed({ ...requestTo(source), url: `${url}.minisig`, maxBytes: 16_384 });
  if (signature.kind === 'unchanged')
    throw new IndicatorStoreError('indicators-answer', 'Try again later: no signature was sent');
  const bundle = openSignedBundle(reply.bytes, signature.bytes, publisherKey);
  // One key may sign several feeds: another one must not take this one's place.
  if (bundle.name !== source.name) {
    throw new IndicatorStoreError(
      'indicators-name',
      `Add the source as --name ${bundle.name}: its bundle has that name`,
    );
  }
  if (known?.versions.at(-1)?.sha256 === sha256Hex(reply.bytes)) return checked(store, source, nowMs);
  const version = addVersion(store, {
    bundle,
    signed: { bytes: reply.bytes, signature: signature.bytes, publisherKey },
    isPrivate: known?.isPrivate ?? false,
    etags: etagOf(url, reply.headers),
    nowMs,
  });
  return {
    name: source.name,
    status: 'updated',
    version: version.version,
    indicators: version.indicators,
    failures: [],
  };
}

/** Verifies a bundle's signature before anything of it is read. */
export function openSignedBundle(bytes: Uint8Array, signature: Uint8Array, publisherKey: string) {
  if (!verifyMinisign(bytes, parseMinisignSignature(signature), parseMinisignKey(publisherKey))) {
    throw new IndicatorStoreError(
      'indicators-signature',
      'Ask the publisher: the bundle is not signed by the given key',
    );
  }
  return parseBundle(bytes);
}

async function updateIndex(store: WritableStore, source: Source, nowMs: number): Promise<Update> {
  const reply = await getFeed({ ...requestTo(source), url: source.urls[0] ?? '' });
  if (reply.kind === 'unchanged')
    throw new IndicatorStoreError('indicators-answer', 'Try again later: no list was sent');
  const { files: listed, skipped } = parseMvtIndex(reply.bytes);
  const files = listed.filter(({ url }) => !source.without?.includes(url));
  const failures = skipped.map(({ name, why }) => ({ url: name, why }));
  return await updateFiles(
    store,
    source,
    files.map(({ url }) => url),
    failures,
    nowMs,
  );
}

async function updateFiles(
  store: WritableStore,
  source: Source,
  urls: readonly string[],
  skipped: Update['failures'],
  nowMs: number,
): Promise<Update> {
  const known = setOf(store, source);
  const current = known?.versions.at(-1);
  const stored = current === undefined ? [] : readVersion(store.folder, source.name, current).bundle.files;
  const files: BundleFile[] = [];
  const etags: Record<string, string> = {};
  const failures = [...skipped];
  for (const url of new Set(urls)) {
    const former = stored.find((file) => file.url === url);
    try {
      const { bytes, headers } = await getFile(source, url, former, known?.etags[url]);
      files.push({ name: freeName(url, files), url, bytes });
      Object.assign(etags, headers === undefined ? { [url]: known?.etags[url] ?? '' } : etagOf(url, headers));
    } catch (error) {
      failures.push({ url, why: whyOf(error) });
      if (former !== undefined) files.push({ ...former, name: freeName(url, files) });
    }
  }
  if (files.length === 0 || failures.length === urls.length + skipped.length) {
    return { ...stay(store, source), status: 'failed', failures };
  }
  if (sameFiles(files, stored)) return { ...checked(store, source, nowMs, etags), failures };
  const bundle = { ...headerOf(source, known, nowMs), files };
  const version = addVersion(store, { bundle, isPrivate: known?.isPrivate ?? false, etags, nowMs });
  return { name: source.name, status: 'updated', version: version.version, indicators: version.indicators, failures };
}

async function getFile(
  source: Source,
  url: string,
  former: BundleFile | undefined,
  etag: string | undefined,
): Promise<{ bytes: Uint8Array; headers: Headers | undefined }> {
  const reply = await getFeed({ ...requestTo(source), url, etag: former === undefined ? undefined : etag });
  if (reply.kind === 'unchanged') {
    if (former === undefined) throw new IndicatorStoreError('indicators-answer', 'Try again later: no file was sent');
    return { bytes: former.bytes, headers: undefined };
  }
  if (source.publisherKey !== undefined) await requireSigned(source, url, reply.bytes, source.publisherKey);
  if (parseIndicatorFile(freeName(url, []), reply.bytes) === undefined) {
    throw new IndicatorStoreError('indicators-file', 'Check the source: this is no file of indicators');
  }
  return { bytes: reply.bytes, headers: reply.headers };
}

async function requireSigned(source: Source, url: string, bytes: Uint8Array, publisherKey: string): Promise<void> {
  const reply = await getFeed({ ...requestTo(source), url: `${url}.minisig`, maxBytes: 16_384 });
  const signature = reply.kind === 'body' ? parseMinisignSignature(reply.bytes) : undefined;
  if (signature === undefined || !verifyMinisign(bytes, signature, parseMinisignKey(publisherKey))) {
    throw new IndicatorStoreError('indicators-signature', 'Ask the publisher: the file is not signed by the given key');
  }
}

async function updateTaxii(store: WritableStore, source: Source, nowMs: number): Promise<Update> {
  const known = setOf(store, source);
  const current = known?.versions.at(-1);
  const got = await getTaxiiObjects({ ...requestTo(source), url: source.urls[0] ?? '' }, known?.addedAfter);
  if (got.objects.length === 0 && current !== undefined) return checked(store, source, nowMs);
  const stored = current === undefined ? undefined : readVersion(store.folder, source.name, current).bundle.files[0];
  const bytes = mergeObjects(stored?.bytes, got.objects);
  if (stored !== undefined && sha256Hex(stored.bytes) === sha256Hex(bytes)) return checked(store, source, nowMs);
  const version = addVersion(store, {
    bundle: { ...headerOf(source, known, nowMs), files: [{ name: 'collection.json', url: source.urls[0], bytes }] },
    isPrivate: known?.isPrivate ?? false,
    addedAfter: got.addedAfter,
    nowMs,
  });
  return {
    name: source.name,
    status: 'updated',
    version: version.version,
    indicators: version.indicators,
    failures: [],
  };
}

/** Hosts that a source may ask, and its credential from the environment. */
function requestTo(source: Source): Omit<FeedRequest, 'url'> {
  const hosts = new Set([...source.urls.map(feedHost), ...source.hosts]);
  if (source.auth === undefined) return { hosts };
  const secret = process.env[source.auth.env];
  if (secret === undefined || secret === '') {
    throw new IndicatorStoreError(
      'indicators-credential',
      `Set ${source.auth.env}: "${source.name}" needs its credential`,
    );
  }
  const authorization =
    source.auth.scheme === 'bearer' ? `Bearer ${secret}` : `Basic ${Buffer.from(secret).toString('base64')}`;
  return { hosts, authorization };
}

function headerOf(source: Source, known: StoredSet | undefined, nowMs: number) {
  return {
    name: source.name,
    version: (known?.versions.at(-1)?.version ?? 0) + 1,
    createdAt: new Date(nowMs).toISOString(),
    licence: source.licence,
    tlp: source.tlp,
  };
}

/** Notes that a source was asked and had nothing new. */
function checked(store: WritableStore, source: Source, nowMs: number, etags?: Record<string, string>): Update {
  store.state = {
    ...store.state,
    sets: store.state.sets.map((set) =>
      set.name === source.name ? { ...set, checkedAtMs: nowMs, etags: etags ?? set.etags } : set,
    ),
  };
  store.save();
  return { ...stay(store, source), status: 'unchanged', failures: [] };
}

function stay(store: WritableStore, source: Source): Pick<Update, 'name' | 'version' | 'indicators'> {
  const current = setOf(store, source)?.versions.at(-1);
  return { name: source.name, version: current?.version, indicators: current?.indicators };
}

function setOf(store: WritableStore, source: Source): StoredSet | undefined {
  return store.state.sets.find(({ name }) => name === source.name);
}

function etagOf(url: string, headers: Headers): Record<string, string> {
  const etag = headers.get('etag');
  return etag === null || etag.length > 1000 ? {} : { [url]: etag };
}

function sameFiles(a: readonly BundleFile[], b: readonly BundleFile[]): boolean {
  const digest = (files: readonly BundleFile[]): string =>
    files.map(({ url, bytes }) => `${url} ${sha256Hex(bytes)}`).join('\n');
  return digest(a) === digest(b);
}

/** Base name of a URL, made different from those that are taken. */
function freeName(url: string, taken: readonly BundleFile[]): string {
  const base =
    (new URL(url).pathname.split('/').pop() ?? '')
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[._-]+/, '')
      .slice(0, 80) || 'file';
  const names = new Set(taken.map(({ name }) => name));
  let name = base;
  for (let i = 2; names.has(name); i++) name = `${i}-${base}`;
  return name;
}

function whyOf(error: unknown): string {
  if (error instanceof IndicatorStoreError || error instanceof FormatError) return error.message;
  throw error;
}
