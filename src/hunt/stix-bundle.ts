import { createHash } from 'node:crypto';
import type { Json } from '../base/index.ts';
import type { IndicatorKey, StixIndicator } from '../formats/stix/index.ts';

/** Object paths of STIX 2.1 patterns; digests take the name of theirs by length. */
const PATHS: Readonly<Record<Exclude<IndicatorKey, 'file:hash' | 'app:cert' | 'ip-addr'>, string>> = {
  'domain-name': 'domain-name:value',
  url: 'url:value',
  'process:name': 'process:name',
  'email-addr': 'email-addr:value',
  'file:name': 'file:name',
  'file:path': 'file:path',
  'app:id': 'app:id',
  'configuration-profile:id': 'configuration-profile:id',
  'android-property:name': 'android-property:name',
};
const DIGESTS: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

/**
 * Writes indicators as a STIX 2.1 bundle that `parseStixBundle` reads back to the same keys, values and collections.
 *
 * Ids are made of the content, so that the same set gives the same bundle.
 */
export function stixBundleOf(
  name: string,
  indicators: readonly StixIndicator[],
  createdAt: string,
): { readonly [key: string]: Json } {
  const objects: { readonly [key: string]: Json }[] = [];
  const malware = new Map<string, string>();
  for (const { collection } of indicators) {
    if (malware.has(collection)) continue;
    const id = idOf('malware', collection);
    malware.set(collection, id);
    objects.push({ ...common('malware', id, createdAt), name: collection, is_family: true });
  }
  const licences = new Map<string, string>();
  for (const { licence } of indicators) {
    if (licence === undefined || licences.has(licence)) continue;
    const id = idOf('marking-definition', licence);
    licences.set(licence, id);
    const definition = { definition_type: 'statement', definition: { statement: licence } };
    objects.push({ type: 'marking-definition', spec_version: '2.1', id, created: createdAt, ...definition });
  }
  for (const indicator of indicators) {
    const marking = licences.get(indicator.licence ?? '');
    const { key, value, collection, confidence, weight, platform, validFromMs, validUntilMs } = indicator;
    const pattern = `[${pathOf(indicator)}='${value.replace(/[\\']/g, '\\$&')}']`;
    const id = idOf('indicator', `${key}\0${value}\0${collection}`);
    objects.push({
      ...common('indicator', id, createdAt),
      pattern,
      pattern_type: 'stix',
      valid_from: timeOf(validFromMs) ?? createdAt,
      ...(timeOf(validUntilMs) === undefined ? {} : { valid_until: timeOf(validUntilMs) ?? null }),
      ...(confidence === undefined ? {} : { confidence }),
      ...(weight === undefined ? {} : { x_pavise_weight: weight }),
      ...(platform === undefined ? {} : { x_mitre_platforms: [platform === 'ios' ? 'iOS' : 'Android'] }),
      ...(marking === undefined ? {} : { object_marking_refs: [marking] }),
    });
    objects.push({
      ...common('relationship', idOf('relationship', id), createdAt),
      relationship_type: 'indicates',
      source_ref: id,
      target_ref: malware.get(collection) ?? null,
    });
  }
  return { type: 'bundle', id: idOf('bundle', name), objects };
}

function common(type: string, id: string, at: string) {
  return { type, spec_version: '2.1', id, created: at, modified: at };
}

function pathOf({ key, value }: StixIndicator): string {
  if (key === 'ip-addr') return value.includes(':') ? 'ipv6-addr:value' : 'ipv4-addr:value';
  if (key === 'file:hash') return `file:hashes.${DIGESTS[value.length]}`;
  return key === 'app:cert' ? `app:cert.${DIGESTS[value.length]}` : PATHS[key];
}

function timeOf(ms: number | undefined): string | undefined {
  const at = ms === undefined ? new Date(Number.NaN) : new Date(ms);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** A UUID of version 5's form, of a SHA-256. */
function idOf(type: string, text: string): string {
  const hex = createHash('sha256').update(`${type}\0${text}`).digest('hex');
  return `${type}--${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
