import { FormatError } from '../../base/index.ts';
import {
  type IndicatorKey,
  type ParsedBundle,
  readValue,
  type StixIndicator,
  type UnsupportedPattern,
} from '../stix/index.ts';
import { parseYaml } from '../yaml/index.ts';

/** The public file has 147 entries and 3,000 values. */
const MAX_ENTRIES = 20_000;
const MAX_VALUES = 500_000;
const MAX_NAME_CHARS = 200;

/** Lists of an entry, the kind of indicator in them, and whether a match alone says little: shops are visited by the curious and by victims too. */
const LISTS: readonly (readonly [path: string, key: IndicatorKey, weight: 'low' | undefined])[] = [
  ['packages', 'app:id', undefined],
  ['certificates', 'app:cert', undefined],
  ['c2.domains', 'domain-name', undefined],
  ['c2.ips', 'ip-addr', undefined],
  ['websites', 'domain-name', 'low'],
  ['distribution', 'domain-name', 'low'],
];
/** What an entry may hold beside them that describes, but matches nothing. */
const DESCRIPTION = new Set(['name', 'names', 'type', ...LISTS.map(([path]) => path.split('.')[0])]);

/**
 * Reads `ioc.yaml` and `watchware.yaml` of stalkerware-indicators.
 *
 * Everything of type "watchware" (openly visible monitoring) weighs little. What the format has beside the lists (names of certificate owners) is
 * told as unsupported. Throws FormatError `stalkerware-yaml`, `stalkerware-size` and those of yaml.
 */
export function parseStalkerwareYaml(bytes: Uint8Array): ParsedBundle {
  const entries = parseYaml(bytes);
  if (!Array.isArray(entries) || entries.length === 0 || !isStalkerwareEntry(entries[0])) {
    throw new FormatError('stalkerware-yaml', -1, 'Cannot read indicators: not a list of stalkerware entries');
  }
  const indicators: StixIndicator[] = [];
  const unsupported: UnsupportedPattern[] = [];
  let values = 0;
  for (const entry of entries.slice(0, MAX_ENTRIES + 1)) {
    if (!isStalkerwareEntry(entry)) {
      unsupported.push({ pattern: 'entry', why: 'entry has no name' });
      continue;
    }
    const collection = entry.name.slice(0, MAX_NAME_CHARS);
    for (const [path, key, weight] of LISTS) {
      for (const item of listAt(entry, path)) {
        if (++values > MAX_VALUES) break;
        const parsed = typeof item === 'string' ? readValue(key, item) : { why: 'value is no text' };
        if ('why' in parsed) {
          unsupported.push({ pattern: `${collection}: ${path} = ${String(item).slice(0, 200)}`, why: parsed.why });
          continue;
        }
        const id = `stalkerware--${path}--${parsed.value}`;
        const low = weight ?? (entry['type'] === 'watchware' ? 'low' : undefined);
        indicators.push({ id, ...parsed, collection, ...(low === undefined ? {} : { weight: low }) });
      }
    }
    for (const name of Object.keys(entry)) {
      if (!DESCRIPTION.has(name)) {
        unsupported.push({
          pattern: `${collection}: ${name.slice(0, 80)}`,
          why: 'this kind of entry is not supported',
        });
      }
    }
  }
  if (entries.length > MAX_ENTRIES || values > MAX_VALUES) {
    throw new FormatError('stalkerware-size', -1, 'Cannot read indicators: too many entries');
  }
  return { indicators, unsupported };
}

function isStalkerwareEntry(value: unknown): value is { readonly name: string; readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function listAt(entry: object, path: string): readonly unknown[] {
  let value: unknown = entry;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return [];
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return Array.isArray(value) ? value : [];
}
