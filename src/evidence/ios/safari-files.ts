import type { IosFiles, PhoneFile } from './files.ts';

/** Before iOS 13 in the home domain, then in Safari's own; profiles came with iOS 17. */
const DOMAINS = ['HomeDomain', 'AppDomain-com.apple.mobilesafari'];

/** Safari's databases of one name: the usual ones, listed or not, those of profiles, and copies elsewhere. */
export function safariFiles(source: IosFiles, name: string): readonly PhoneFile[] {
  const files = new Map<string, PhoneFile>();
  const place = new RegExp(`(?:^|/)Safari/(?:Profiles/[^/]+/)?${name.replace('.', '\\.')}$`);
  const isUsual = ({ relativePath }: PhoneFile): boolean => relativePath === name || place.test(relativePath);
  // Other apps have histories too: one elsewhere is read as far as it has the shape of Safari's.
  for (const file of source.named(name)) files.set(file.id, isUsual(file) ? file : { ...file, elsewhere: true });
  for (const domain of DOMAINS) {
    const file = source.find(domain, `Library/Safari/${name}`);
    if (file !== undefined && !files.has(file.id)) files.set(file.id, file);
  }
  return [...files.values()];
}
