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
