import { existsSync } from 'node:fs';
import { type AllowEntry, compileIndicators } from '../../detection/indicators/index.ts';
import type { ParsedBundle } from '../../formats/stix/index.ts';
import { compareIndicators, type ListedIndicator } from './compare.ts';
import { loadStore, readGiven } from './load.ts';
import { readState, type Source, type StoredSet, type Version } from './state.ts';
import { parsedFiles, readVersion, verifyVersion } from './store.ts';
import { IndicatorStoreError } from './store-error.ts';

export interface Listing {
  readonly schema: 'pavise.indicators/1';
  readonly folder: string;
  readonly sets: readonly (Omit<StoredSet, 'etags'> & { readonly current: number })[];
  readonly sources: readonly Source[];
  readonly allowed: readonly (AllowEntry & { readonly ended: boolean })[];
  /** What a check would compare with, over all sets. */
  readonly inUse: { readonly indicators: number; readonly unsupported: number; readonly apart: number };
}

/** Lists what the store holds. */
export function listStore(folder: string, nowMs: number): Listing {
  const state = readState(folder)?.state;
  const index = compileIndicators(loadStore(folder).feeds, { nowMs });
  return {
    schema: 'pavise.indicators/1',
    folder,
    sets: (state?.sets ?? []).map(({ etags: _, ...set }) => ({ ...set, current: set.versions.at(-1)?.version ?? 0 })),
    sources: state?.sources ?? [],
    allowed: (state?.allowed ?? []).map((entry) => ({ ...entry, ended: entry.untilMs <= nowMs })),
    inUse: { indicators: index.count, unsupported: index.unsupported.length, apart: index.apart.length },
  };
}

export interface Verification {
  readonly ok: boolean;
  readonly versions: readonly { readonly name: string; readonly version: number; readonly why: string | null }[];
}

/** Checks every stored version in full. */
export function verifyStore(folder: string): Verification {
  const opened = readState(folder);
  const versions = (opened?.state.sets ?? []).flatMap((set) =>
    set.versions.map((version) => ({
      name: set.name,
      version: version.version,
      why: opened === undefined ? null : (verifyVersion(folder, set, version, opened.key) ?? null),
    })),
  );
  return { ok: versions.every(({ why }) => why === null), versions };
}

export interface Difference {
  readonly from: string;
  readonly to: string;
  readonly added: readonly ListedIndicator[];
  readonly removed: readonly ListedIndicator[];
}

/** Compares versions: of every set its last two, of set A its last two, or A with B (NAME, NAME@VERSION or a path). */
export function diffStore(folder: string, names: readonly string[]): { readonly differences: readonly Difference[] } {
  const [a, b, more] = names;
  if (more !== undefined) throw new IndicatorStoreError('usage', 'Give at most two things to compare (see --help)');
  const sets = readState(folder)?.state.sets ?? [];
  if (a !== undefined && b !== undefined) {
    const [from, to] = [named(folder, sets, a), named(folder, sets, b)];
    return { differences: [{ from: from.name, to: to.name, ...compareIndicators(from.parsed, to.parsed) }] };
  }
  const chosen = a === undefined ? sets : [setNamed(sets, a)];
  return {
    differences: chosen.map((set) => {
      const [older, newer] = [set.versions.at(-2), set.versions.at(-1)];
      const [before, after] = [parsedVersion(folder, set, older), parsedVersion(folder, set, newer)];
      return {
        from: older === undefined ? 'nothing' : `${set.name}@${older.version}`,
        to: `${set.name}@${newer?.version ?? 0}`,
        ...compareIndicators(before, after),
      };
    }),
  };
}

/** Finds a set and one of its versions by NAME or NAME@VERSION. */
export function versionNamed(sets: readonly StoredSet[], text: string): { set: StoredSet; version: Version } {
  const [, name = text, number] = /^(.*)@(\d+)$/.exec(text) ?? [];
  const set = setNamed(sets, name);
  const version =
    number === undefined ? set.versions.at(-1) : set.versions.find((known) => known.version === Number(number));
  if (version === undefined) {
    const kept = set.versions.map((known) => known.version).join(', ');
    throw new IndicatorStoreError('indicators-name', `Choose a version of "${name}" (${kept}): there is no ${number}`);
  }
  return { set, version };
}

function named(
  folder: string,
  sets: readonly StoredSet[],
  text: string,
): { name: string; parsed: readonly ParsedBundle[] } {
  const isSet = sets.some(({ name }) => name === text.replace(/@\d+$/, ''));
  if (!isSet && existsSync(text)) return { name: text, parsed: readGiven(text).map(({ feed }) => feed.bundle) };
  const { set, version } = versionNamed(sets, text);
  return { name: `${set.name}@${version.version}`, parsed: parsedVersion(folder, set, version) };
}

function setNamed(sets: readonly StoredSet[], name: string): StoredSet {
  const set = sets.find((known) => known.name === name);
  if (set === undefined) {
    throw new IndicatorStoreError('indicators-name', `Choose a set of "pavise indicators list": there is no "${name}"`);
  }
  return set;
}

function parsedVersion(folder: string, set: StoredSet, version: Version | undefined): ParsedBundle[] {
  if (version === undefined) return [];
  return parsedFiles(readVersion(folder, set.name, version).bundle).map(({ parsed }) => parsed);
}
