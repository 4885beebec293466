import { canonicalHost, canonicalUrl, hostOfUrl, pathComponents } from './canonical.ts';
import { canonicalEmail, type Indicator, type IndicatorIndex, KERNEL_NAME_CHARS, type PathNode } from './compile.ts';
import type { Platform } from './platform.ts';

/** Ordinary words are this short: such a name counts only in a list of processes, not in text. */
const MAX_COMMON_NAME_CHARS = 4;

const PUNCTUATION = new Set([...')].,;:!?\'"»”’> \t\r\n']);

/** The indicator where it is of this system or of any, else another of the same value that is; undefined where none is. */
export function ofPlatform(
  index: IndicatorIndex,
  indicator: Indicator | undefined,
  platform: Platform | undefined,
): Indicator | undefined {
  const fits = (known: Indicator): boolean =>
    platform === undefined || known.platform === undefined || known.platform === platform;
  if (indicator === undefined || fits(indicator)) return indicator;
  return index.alsoKnown.get(indicator)?.find(fits);
}

/** Matches a host or one of its parents, by whole labels; addresses as numbers. */
export function matchHost(index: IndicatorIndex, text: string): Indicator | undefined {
  const host = canonicalHost(text);
  if (host === undefined) return undefined;
  const exact = index.hosts.get(host) ?? index.exactHosts.get(host);
  if (exact !== undefined || index.hosts.size === 0) return exact;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const parent = index.hosts.get(host.slice(dot + 1));
    if (parent !== undefined) return parent;
  }
  return undefined;
}

/** Matches a URL exactly, else its host. Punctuation that text puts behind a link is tried away. */
export function matchUrl(index: IndicatorIndex, url: string): Indicator | undefined {
  if (index.urls.size > 0) {
    for (const candidate of [url, withoutPunctuation(url)]) {
      const canonical = canonicalUrl(candidate);
      const exact = canonical === undefined ? undefined : index.urls.get(canonical);
      if (exact !== undefined) return exact;
    }
  }
  const host = hostOfUrl(url);
  return host === undefined ? undefined : matchHost(index, host);
}

/** A link without the punctuation that text put behind it. Walks from the end: a search would take the square of a long run. */
export function withoutPunctuation(url: string): string {
  let end = url.length;
  while (end > 0 && PUNCTUATION.has(url[end - 1] ?? '')) end--;
  return url.slice(0, end);
}

/**
 * Matches a process by base name, case-sensitive; a name of exactly 16 characters by that prefix of a longer one.
 *
 * @param uncut the source never cuts names, as iOS does: equal names alone match
 */
export function matchProcess(index: IndicatorIndex, name: string, uncut = false): Indicator | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (base === '') return undefined;
  return (
    index.processes.get(base) ??
    (!uncut && base.length === KERNEL_NAME_CHARS ? index.cutProcesses.get(base) : undefined)
  );
}

/** Whether a name is too short to mean a process where it merely stands in some file. */
export function isCommonName(name: string): boolean {
  return name.length <= MAX_COMMON_NAME_CHARS;
}

/** Matches a component of a path that is the name of a process, e.g. in a list of files or in shutdown.log. */
export function matchPathPart(index: IndicatorIndex, path: string): Indicator | undefined {
  for (const component of path.split('/')) {
    const indicator = index.processes.get(component);
    if (indicator !== undefined) return indicator;
  }
  return undefined;
}

export function matchEmail(index: IndicatorIndex, text: string): Indicator | undefined {
  return index.emails.get(canonicalEmail(text));
}

export function matchProfile(index: IndicatorIndex, payloadUuid: string): Indicator | undefined {
  return index.profiles.get(payloadUuid.trim().toLowerCase());
}

/** Matches the MD5, SHA-1 or SHA-256 of a file, in hex. */
export function matchHash(index: IndicatorIndex, hex: string): Indicator | undefined {
  return index.hashes.get(hex.trim().toLowerCase());
}

/** Matches the MD5, SHA-1 or SHA-256 of a signer's certificate, in hex with or without colons. */
export function matchCertificate(index: IndicatorIndex, hex: string): Indicator | undefined {
  return index.certificates.get(hex.replace(/[:\s]/g, '').toLowerCase());
}

/** Matches an Android package or iOS bundle id, whole; of a process name as Android has it ("package:service") also its parts. */
export function matchApp(index: IndicatorIndex, name: string): Indicator | undefined {
  const id = name.trim().toLowerCase();
  const whole = index.apps.get(id);
  if (whole !== undefined || !id.includes(':')) return whole;
  for (const part of id.split(':')) {
    const indicator = index.apps.get(part);
    if (indicator !== undefined) return indicator;
  }
  return undefined;
}

/** Matches a component of a path that is an app's id, e.g. `/data/data/com.example/databases/x.db`. */
export function matchAppInPath(index: IndicatorIndex, path: string): Indicator | undefined {
  for (const component of path.toLowerCase().split('/')) {
    const indicator = index.apps.get(component);
    if (indicator !== undefined) return indicator;
  }
  return undefined;
}

/** Matches the name of an Android system property. */
export function matchProperty(index: IndicatorIndex, name: string): Indicator | undefined {
  return index.properties.get(name.trim().toLowerCase());
}

/**
 * Matches a file by path, component by component, and by base name.
 *
 * @param absolute path on the phone, where known; a component "*" stands for one that the backup does not keep
 * @param relative path within its domain
 */
export function matchPath(
  index: IndicatorIndex,
  absolute: string | undefined,
  relative: string,
): Indicator | undefined {
  const byPath = absolute === undefined ? undefined : walk(index.absolutePaths, pathComponents(absolute));
  if (byPath !== undefined) return byPath;
  const byRelative = walk(index.relativePaths, pathComponents(relative));
  return byRelative ?? index.fileNames.get(relative.slice(relative.lastIndexOf('/') + 1));
}

/** Finds an indicator whose components are a prefix of the path's, or all of them where it names one file. */
function walk(root: PathNode, components: readonly string[]): Indicator | undefined {
  let nodes: PathNode[] = [root];
  for (const component of components) {
    const next: PathNode[] = [];
    for (const node of nodes) {
      const exact = component === '*' ? undefined : node.children.get(component);
      if (exact !== undefined) next.push(exact);
      if (component === '*') next.push(...node.children.values());
    }
    for (const node of next) if (node.indicator !== undefined) return node.indicator;
    if (next.length === 0) return undefined;
    nodes = next;
  }
  for (const { whole } of nodes) if (whole !== undefined) return whole;
  return undefined;
}
