import { FormatError, utf8TextLoose } from '../../base/index.ts';
import {
  INDICATOR_KEYS,
  type IndicatorKey,
  type ParsedBundle,
  readValue,
  type StixIndicator,
  type UnsupportedPattern,
} from '../../formats/stix/index.ts';
import { canonicalHost, canonicalIp } from './canonical.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_LINES = 500_000;
/** No indicator is longer. */
const MAX_LINE_CHARS = 16_384;
const MAX_COLLECTION_CHARS = 200;
const KEYS: ReadonlySet<string> = new Set(INDICATOR_KEYS);
const HEADER = /^\ufeff?"?type"?\s*[,;]\s*"?value"?/i;

/**
 * Reads a list that an organisation keeps itself: one indicator a line, as `value` or `type value`, "#" begins a comment; or CSV whose first line
 * begins with `type,value` and may name a `collection` and a `platform` ("ios" or "android": whose names of programs and files these are).
 *
 * Without a type the value tells it: a digest by its length, an address, a URL, e-mail, absolute path, host. What could be several things (a
 * package is written like a host) is taken as a host, so apps need their type. Throws FormatError `list-size`.
 */
export function parsePlainList(bytes: Uint8Array, collection: string): ParsedBundle {
  if (bytes.length > MAX_BYTES) throw new FormatError('list-size', -1, 'Cannot read list: file is over 16 MiB');
  const lines = utf8TextLoose(bytes).split(/\r?\n/);
  if (lines.length > MAX_LINES) throw new FormatError('list-size', -1, 'Cannot read list: more than 500,000 lines');
  const header = HEADER.test(lines[0] ?? '') ? fieldsOf((lines[0] ?? '').replace(/^\ufeff/, '')) : undefined;
  const indicators: StixIndicator[] = [];
  const unsupported: UnsupportedPattern[] = [];
  for (const line of header === undefined ? lines : lines.slice(1)) {
    if (line.length > MAX_LINE_CHARS) {
      unsupported.push({ pattern: line.slice(0, 500), why: 'line is too long' });
      continue;
    }
    const row = header === undefined ? readLine(line) : readRow(line, header);
    if (row === undefined) continue;
    const key = row.type === undefined ? guessKey(row.value) : row.type;
    const parsed = key !== undefined && isKey(key) ? readValue(key, row.value) : { why: 'type is not known' };
    if ('why' in parsed) unsupported.push({ pattern: line.slice(0, 500), why: parsed.why });
    else {
      const named = (row.collection || collection).slice(0, MAX_COLLECTION_CHARS);
      const { platform } = row;
      indicators.push({
        id: `list--${parsed.key}--${parsed.value}`,
        ...parsed,
        collection: named,
        ...(platform === 'ios' || platform === 'android' ? { platform } : {}),
      });
    }
  }
  return { indicators, unsupported };
}

interface Row {
  readonly type: string | undefined;
  readonly value: string;
  readonly collection?: string | undefined;
  readonly platform?: string | undefined;
}

function readLine(line: string): Row | undefined {
  const text = line
    .replace(/^\ufeff/, '')
    .replace(/(^|\s)#.*$/, '')
    .trim();
  if (text === '') return undefined;
  const [first = '', ...rest] = text.split(/\s+/);
  return rest.length > 0 && isKey(first)
    ? { type: first, value: text.slice(first.length).trim() }
    : { type: undefined, value: text };
}

function readRow(line: string, header: readonly string[]): Row | undefined {
  if (line.trim() === '' || line.startsWith('#')) return undefined;
  const fields = fieldsOf(line);
  const at = (name: string): string => fields[header.findIndex((title) => title.toLowerCase() === name)] ?? '';
  const platform = at('platform').toLowerCase();
  return { type: at('type') || undefined, value: at('value'), collection: at('collection'), platform };
}

/** Fields of a CSV line (RFC 4180; a semicolon where the line has it first); line breaks within quotes are not supported. */
function fieldsOf(line: string): string[] {
  const separator = /^[^,;]*;/.test(line) ? ';' : ',';
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    let field = '';
    if (line[at] === '"') {
      const end = closingQuote(line, at + 1);
      field = line.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const next = line.indexOf(separator, at);
    const stop = next < 0 ? line.length : next;
    fields.push((field + line.slice(at, stop)).trim());
    at = stop + 1;
  }
  return fields;
}

function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] !== '"') continue;
    if (line[at + 1] !== '"') return at;
    at++;
  }
  return line.length;
}

function guessKey(value: string): IndicatorKey | undefined {
  if (/^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(value)) return 'file:hash';
  if (/\s/.test(value) && !value.startsWith('/')) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return 'url';
  if (value.startsWith('/')) return 'file:path';
  if (/^[^@/]+@[^@/]+\.[^@/]+$/.test(value)) return 'email-addr';
  const host = value.split('/')[0] ?? '';
  if (canonicalIp(value) !== undefined) return 'ip-addr';
  return host.includes('.') && canonicalHost(host) !== undefined ? 'domain-name' : undefined;
}

function isKey(text: string): text is IndicatorKey {
  return KEYS.has(text);
}
