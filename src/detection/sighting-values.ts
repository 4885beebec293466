import type { Sighting } from '../evidence/index.ts';
import {
  canonicalEmail,
  canonicalHost,
  canonicalIp,
  canonicalUrl,
  hostOfUrl,
  type Indicator,
  type IndicatorIndex,
  isCommonName,
  KERNEL_NAME_CHARS,
  type PathNode,
  pathComponents,
  withoutPunctuation,
} from './indicators/index.ts';

/**
 * Kinds of values in the index of sightings. `host` is a host itself and `domain` each name above it, so that an indicator that matches
 * itself alone stays exact; likewise `path` and `under`, each folder above a path; `file` is a base name, `part` a component that may be an
 * app's id, `component` one that may be the name of a
 * process; `cut-process` a name so long that the phone may have cut it there.
 */
export const VALUE_KINDS = [
  'host',
  'domain',
  'url',
  'process',
  'email',
  'path',
  'under',
  'file',
  'profile',
  'app',
  'certificate',
  'hash',
  'property',
  'part',
  'component',
  'cut-process',
] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** Deeper folders are counted as this deep: no phone has them. */
const MAX_FOLDERS = 40;

/**
 * Gives each value under which a sighting stands in the index, in the spelling in which indicators are compared (indicators/match.ts).
 *
 * `valuesOfIndicators` gives those to look for: a sighting matches an indicator exactly when one value is in both.
 */
export function valuesOfSighting(
  {
    kind,
    value,
    relativePath,
    processParts,
    uncut,
  }: Pick<Sighting, 'kind' | 'value' | 'relativePath' | 'processParts' | 'uncut'>,
  take: (kind: ValueKind, value: string) => void,
): void {
  switch (kind) {
    case 'host':
      hostValues(canonicalHost(value), take);
      break;
    case 'url':
      urlValues(value, take);
      break;
    case 'path':
      pathValues(value, relativePath, take);
      if (processParts !== undefined) {
        for (const part of partsOfProcesses(value, processParts)) take('component', part);
      }
      break;
    case 'process': {
      const base = value.slice(value.lastIndexOf('/') + 1);
      if (base !== '') take('process', base);
      if (base.length === KERNEL_NAME_CHARS && !uncut) take('cut-process', base);
      break;
    }
    case 'email':
      take('email', canonicalEmail(value));
      break;
    case 'certificate':
      take('certificate', value.replace(/[:\s]/g, '').toLowerCase());
      break;
    case 'app': {
      const id = value.trim().toLowerCase();
      take('app', id);
      if (id.includes(':')) for (const part of id.split(':')) take('app', part);
      break;
    }
    case 'profile':
    case 'hash':
    case 'property':
      take(kind, value.trim().toLowerCase());
  }
}

/**
 * Parts of a path that may be the name of a known process.
 *
 * A list of all files is full of folders with names of two to four letters, such as those of languages: there they mean no process, while
 * beneath a program that ran they do.
 */
export function partsOfProcesses(path: string, parts: 'all' | 'folders'): readonly string[] {
  const folders = path.split('/');
  const last = folders.pop() ?? '';
  const named = folders.filter((part) => part !== '');
  if (parts === 'folders') return named;
  return [...named.filter((part) => !isCommonName(part)), ...(last === '' ? [] : [last])];
}

function hostValues(host: string | undefined, take: (kind: ValueKind, value: string) => void): void {
  if (host === undefined) return;
  take('host', host);
  if (canonicalIp(host) !== undefined) return;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const parent = host.slice(dot + 1);
    if (!parent.includes('.')) return;
    take('domain', parent);
  }
}

function urlValues(url: string, take: (kind: ValueKind, value: string) => void): void {
  const canonical = canonicalUrl(url);
  if (canonical !== undefined) take('url', canonical);
  const bare = withoutPunctuation(url);
  const other = bare === url ? undefined : canonicalUrl(bare);
  if (other !== undefined && other !== canonical) take('url', other);
  hostValues(hostOfUrl(url), take);
}

function pathValues(
  value: string,
  relativePath: string | undefined,
  take: (kind: ValueKind, value: string) => void,
): void {
  if (value.startsWith('/')) placeValues(pathComponents(value), '/', take);
  const relative = relativePath ?? value;
  // An absolute path stands once: relative indicators are looked for in both spellings.
  if (relative !== value || !value.startsWith('/')) {
    placeValues(pathComponents(relative), relative.startsWith('/') ? '/' : '', take);
  }
  const base = relative.slice(relative.lastIndexOf('/') + 1);
  if (base !== '') take('file', base);
  partValues(value, base, take);
}

/** Components that may be ids of apps, which all have a dot; a base name in small letters stands as `file` already. */
function partValues(path: string, file: string, take: (kind: ValueKind, value: string) => void): void {
  if (!path.includes('.')) return;
  const parts = path.split('/');
  for (const [i, part] of parts.entries()) {
    const id = part.toLowerCase();
    if (part.includes('.') && (i < parts.length - 1 || part !== id || part !== file)) take('part', id);
  }
}

function placeValues(
  components: readonly string[],
  start: '/' | '',
  take: (kind: ValueKind, value: string) => void,
): void {
  if (components.length === 0) return;
  const path = start + components.join('/');
  take('path', path);
  let folders = 0;
  for (let slash = path.indexOf('/', 1); slash >= 0 && folders < MAX_FOLDERS; slash = path.indexOf('/', slash + 1)) {
    take('under', path.slice(0, slash));
    folders++;
  }
}

/** A value to look for and the indicator that it means. */
export interface WantedValue {
  readonly kind: ValueKind;
  readonly value: string;
  readonly indicator: Indicator;
}

/** Gives every value under which indicators are looked for in the index of sightings. */
export function valuesOfIndicators(index: IndicatorIndex): WantedValue[] {
  const wanted: WantedValue[] = [];
  const take = (kinds: readonly ValueKind[], from: ReadonlyMap<string, Indicator>): void => {
    for (const [value, indicator] of from) for (const kind of kinds) wanted.push({ kind, value, indicator });
  };
  take(['host', 'domain'], index.hosts);
  take(['host'], index.exactHosts);
  take(['url'], index.urls);
  take(['process', 'component'], index.processes);
  take(['cut-process'], index.cutProcesses);
  take(['email'], index.emails);
  take(['file'], index.fileNames);
  take(['profile'], index.profiles);
  take(['app', 'part', 'file'], index.apps);
  take(['certificate'], index.certificates);
  take(['hash'], index.hashes);
  take(['property'], index.properties);
  const addPath = (components: readonly string[], { indicator, whole }: PathNode, starts: readonly string[]): void => {
    for (const path of spellings(components)) {
      for (const start of starts) {
        if (indicator !== undefined) {
          wanted.push({ kind: 'path', value: start + path, indicator });
          wanted.push({ kind: 'under', value: start + path, indicator });
        }
        if (whole !== undefined) wanted.push({ kind: 'path', value: start + path, indicator: whole });
      }
    }
  };
  walk(index.absolutePaths, (components, node) => addPath(components, node, ['/']));
  walk(index.relativePaths, (components, node) => addPath(components, node, ['', '/']));
  return wanted;
}

/** A path as it is, and with one component for which the phone's own records have "*": a backup does not keep the ids of containers. */
function spellings(components: readonly string[]): readonly string[] {
  const starred = components.map((_, at) => components.map((component, i) => (i === at ? '*' : component)).join('/'));
  return [components.join('/'), ...starred];
}

/** By a list of its own: a path may have more components than calls fit on the stack. */
function walk(root: PathNode, visit: (components: readonly string[], node: PathNode) => void): void {
  const open: { readonly components: readonly string[]; readonly node: PathNode }[] = [{ components: [], node: root }];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { components, node } = entry;
    if (node.indicator !== undefined || node.whole !== undefined) visit(components, node);
    for (const [name, child] of node.children) open.push({ components: [...components, name], node: child });
  }
}
