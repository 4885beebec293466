import { canonicalHost, canonicalUrl, pathComponents, splitAuthority } from './canonical.ts';
import { type Indicator, type IndicatorIndex, KERNEL_NAME_CHARS, type PathNode } from './compile.ts';

/** Host of a URL of any scheme, or undefined. */
function hostOfUrl(url: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)/i.exec(url.trim())?.[1];
  return authority === undefined ? undefined : canonicalHost(splitAuthority(authority).host);
}

/** Matches a host or one of its parents, by whole labels. */
export function matchHost(index: IndicatorIndex, text: string): Indicator | undefined {
  const host = canonicalHost(text);
  if (host === undefined) return undefined;
  const exact = index.exactHosts.get(host) ?? index.hosts.get(host);
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
    for (const candidate of [url, url.replace(/[)\].,;:!?'"»”]+$/u, '')]) {
      const canonical = canonicalUrl(candidate);
      const exact = canonical === undefined ? undefined : index.urls.get(canonical);
      if (exact !== undefined) return exact;
    }
  }
  const host = hostOfUrl(url);
  return host === undefined ? undefined : matchHost(index, host);
}

/** Matches a process by base name, case-sensitive; a name of exactly 16 characters by that prefix of a longer one. */
export function matchProcess(index: IndicatorIndex, name: string): Indicator | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (base === '') return undefined;
  return index.processes.get(base) ?? (base.length === KERNEL_NAME_CHARS ? index.cutProcesses.get(base) : undefined);
}

export function matchEmail(index: IndicatorIndex, text: string): Indicator | undefined {
  return index.emails.get(
    text
      .trim()
      .replace(/^["'<]+|["'>]+$/g, '')
      .replace(/^mailto:/i, '')
      .toLowerCase(),
  );
}

export function matchProfile(index: IndicatorIndex, payloadUuid: string): Indicator | undefined {
  return index.profiles.get(payloadUuid.trim().toLowerCase());
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

/** Finds an indicator whose components are a prefix of the path's. */
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
  return undefined;
}
