import type { IndicatorKey, ParsedBundle } from '../../formats/stix/index.ts';
import { canonicalHost, canonicalIp, canonicalUrl, pathComponents } from './canonical.ts';
import { SHARED_HOSTS } from './shared-hosts.data.ts';

export interface Indicator {
  readonly id: string;
  readonly type: IndicatorKey;
  readonly value: string;
  readonly collection: string;
  /** Name of the file or feed it came from. */
  readonly source: string;
}

export interface IndicatorFeed {
  readonly source: string;
  readonly bundle: ParsedBundle;
}

export interface PathNode {
  readonly children: Map<string, PathNode>;
  indicator?: Indicator;
}

export interface IndicatorIndex {
  readonly count: number;
  readonly unsupported: readonly { readonly source: string; readonly pattern: string; readonly why: string }[];
  readonly hosts: ReadonlyMap<string, Indicator>;
  readonly exactHosts: ReadonlyMap<string, Indicator>;
  readonly urls: ReadonlyMap<string, Indicator>;
  readonly processes: ReadonlyMap<string, Indicator>;
  /** First 16 characters of longer process names: the iOS kernel cuts there. */
  readonly cutProcesses: ReadonlyMap<string, Indicator>;
  readonly emails: ReadonlyMap<string, Indicator>;
  readonly fileNames: ReadonlyMap<string, Indicator>;
  readonly absolutePaths: PathNode;
  readonly relativePaths: PathNode;
  readonly profiles: ReadonlyMap<string, Indicator>;
  /** Kept for the readers to come (apps, certificates, file hashes, properties): key and value joined by a blank. */
  readonly others: ReadonlyMap<string, Indicator>;
}

export const KERNEL_NAME_CHARS = 16;

/** Compiles feeds into one index; of equal indicators the first stays. */
export function compileIndicators(feeds: readonly IndicatorFeed[]): IndicatorIndex {
  const build = {
    hosts: new Map<string, Indicator>(),
    exactHosts: new Map<string, Indicator>(),
    urls: new Map<string, Indicator>(),
    processes: new Map<string, Indicator>(),
    cutProcesses: new Map<string, Indicator>(),
    emails: new Map<string, Indicator>(),
    fileNames: new Map<string, Indicator>(),
    absolutePaths: { children: new Map() } as PathNode,
    relativePaths: { children: new Map() } as PathNode,
    profiles: new Map<string, Indicator>(),
    others: new Map<string, Indicator>(),
  };
  const unsupported: { source: string; pattern: string; why: string }[] = [];
  let count = 0;
  for (const { source, bundle } of feeds) {
    for (const pattern of bundle.unsupported) unsupported.push({ source, ...pattern });
    for (const { id, key, value, collection } of bundle.indicators) {
      const why = place(build, { id, type: key, value, collection, source });
      if (why === undefined) count++;
      else unsupported.push({ source, pattern: `${key} = ${value}`, why });
    }
  }
  return { count, unsupported, ...build };
}

type Build = {
  [K in Exclude<keyof IndicatorIndex, 'count' | 'unsupported'>]: IndicatorIndex[K] extends ReadonlyMap<
    string,
    Indicator
  >
    ? Map<string, Indicator>
    : PathNode;
};

/** @returns why the indicator cannot be used, or undefined */
function place(build: Build, indicator: Indicator): string | undefined {
  const { type, value } = indicator;
  switch (type) {
    case 'domain-name':
    case 'ip-addr':
      return placeHost(build, indicator);
    case 'url': {
      const url = canonicalUrl(value);
      if (url === undefined) return 'not a URL';
      put(build.urls, url, indicator);
      return undefined;
    }
    case 'process:name':
      put(build.processes, value, indicator);
      if (value.length >= KERNEL_NAME_CHARS) put(build.cutProcesses, value.slice(0, KERNEL_NAME_CHARS), indicator);
      return undefined;
    case 'email-addr':
      put(build.emails, value.replace(/^mailto:/i, '').toLowerCase(), indicator);
      return undefined;
    case 'file:name':
      if (value.includes('/')) placePath(build, indicator);
      else put(build.fileNames, value, indicator);
      return undefined;
    case 'file:path':
      return pathComponents(value).length === 0 ? 'path has no component' : placePath(build, indicator);
    case 'configuration-profile:id':
      put(build.profiles, value.toLowerCase(), indicator);
      return undefined;
    default:
      put(build.others, `${type} ${value.toLowerCase()}`, indicator);
      return undefined;
  }
}

function placeHost(build: Build, indicator: Indicator): string | undefined {
  const host = canonicalHost(indicator.value);
  if (host === undefined) {
    // Feeds hold "host/path" among the domains; the host alone would say more than its author did.
    const url = canonicalUrl(`http://${indicator.value}`);
    if (url === undefined || !indicator.value.includes('/')) return 'not a host name';
    put(build.urls, url, indicator);
    put(build.urls, url.replace(/^http:/, 'https:'), indicator);
    return undefined;
  }
  if (canonicalIp(host) !== undefined || !host.includes('.') || SHARED_HOSTS.has(host)) {
    put(build.exactHosts, host, indicator);
    return undefined;
  }
  put(build.hosts, host, indicator);
  if (host.startsWith('www.') && host.split('.').length > 2) put(build.exactHosts, host.slice(4), indicator);
  return undefined;
}

function placePath(build: Build, indicator: Indicator): undefined {
  let node = indicator.value.startsWith('/') ? build.absolutePaths : build.relativePaths;
  for (const component of pathComponents(indicator.value)) {
    let child = node.children.get(component);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(component, child);
    }
    node = child;
  }
  node.indicator ??= indicator;
}

function put(map: Map<string, Indicator>, key: string, indicator: Indicator): void {
  if (!map.has(key)) map.set(key, indicator);
}
