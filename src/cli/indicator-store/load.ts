import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FormatError, terminalSentence } from '../../base/index.ts';
import {
  type AllowEntry,
  compileIndicators,
  type IndicatorFeed,
  type IndicatorIndex,
  parseIndicatorFile,
} from '../../detection/indicators/index.ts';
import { isBundle, parseBundle, sha256Hex } from './bundle.ts';
import { readState } from './state.ts';
import { parsedFiles, readVersion, storeFolder } from './store.ts';
import { IndicatorStoreError } from './store-error.ts';

/** A file as it was used, for the record of a check. */
export interface UsedFile {
  readonly name: string;
  readonly indicators: number;
  readonly sha256: string;
}

/** A set as it was used, for the record of a check. */
export interface UsedSet {
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly signedBy: 'publisher' | 'this store';
}

export interface LoadedStore {
  readonly feeds: readonly IndicatorFeed[];
  readonly files: readonly UsedFile[];
  readonly sets: readonly UsedSet[];
  readonly allowList: readonly AllowEntry[];
}

/** Loads the versions in use of every set; a store that is not there is empty, one that was changed is refused. */
export function loadStore(folder: string): LoadedStore {
  const opened = readState(folder);
  if (opened === undefined) return { feeds: [], files: [], sets: [], allowList: [] };
  const feeds: IndicatorFeed[] = [];
  const files: UsedFile[] = [];
  const sets: UsedSet[] = [];
  for (const set of opened.state.sets) {
    const version = set.versions.at(-1);
    if (version === undefined) continue;
    const { bundle } = readVersion(folder, set.name, version);
    sets.push({ name: set.name, version: version.version, sha256: version.sha256, signedBy: version.signedBy });
    for (const { name, parsed, sha256 } of parsedFiles(bundle)) {
      files.push({
        name: `${set.name}@${version.version}/${name}`,
        indicators: parsed.indicators.length,
        sha256,
      });
      feeds.push({
        source: `${set.name}/${name}`,
        bundle: parsed,
        version: version.version,
        ...(bundle.licence === undefined ? {} : { licence: bundle.licence }),
        ...(bundle.tlp === undefined ? {} : { tlp: bundle.tlp }),
        ...(set.isPrivate ? { isPrivate: true } : {}),
      });
    }
  }
  return { feeds, files, sets, allowList: opened.state.allowed };
}

/**
 * Everything that a check compares with: the files that were given and, unless only these are wanted, the local store.
 *
 * @param options.given files and folders of `--indicators`; one that cannot be read is an error, never a silent gap
 * @param options.onlyGiven leaves the store's indicators out; its allow-list holds all the same
 * @param options.store `--store`; by default PAVISE_INDICATORS or the user's data folder. One that is named and is not there is an error
 */
export function loadIndicators(options: {
  readonly given: readonly string[];
  readonly onlyGiven: boolean;
  readonly store?: string | undefined;
  readonly nowMs: number;
}): LoadedStore & { readonly index: IndicatorIndex } {
  const folder = storeFolder(options.store, process.env);
  if ((options.store ?? process.env['PAVISE_INDICATORS'] ?? '') !== '' && !existsSync(folder)) {
    throw new IndicatorStoreError(
      'indicators-store',
      `Check --store or PAVISE_INDICATORS: there is no store at "${folder}"`,
    );
  }
  const stored = options.onlyGiven
    ? { feeds: [], files: [], sets: [], allowList: readState(folder)?.state.allowed ?? [] }
    : loadStore(folder);
  const given = options.given.flatMap(readGiven);
  const feeds = [...given.map(({ feed }) => feed), ...stored.feeds];
  const files = [...given.map(({ file }) => file), ...stored.files];
  return { ...stored, feeds, files, index: compileIndicators(feeds, { nowMs: options.nowMs }) };
}

/** A file that was given, parsed. */
interface GivenFile {
  readonly feed: IndicatorFeed;
  readonly file: UsedFile;
}

/** Reads a file of indicators, a bundle, or every such file below a folder. */
export function readGiven(path: string): GivenFile[] {
  const isFolder = statOf(path).isDirectory();
  const feeds = (isFolder ? filesBelow(path) : [path]).flatMap((file) => readOne(file, !isFolder));
  if (feeds.length === 0)
    throw new IndicatorStoreError('indicators-input', `Give files of indicators: none in "${path}"`);
  return feeds;
}

function readOne(file: string, alone: boolean): GivenFile[] {
  try {
    const bytes = readFileSync(file);
    if (isBundle(bytes)) {
      const bundle = parseBundle(bytes);
      const { version, name: set } = bundle;
      return parsedFiles(bundle).map(({ name, parsed, sha256 }) => ({
        feed: { source: `${set}/${name}`, bundle: parsed, version },
        file: { name: `${set}@${version}/${name}`, indicators: parsed.indicators.length, sha256 },
      }));
    }
    const parsed = parseIndicatorFile(basename(file), bytes);
    if (parsed !== undefined) {
      const used = { name: basename(file), indicators: parsed.indicators.length, sha256: sha256Hex(bytes) };
      return [{ feed: { source: basename(file), bundle: parsed }, file: used }];
    }
    if (alone) throw new IndicatorStoreError('indicators-input', `Give a file of indicators: "${file}" is none`);
    return [];
  } catch (error) {
    if (error instanceof FormatError) throw new IndicatorStoreError(error.code, `${error.message} ("${file}")`);
    throw inputError(error, file);
  }
}

function filesBelow(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(stix2?|json|ya?ml|csv|txt|list|pavise-indicators)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw inputError(error, path);
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw inputError(error, path);
  }
}

function inputError(error: unknown, path: string): Error {
  if (error instanceof IndicatorStoreError || !(error instanceof Error) || !('code' in error)) return error as Error; // thrown as it came
  const text = terminalSentence(error, path) ?? `Cannot read "${path}": ${String(error.code)}`;
  return new IndicatorStoreError('indicators-input', text);
}
