import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { type IndicatorKey, parsePattern } from './pattern.ts';

export type { IndicatorKey };

export interface StixIndicator {
  readonly id: string;
  readonly key: IndicatorKey;
  readonly value: string;
  /** Name of the malware or report that it belongs to. */
  readonly collection: string;
}

export interface UnsupportedPattern {
  readonly pattern: string;
  readonly why: string;
}

export interface ParsedBundle {
  readonly indicators: readonly StixIndicator[];
  readonly unsupported: readonly UnsupportedPattern[];
}

/** The largest public feed has 4 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_OBJECTS = 1_000_000;
const DEFAULT_COLLECTION = 'Unnamed collection';

/** Reads a bundle; throws FormatError `stix-size`, `stix-json`, `stix-bundle`. One bad indicator does not stop the file. */
export function parseStixBundle(bytes: Uint8Array): ParsedBundle {
  const objects = bundleObjects(bytes);
  const names = new Map<string, string>();
  const reportOf = new Map<string, string>();
  const malwareOf = new Map<string, string>();
  for (const object of objects) {
    if (object.type !== 'malware' && object.type !== 'report') continue;
    const name = text(object.name) || DEFAULT_COLLECTION;
    names.set(text(object.id), name);
    if (object.type !== 'report' || !Array.isArray(object.object_refs)) continue;
    for (const ref of object.object_refs) if (typeof ref === 'string' && !reportOf.has(ref)) reportOf.set(ref, name);
  }
  for (const object of objects) {
    if (object.type !== 'relationship') continue;
    const [source, name] = [text(object.source_ref), names.get(text(object.target_ref))];
    if (name !== undefined && !malwareOf.has(source)) malwareOf.set(source, name);
  }
  const indicators: StixIndicator[] = [];
  const unsupported: UnsupportedPattern[] = [];
  for (const object of objects) {
    if (object.type !== 'indicator') continue;
    const [id, pattern] = [text(object.id), text(object.pattern)];
    if (object.pattern_type !== undefined && object.pattern_type !== 'stix') {
      unsupported.push({ pattern, why: `pattern type "${text(object.pattern_type).slice(0, 80)}" is not supported` });
      continue;
    }
    if (object.revoked === true) {
      unsupported.push({ pattern, why: 'revoked by its publisher' });
      continue;
    }
    const parsed = parsePattern(pattern);
    if ('why' in parsed) unsupported.push({ pattern: pattern.slice(0, 500), why: parsed.why });
    else indicators.push({ id, ...parsed, collection: reportOf.get(id) ?? malwareOf.get(id) ?? DEFAULT_COLLECTION });
  }
  return { indicators, unsupported };
}

type JsonObject = { readonly [key: string]: unknown };

function bundleObjects(bytes: Uint8Array): JsonObject[] {
  if (bytes.length > MAX_BYTES) throw new FormatError('stix-size', -1, 'Cannot read indicators: file is over 64 MiB');
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8TextLoose(bytes).replace(/^\ufeff/, ''));
  } catch {
    throw new FormatError('stix-json', -1, 'Cannot read indicators: not JSON');
  }
  if (!isObject(parsed) || parsed.type !== 'bundle' || !Array.isArray(parsed.objects)) {
    throw new FormatError('stix-bundle', -1, 'Cannot read indicators: not a STIX 2 bundle');
  }
  if (parsed.objects.length > MAX_OBJECTS) {
    throw new FormatError('stix-size', -1, 'Cannot read indicators: more than 1,000,000 objects');
  }
  return parsed.objects.filter(isObject);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
