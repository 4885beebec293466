import type { IndicatorKey, ParsedBundle, StixIndicator } from '../../formats/stix/index.ts';
import { canonicalHost, canonicalIp, canonicalUrl, pathComponents } from './canonical.ts';
import { COLLECTION_PLATFORMS } from './collections.data.ts';
import { COLLISIONS, type Collision } from './collisions.data.ts';
import { isWord } from './is-word.ts';
import { type Platform, platformOfPath } from './platform.ts';
import { isSharedHost } from './shared-hosts.ts';

export interface Indicator {
  readonly id: string;
  readonly type: IndicatorKey;
  readonly value: string;
  readonly collection: string;
  /** Name of the file or feed it came from. */
  readonly source: string;
  /** Version of that feed, where it has one. */
  readonly version?: number | undefined;
  readonly confidence?: number | undefined;
  readonly tlp?: string | undefined;
  readonly licence?: string | undefined;
  readonly validFromMs?: number | undefined;
  readonly validUntilMs?: number | undefined;
  /** "low": a match alone says little, e.g. the shop of a vendor, or its author doubts it; never a trace by itself. */
  readonly weight?: 'low' | undefined;
  /** Of a name of a program or file, and of a path: the system whose phones have it. Undefined: any. */
  readonly platform?: Platform | undefined;
  /** Of a name or path: harmless files and folders have it too, as a word of the dictionary. As that of a file it is a note. */
  readonly common?: boolean | undefined;
  /** How this entry was derived from what its author wrote, where it was. */
  readonly derived?: string | undefined;
  /** An organisation's own: its value must not leave it. */
  readonly isPrivate?: boolean | undefined;
}

export interface IndicatorFeed {
  readonly source: string;
  readonly bundle: ParsedBundle;
  readonly version?: number;
  /** Holds for indicators that carry none of their own. */
  readonly licence?: string;
  readonly tlp?: string;
  readonly isPrivate?: boolean;
}

export interface PathNode {
  readonly children: Map<string, PathNode>;
  /** Matches this path and everything below. */
  indicator?: Indicator;
  /** Matches this path alone. */
  whole?: Indicator;
}

type Lookup = ReadonlyMap<string, Indicator>;

export interface IndicatorIndex {
  readonly count: number;
  readonly unsupported: readonly { readonly source: string; readonly pattern: string; readonly why: string }[];
  /** Revoked or expired: known, told, never matched. */
  readonly apart: readonly { readonly indicator: Indicator; readonly why: 'revoked' | 'expired' }[];
  /** Of indicators that several feeds hold: those beside the one that matches. */
  readonly alsoKnown: ReadonlyMap<Indicator, readonly Indicator[]>;
  /** Match themselves and every name below. */
  readonly hosts: Lookup;
  /** Addresses, names that unrelated parties share, names derived from "www.": match themselves alone. */
  readonly exactHosts: Lookup;
  readonly urls: Lookup;
  readonly processes: Lookup;
  /** First 16 characters of longer process names: the iOS kernel cuts there. */
  readonly cutProcesses: Lookup;
  readonly emails: Lookup;
  readonly fileNames: Lookup;
  readonly absolutePaths: PathNode;
  readonly relativePaths: PathNode;
  readonly profiles: Lookup;
  /** MD5, SHA-1 and SHA-256 of files: their lengths tell them apart. */
  readonly hashes: Lookup;
  readonly apps: Lookup;
  readonly certificates: Lookup;
  readonly properties: Lookup;
  /** The four before in one map, under kind and value joined by a blank. */
  readonly others: Lookup;
}

export const KERNEL_NAME_CHARS = 16;
/** STIX 2.1, appendix A: below this "confidence" is none or low. */
const SURE = 30;

type LookupName = {
  [K in keyof IndicatorIndex]: IndicatorIndex[K] extends Lookup ? K : never;
}[keyof IndicatorIndex];

/**
 * Compiles feeds into one index. Of equal indicators the first stays, but one of full weight takes the place of one of low weight.
 *
 * @param options.nowMs time of the check; indicators whose validity has ended by then are kept apart. Without it none has ended
 */
export function compileIndicators(
  feeds: readonly IndicatorFeed[],
  options: { readonly nowMs?: number } = {},
): IndicatorIndex {
  const build = new Build();
  for (const feed of feeds) {
    const { source, bundle } = feed;
    const platforms = platformsOf(bundle);
    for (const pattern of bundle.unsupported) build.unsupported.push({ source, ...pattern });
    for (const parsed of bundle.revoked ?? [])
      build.apart.push({ indicator: indicatorOf(parsed, feed, platforms), why: 'revoked' });
    for (const parsed of bundle.indicators) {
      const indicator = indicatorOf(parsed, feed, platforms);
      if (
        indicator.validUntilMs !== undefined &&
        options.nowMs !== undefined &&
        indicator.validUntilMs <= options.nowMs
      ) {
        build.apart.push({ indicator, why: 'expired' });
      } else build.add(indicator);
    }
  }
  return build.finish();
}

/**
 * The system that the places of each collection are on: paths, profiles, properties of Android. One that has places on both is of neither.
 */
function platformsOf({ indicators }: ParsedBundle): ReadonlyMap<string, Platform | 'both'> {
  const platforms = new Map<string, Platform | 'both'>();
  for (const { key, value, collection } of indicators) {
    const platform = placeOf(key, value);
    if (platform === undefined) continue;
    const known = platforms.get(collection) ?? platform;
    platforms.set(collection, known === platform ? platform : 'both');
  }
  return platforms;
}

function placeOf(key: IndicatorKey, value: string): Platform | undefined {
  if (key === 'configuration-profile:id') return 'ios';
  if (key === 'android-property:name') return 'android';
  return key === 'file:path' || key === 'file:name' ? platformOfPath(value) : undefined;
}

const DECIDED = new Map(COLLISIONS.map(({ type, value, decided }) => [`${type} ${value}`, decided]));

function decidedFor({ key, value }: StixIndicator): Collision['decided'] | undefined {
  return DECIDED.get(`${key} ${value}`);
}

/** Names alone go astray between systems; hosts, digests and apps are what they are on each. */
function isName({ key, value }: StixIndicator): boolean {
  return key === 'process:name' || (key === 'file:name' && !value.includes('/'));
}

function platformFor(parsed: StixIndicator, platforms: ReadonlyMap<string, Platform | 'both'>): Indicator['platform'] {
  const { key, value, collection, platform } = parsed;
  if (key === 'file:path' || (key === 'file:name' && value.includes('/'))) return platform ?? platformOfPath(value);
  if (!isName(parsed)) return undefined;
  const decided = decidedFor(parsed);
  if (decided === 'ios' || decided === 'android') return decided;
  const told = platform ?? platforms.get(collection) ?? COLLECTION_PLATFORMS.get(collection);
  return told === 'both' ? undefined : told;
}

function indicatorOf(
  parsed: StixIndicator,
  feed: IndicatorFeed,
  platforms: ReadonlyMap<string, Platform | 'both'>,
): Indicator {
  // Every member always, in one order: the engine then keeps one shape for hundreds of thousands of them.
  return {
    id: parsed.id,
    type: parsed.key,
    value: parsed.value,
    collection: parsed.collection,
    source: feed.source,
    version: feed.version,
    confidence: parsed.confidence,
    tlp: parsed.tlp ?? feed.tlp,
    licence: parsed.licence ?? feed.licence,
    validFromMs: parsed.validFromMs,
    validUntilMs: parsed.validUntilMs,
    weight: parsed.weight ?? (parsed.confidence !== undefined && parsed.confidence < SURE ? 'low' : undefined),
    platform: platformFor(parsed, platforms),
    common: decidedFor(parsed) === 'common' || (isName(parsed) && isWord(parsed.value)) ? true : undefined,
    derived: undefined,
    isPrivate: feed.isPrivate,
  };
}

class Build {
  readonly unsupported: { source: string; pattern: string; why: string }[] = [];
  readonly apart: { indicator: Indicator; why: 'revoked' | 'expired' }[] = [];
  private count = 0;
  private readonly alsoKnown = new Map<Indicator, Indicator[]>();
  private readonly derived: { host: string; indicator: Indicator }[] = [];
  private readonly absolutePaths: PathNode = { children: new Map() };
  private readonly relativePaths: PathNode = { children: new Map() };
  private readonly maps: Readonly<Record<LookupName, Map<string, Indicator>>> = {
    hosts: new Map(),
    exactHosts: new Map(),
    urls: new Map(),
    processes: new Map(),
    cutProcesses: new Map(),
    emails: new Map(),
    fileNames: new Map(),
    profiles: new Map(),
    hashes: new Map(),
    apps: new Map(),
    certificates: new Map(),
    properties: new Map(),
    others: new Map(),
  };

  add(indicator: Indicator): void {
    const why = this.place(indicator);
    if (why === undefined) this.count++;
    else this.unsupported.push({ source: indicator.source, pattern: `${indicator.type} = ${indicator.value}`, why });
  }

  finish(): IndicatorIndex {
    // Last, so that a name which somebody listed himself is never taken for a derived one.
    for (const { host, indicator } of this.derived) {
      if (!this.maps.hosts.has(host) && !this.maps.exactHosts.has(host)) this.maps.exactHosts.set(host, indicator);
    }
    const { count, unsupported, apart, alsoKnown, absolutePaths, relativePaths } = this;
    return { count, unsupported, apart, alsoKnown, absolutePaths, relativePaths, ...this.maps };
  }

  /** @returns why the indicator cannot be used, or undefined */
  private place(indicator: Indicator): string | undefined {
    const { type, value } = indicator;
    switch (type) {
      case 'domain-name':
        return this.placeHost(indicator);
      case 'ip-addr': {
        const ip = canonicalIp(value.replace(/\/(32|128)$/, ''));
        if (ip === undefined) return value.includes('/') ? 'ranges of addresses are not supported' : 'not an address';
        return this.put('exactHosts', ip, indicator);
      }
      case 'url': {
        const url = canonicalUrl(value);
        return url === undefined ? 'not a URL' : this.put('urls', url, indicator);
      }
      case 'process:name':
        return this.placeProcess(indicator);
      case 'email-addr':
        return this.put('emails', canonicalEmail(value), indicator);
      case 'file:name':
        return value.includes('/') ? this.placePath(indicator, 'whole') : this.put('fileNames', value, indicator);
      case 'file:path':
        return this.placePath(indicator, 'indicator');
      case 'file:hash':
        this.put('others', `file:hash ${value.toLowerCase()}`, indicator);
        return this.put('hashes', value.toLowerCase(), indicator);
      case 'app:id':
        this.put('others', `app:id ${value.toLowerCase()}`, indicator);
        return this.put('apps', value.toLowerCase(), indicator);
      case 'app:cert':
        this.put('others', `app:cert ${value.toLowerCase()}`, indicator);
        return this.put('certificates', value.toLowerCase(), indicator);
      case 'configuration-profile:id':
        return this.put('profiles', value.toLowerCase(), indicator);
      case 'android-property:name':
        this.put('others', `android-property:name ${value.toLowerCase()}`, indicator);
        return this.put('properties', value.toLowerCase(), indicator);
    }
  }

  private placeHost(indicator: Indicator): string | undefined {
    const host = canonicalHost(indicator.value);
    if (host === undefined) {
      // Feeds hold "host/path" and whole URLs among the domains; the host alone would say more than its author did.
      if (indicator.value.includes('://')) {
        const url = canonicalUrl(indicator.value);
        return url === undefined ? 'not a host name' : this.put('urls', url, indicator);
      }
      const url = canonicalUrl(`http://${indicator.value}`);
      if (url === undefined || !indicator.value.includes('/')) return 'not a host name';
      this.put('urls', url, indicator);
      return this.put('urls', url.replace(/^http:/, 'https:'), indicator);
    }
    if (canonicalIp(host) !== undefined || !host.includes('.') || isSharedHost(host)) {
      return this.put('exactHosts', host, indicator);
    }
    const bare = host.startsWith('www.') ? host.slice(4) : '';
    if (bare.includes('.') && !isSharedHost(bare)) {
      this.derived.push({ host: bare, indicator: { ...indicator, derived: 'the host without its "www."' } });
    }
    return this.put('hosts', host, indicator);
  }

  private placeProcess(indicator: Indicator): string | undefined {
    const name = indicator.value.slice(indicator.value.lastIndexOf('/') + 1);
    if (name === '') return 'not a process name';
    if (name.length > KERNEL_NAME_CHARS) this.put('cutProcesses', name.slice(0, KERNEL_NAME_CHARS), indicator);
    return this.put('processes', name, indicator);
  }

  private placePath(indicator: Indicator, as: 'indicator' | 'whole'): string | undefined {
    const components = pathComponents(indicator.value);
    if (components.length === 0) return 'path has no component';
    let node = indicator.value.startsWith('/') ? this.absolutePaths : this.relativePaths;
    for (const component of components) {
      let child = node.children.get(component);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(component, child);
      }
      node = child;
    }
    node[as] = this.better(node[as], indicator);
    return undefined;
  }

  private put(name: LookupName, key: string, indicator: Indicator): undefined {
    const map = this.maps[name];
    const known = map.get(key);
    const better = this.better(known, indicator);
    if (better !== known) map.set(key, better);
  }

  /** The one of two equal indicators that matches; the other is remembered beside it. */
  private better(known: Indicator | undefined, added: Indicator): Indicator {
    if (known === undefined || known === added) return added;
    const [first, second] = known.weight === 'low' && added.weight === undefined ? [added, known] : [known, added];
    const others = new Set([...(this.alsoKnown.get(first) ?? []), ...(this.alsoKnown.get(second) ?? []), second]);
    this.alsoKnown.delete(second);
    this.alsoKnown.set(first, [...others]);
    return first;
  }
}

/** RFC 5321 allows 254 characters; wrapping takes a few more. */
const MAX_EMAIL_CHARS = 320;

/** An address for mail without the wrapping that text and links give it. */
export function canonicalEmail(text: string): string {
  return text
    .slice(0, MAX_EMAIL_CHARS)
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '')
    .replace(/^mailto:/i, '')
    .replace(/^["'<]+|["'>]+$/g, '')
    .toLowerCase();
}
