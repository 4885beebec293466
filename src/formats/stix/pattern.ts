/** What an indicator speaks of, in one spelling. */
export type IndicatorKey =
  | 'domain-name'
  | 'ip-addr'
  | 'url'
  | 'process:name'
  | 'email-addr'
  | 'file:name'
  | 'file:path'
  | 'file:hash'
  | 'app:id'
  | 'app:cert'
  | 'configuration-profile:id'
  | 'android-property:name';

export type ParsedPattern = { readonly key: IndicatorKey; readonly value: string } | { readonly why: string };

/** Longer than any URL that a browser keeps. */
const MAX_PATTERN_CHARS = 16_384;

const KEYS: ReadonlyMap<string, IndicatorKey> = new Map([
  ['domain-name:value', 'domain-name'],
  ['ipv4-addr:value', 'ip-addr'],
  ['ipv6-addr:value', 'ip-addr'],
  ['url:value', 'url'],
  ['process:name', 'process:name'],
  ['email-addr:value', 'email-addr'],
  ['file:name', 'file:name'],
  ['file:path', 'file:path'],
  ['app:id', 'app:id'],
  ['configuration-profile:id', 'configuration-profile:id'],
  ['android-property:name', 'android-property:name'],
]);

export const INDICATOR_KEYS: readonly IndicatorKey[] = [...new Set(KEYS.values()), 'file:hash', 'app:cert'];
/** One comparison: an object path whose parts may be quoted, "=", a string in single quotes with escapes (STIX 2.1, section 9). */
const COMPARISON = /^\s*\[\s*([A-Za-z0-9_.:'-]+?)\s*=\s*'((?:[^'\\]|\\.)*)'\s*\]\s*$/s;
const DIGEST_CHARS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64 };

/** Reads a pattern of one comparison for equality; anything else says why it is not supported. */
export function parsePattern(pattern: string): ParsedPattern {
  if (pattern.length > MAX_PATTERN_CHARS) return { why: 'pattern is too long' };
  const match = COMPARISON.exec(pattern);
  if (match === null) return { why: 'only one comparison by "=" in one pair of brackets is supported' };
  const path = (match[1] ?? '').replaceAll("'", '');
  const value = (match[2] ?? '').replace(/\\(.)/gs, '$1').trim();
  const hash = /^(file:hashes|app:cert)\.(md5|sha-?1|sha-?256)$/i.exec(path);
  if (hash !== null) {
    const chars = DIGEST_CHARS[(hash[2] ?? '').toLowerCase().replace('-', '')];
    const parsed = readValue(hash[1]?.toLowerCase() === 'app:cert' ? 'app:cert' : 'file:hash', value);
    return 'why' in parsed || parsed.value.length === chars ? parsed : { why: 'value is no digest of that kind' };
  }
  const key = KEYS.get(path);
  return key === undefined ? { why: `object type "${path.slice(0, 80)}" is not supported` } : readValue(key, value);
}

/** Brings a value into the spelling of its key, or says why it is none. Digests: lower case, no colons or blanks. */
export function readValue(key: IndicatorKey, text: string): ParsedPattern {
  const value = text.trim();
  if (value === '') return { why: 'value is empty' };
  if (value.length > MAX_PATTERN_CHARS) return { why: 'value is too long' };
  if (key !== 'file:hash' && key !== 'app:cert') return { key, value };
  const digest = value.replace(/[:\s]/g, '').toLowerCase();
  if (!Object.values(DIGEST_CHARS).includes(digest.length) || !/^[0-9a-f]+$/.test(digest)) {
    return { why: 'value is no digest of that kind' };
  }
  return { key, value: digest };
}
