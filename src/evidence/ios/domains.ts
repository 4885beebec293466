/** Where a backup domain lies on the phone; the identifiers that a backup does not keep are "*". */
const FIXED: ReadonlyMap<string, string> = new Map([
  ['HomeDomain', '/private/var/mobile'],
  ['CameraRollDomain', '/private/var/mobile'],
  ['MediaDomain', '/private/var/mobile'],
  ['KeyboardDomain', '/private/var/mobile'],
  ['TonesDomain', '/private/var/mobile'],
  ['HomeKitDomain', '/private/var/mobile'],
  ['HealthDomain', '/private/var/mobile/Library'],
  ['RootDomain', '/private/var/root'],
  ['WirelessDomain', '/private/var/wireless'],
  ['SystemPreferencesDomain', '/private/var/preferences'],
  ['KeychainDomain', '/private/var/Keychains'],
  ['ManagedPreferencesDomain', '/private/var/Managed Preferences'],
  ['DatabaseDomain', '/private/var/db'],
  ['MobileDeviceDomain', '/private/var/MobileDevice'],
  ['InstallDomain', '/private/var/installd'],
  ['NetworkDomain', '/private/var/networkd'],
  ['ProtectedDomain', '/private/var/protected'],
  ['BooksDomain', '/private/var/mobile/Media/Books'],
]);

const PREFIXED: readonly (readonly [string, string])[] = [
  ['AppDomainGroup-', '/private/var/mobile/Containers/Shared/AppGroup/*'],
  ['AppDomainPlugin-', '/private/var/mobile/Containers/Data/PluginKitPlugin/*'],
  ['AppDomain-', '/private/var/mobile/Containers/Data/Application/*'],
  ['SysContainerDomain-', '/private/var/containers/Data/System/*'],
];

const SHARED_SYSTEM = 'SysSharedContainerDomain-';

/** Path on the phone of a file in a backup; undefined for a domain that is not known. */
export function absolutePathOf(domain: string, relativePath: string): string | undefined {
  const fixed = FIXED.get(domain);
  if (fixed !== undefined) return `${fixed}/${relativePath}`;
  for (const [prefix, root] of PREFIXED) if (domain.startsWith(prefix)) return `${root}/${relativePath}`;
  if (!domain.startsWith(SHARED_SYSTEM)) return undefined;
  return `/private/var/containers/Shared/SystemGroup/${domain.slice(SHARED_SYSTEM.length)}/${relativePath}`;
}

/** Of the domains that share a folder the one that most modules ask for; HealthDomain lies within HomeDomain. */
const ROOTS: readonly (readonly [string, string])[] = [...FIXED]
  .filter(([domain, root]) => domain === 'HomeDomain' || !root.startsWith('/private/var/mobile'))
  .map(([domain, root]) => [`${root}/`, domain]);

/**
 * Domain in which a backup would have a file of the phone, and its path there; no domain where none is known.
 *
 * @param ownerOf identifier of the app or group whose container a folder is
 */
export function domainOf(
  absolutePath: string,
  ownerOf: (container: string) => string | undefined,
): { readonly domain: string; readonly relativePath: string } {
  for (const [prefix, root] of PREFIXED) {
    const folder = root.slice(0, -1);
    if (!absolutePath.startsWith(folder)) continue;
    const end = absolutePath.indexOf('/', folder.length);
    const owner = end < 0 ? undefined : ownerOf(absolutePath.slice(0, end));
    if (owner !== undefined) return { domain: `${prefix}${owner}`, relativePath: absolutePath.slice(end + 1) };
  }
  const shared = /^\/private\/var\/containers\/Shared\/SystemGroup\/([^/]+)\/(.+)$/.exec(absolutePath);
  if (shared !== null) {
    const folder = absolutePath.slice(0, -(shared[2]?.length ?? 0) - 1);
    const name = ownerOf(folder) ?? shared[1] ?? '';
    return { domain: `${SHARED_SYSTEM}${name}`, relativePath: shared[2] ?? '' };
  }
  for (const [root, domain] of ROOTS)
    if (absolutePath.startsWith(root)) return { domain, relativePath: absolutePath.slice(root.length) };
  return { domain: '', relativePath: absolutePath.slice(1) };
}
