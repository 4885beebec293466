import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { isObject, type JsonObject, text } from './json.ts';
import { readMarkings } from './markings.ts';
import { type IndicatorKey, parsePattern } from './pattern.ts';

export type { IndicatorKey };

export interface StixIndicator {
  readonly id: string;
  readonly key: IndicatorKey;
  readonly value: string;
  /** Name of the malware or report that it belongs to. */
  readonly collection: string;
  /** 0 to 100, the publisher's own (STIX 2.1, appendix A). */
  readonly confidence?: number;
  /** Traffic Light Protocol, "clear", "green", "amber", "amber+strict" or "red". */
  readonly tlp?: string;
  /** Statement markings: licence and copyright as their author put them. */
  readonly licence?: string;
  readonly validFromMs?: number;
  /** From this time on the publisher no longer vouches for it. */
  readonly validUntilMs?: number;
  /** "low": a match alone says little, e.g. the public web page of a vendor. */
  readonly weight?: 'low';
  /** The system that a name of a program or file belongs to, where the publisher says so. */
  readonly platform?: 'ios' | 'android';
}

export interface UnsupportedPattern {
  readonly pattern: string;
  readonly why: string;
}

export interface ParsedBundle {
  readonly indicators: readonly StixIndicator[];
  readonly unsupported: readonly UnsupportedPattern[];
  /** Withdrawn by their publisher: kept apart, never matched. */
  readonly revoked?: readonly StixIndicator[];
}

/** The largest public feed has 4 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_OBJECTS = 1_000_000;
const DEFAULT_COLLECTION = 'Unnamed collection';
const MAX_PATTERN_SHOWN = 500;

/** Reads a bundle; throws FormatError `stix-size`, `stix-json`, `stix-bundle`. One bad indicator does not stop the file. */
export function parseStixBundle(bytes: Uint8Array): ParsedBundle {
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
  return readObjects(latestVersions(parsed.objects.filter(isObject)));
}

function readObjects(objects: readonly JsonObject[]): ParsedBundle {
  const collectionOf = readCollections(objects);
  const markingsOf = readMarkings(objects);
  const platformOf = readPlatforms(objects);
  const indicators: StixIndicator[] = [];
  const revoked: StixIndicator[] = [];
  const unsupported: UnsupportedPattern[] = [];
  for (const object of objects) {
    if (object.type !== 'indicator') continue;
    const pattern = text(object.pattern);
    const parsed = supported(object, pattern);
    if ('why' in parsed) {
      unsupported.push({ pattern: pattern.slice(0, MAX_PATTERN_SHOWN), why: parsed.why });
      continue;
    }
    const id = text(object.id);
    const indicator: StixIndicator = {
      id,
      ...parsed,
      collection: collectionOf(id),
      ...validity(object),
      // STIX has no word for it; bundles of our own servers say it so.
      ...(object.x_pavise_weight === 'low' ? { weight: 'low' as const } : {}),
      ...platformOf(object),
      ...markingsOf(object),
    };
    if (object.revoked === true) revoked.push(indicator);
    else indicators.push(indicator);
  }
  return revoked.length === 0 ? { indicators, unsupported } : { indicators, unsupported, revoked };
}

function supported(object: JsonObject, pattern: string): ReturnType<typeof parsePattern> {
  if (object.pattern_type !== undefined && object.pattern_type !== 'stix') {
    return { why: `pattern type "${text(object.pattern_type).slice(0, 80)}" is not supported` };
  }
  return parsePattern(pattern);
}

function validity(object: JsonObject): Pick<StixIndicator, 'confidence' | 'validFromMs' | 'validUntilMs'> {
  const { confidence } = object;
  const [from, until] = [Date.parse(text(object.valid_from)), Date.parse(text(object.valid_until))];
  return {
    ...(typeof confidence === 'number' && confidence >= 0 && confidence <= 100 ? { confidence } : {}),
    ...(Number.isNaN(from) ? {} : { validFromMs: from }),
    ...(Number.isNaN(until) ? {} : { validUntilMs: until }),
  };
}

/** The collection of an indicator: the report that names it wins, then the first relationship to a known malware. */
function readCollections(objects: readonly JsonObject[]): (id: string) => string {
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
  return (id) => reportOf.get(id) ?? malwareOf.get(id) ?? DEFAULT_COLLECTION;
}

/**
 * The system that an indicator says it is of, or else the malware that it indicates: `x_mitre_platforms`, the property of MITRE ATT&CK's STIX data
 * ("Platforms", `["iOS"]`). Several systems are none.
 */
function readPlatforms(objects: readonly JsonObject[]): (object: JsonObject) => Pick<StixIndicator, 'platform'> {
  const ofMalware = new Map<string, StixIndicator['platform']>();
  for (const object of objects) if (object.type === 'malware') ofMalware.set(text(object.id), platformIn(object));
  const indicated = new Map<string, StixIndicator['platform']>();
  for (const object of objects) {
    if (object.type !== 'relationship') continue;
    const [source, platform] = [text(object.source_ref), ofMalware.get(text(object.target_ref))];
    if (platform !== undefined && !indicated.has(source)) indicated.set(source, platform);
  }
  return (object) => {
    const platform = platformIn(object) ?? indicated.get(text(object.id));
    return platform === undefined ? {} : { platform };
  };
}

function platformIn({ x_mitre_platforms: platforms }: JsonObject): StixIndicator['platform'] {
  const names = Array.isArray(platforms) ? platforms.map((name) => text(name).toLowerCase()) : [];
  const [only, ...others] = names.filter((name) => name === 'ios' || name === 'android');
  return others.length === 0 && (only === 'ios' || only === 'android') ? only : undefined;
}

/** Of an indicator that stands several times with the same id, the version modified last (STIX 2.1, section 3.6): it may revoke the others. */
function latestVersions(objects: readonly JsonObject[]): readonly JsonObject[] {
  const latest = new Map<string, number>();
  let repeated = false;
  for (const object of objects) {
    if (object.type !== 'indicator') continue;
    const id = text(object.id);
    const known = latest.get(id);
    if (known === undefined) latest.set(id, modifiedMs(object));
    else {
      repeated = true;
      latest.set(id, Math.max(known, modifiedMs(object)));
    }
  }
  if (!repeated) return objects;
  return objects.filter(
    (object) =>
      object.type !== 'indicator' || object.id === undefined || modifiedMs(object) === latest.get(text(object.id)),
  );
}

function modifiedMs(object: JsonObject): number {
  return Date.parse(text(object.modified)) || 0;
}
