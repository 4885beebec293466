/**
 * indicators: known signs of spyware, compiled for lookup, and the rules by which evidence matches them. Pure.
 *
 * `compileIndicators` turns any number of parsed feeds into one index: maps for hosts, processes, e-mails, profiles and URLs, and a trie of path
 * components. Every lookup costs the length of what is looked up, never the number of indicators.
 *
 * The rules: a host matches itself and its sub-domains by whole labels; a domain that many parties share (github.io) matches only itself; a
 * path matches component by component; a process matches by base name, where iOS cut it to 16 characters by that prefix; nothing
 * matches as a substring. Nothing found in evidence is ever contacted, short links are not resolved.
 */
export { compileIndicators, type Indicator, type IndicatorFeed, type IndicatorIndex } from './compile.ts';
export { matchEmail, matchHost, matchPath, matchProcess, matchProfile, matchUrl } from './match.ts';
