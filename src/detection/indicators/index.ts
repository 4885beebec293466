/**
 * indicators: known signs of spyware, compiled for lookup, and the rules by which evidence matches them. Pure.
 *
 * `parseIndicatorFile` reads any file of indicators (STIX 2, stalkerware YAML and samples, plain lists) → `compileIndicators` turns any number
 * of parsed feeds into one index: maps for hosts, addresses, processes, e-mails, profiles, digests, apps and URLs, and a trie of path
 * components → `match…` looks evidence up → `applyAllowList` sets aside what somebody has allowed, with a reason and until a date. Every
 * lookup costs the length of what is looked up, never the number of indicators. Every indicator keeps where it comes from.
 *
 * The rules: a host matches itself and its sub-domains by whole labels; a domain that many parties share (github.io) matches only itself; an
 * address matches as a number; a path matches component by component; a process matches by base name, where iOS cut it to 16 characters by that
 * prefix; nothing matches as a substring. The name of a program or file belongs to the system whose phones have it (`Platform`), as its publisher, the
 * places of its collection or the publisher's report say, and is looked for on no other; one that harmless things have too is marked as `common`. Nothing found in evidence is ever contacted, short links are not resolved.
 */
export { type AllowEntry, allowing, applyAllowList } from './allow-list.ts';
export { canonicalHost, canonicalIp, canonicalUrl, hostOfUrl, pathComponents } from './canonical.ts';
export {
  canonicalEmail,
  compileIndicators,
  type Indicator,
  type IndicatorFeed,
  type IndicatorIndex,
  KERNEL_NAME_CHARS,
  type PathNode,
} from './compile.ts';
export { parseIndicatorFile } from './indicator-file.ts';
export {
  isCommonName,
  matchApp,
  matchAppInPath,
  matchCertificate,
  matchEmail,
  matchHash,
  matchHost,
  matchPath,
  matchPathPart,
  matchProcess,
  matchProfile,
  matchProperty,
  matchUrl,
  ofPlatform,
  withoutPunctuation,
} from './match.ts';
export type { Platform } from './platform.ts';
export { isShortLink } from './short-links.ts';
