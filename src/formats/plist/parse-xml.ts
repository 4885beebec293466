import { FormatError, fromBase64, stepBudget, utf8Text } from '../../base/index.ts';
import { MAX_DEPTH, MAX_VALUES } from './limits.ts';
import type { PlistValue } from './value.ts';

interface Cursor {
  readonly text: string;
  at: number;
  readonly spend: () => void;
}

/** Parses an XML property list; offsets in errors count UTF-16 units. Throws FormatError `plist-…`. */
export function parseXmlPlist(bytes: Uint8Array): PlistValue {
  const budget = stepBudget(MAX_VALUES, 'plist-steps');
  const cursor: Cursor = { text: decode(bytes), at: 0, spend: () => budget.spend() };
  skipMisc(cursor, true);
  const root = readTag(cursor);
  if (root.name !== 'plist' || root.kind === 'close') throw bad(cursor, 'plist-root', 'no <plist> element');
  if (root.kind === 'empty') throw bad(cursor, 'plist-empty', 'no value in <plist>');
  const value = readValue(cursor, readTag(cursor), 0);
  expectClose(cursor, 'plist');
  skipMisc(cursor, false);
  if (cursor.at !== cursor.text.length) throw bad(cursor, 'plist-trailing', 'text after </plist>');
  return value;
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8Text(bytes);
  } catch {
    throw new FormatError('plist-utf8', -1, 'Cannot parse property list: not valid UTF-8');
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function bad(cursor: Cursor, code: string, why: string): FormatError {
  return new FormatError(code, cursor.at, `Cannot parse property list: ${why}`);
}

interface Tag {
  readonly kind: 'open' | 'close' | 'empty';
  readonly name: string;
}

const TAG = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;

/** Reads the next tag, past white space and comments. */
function readTag(cursor: Cursor): Tag {
  skipMisc(cursor, false);
  TAG.lastIndex = cursor.at;
  const match = TAG.exec(cursor.text);
  if (match === null) throw bad(cursor, 'plist-tag', 'a tag is expected');
  const [whole, slash, name = '', attributes, selfClosing] = match;
  if (attributes !== '' && name !== 'plist') throw bad(cursor, 'plist-tag', `<${name}> has attributes`);
  if (slash !== '' && (attributes !== '' || selfClosing !== ''))
    throw bad(cursor, 'plist-tag', 'a closing tag is malformed');
  cursor.at += whole.length;
  return { kind: slash !== '' ? 'close' : selfClosing !== '' ? 'empty' : 'open', name };
}

function skipMisc(cursor: Cursor, prolog: boolean): void {
  const { text } = cursor;
  for (;;) {
    while (cursor.at < text.length && isSpace(text.charCodeAt(cursor.at))) cursor.at++;
    if (text.startsWith('<!--', cursor.at)) skipTo(cursor, '-->');
    else if (prolog && text.startsWith('<?', cursor.at)) skipTo(cursor, '?>');
    else if (prolog && text.startsWith('<!DOCTYPE', cursor.at)) skipDoctype(cursor);
    else return;
  }
}

function isSpace(unit: number): boolean {
  return unit === 32 || unit === 10 || unit === 13 || unit === 9;
}

function skipTo(cursor: Cursor, end: string): void {
  const at = cursor.text.indexOf(end, cursor.at + 2);
  if (at < 0) throw bad(cursor, 'plist-truncated', `no "${end}"`);
  cursor.at = at + end.length;
}

/** Skips a DOCTYPE; an internal subset is refused, because it could declare entities. */
function skipDoctype(cursor: Cursor): void {
  const start = cursor.at;
  skipTo(cursor, '>');
  if (cursor.text.slice(start, cursor.at).includes('['))
    throw bad(cursor, 'plist-doctype', 'DOCTYPE with an internal subset');
}

function expectClose(cursor: Cursor, name: string): void {
  const tag = readTag(cursor);
  if (tag.kind !== 'close' || tag.name !== name) throw bad(cursor, 'plist-tag', `</${name}> is expected`);
}

function readValue(cursor: Cursor, tag: Tag, depth: number): PlistValue {
  cursor.spend();
  if (depth > MAX_DEPTH) throw bad(cursor, 'plist-depth', `nested deeper than ${MAX_DEPTH}`);
  if (tag.kind === 'close') throw bad(cursor, 'plist-tag', `unexpected </${tag.name}>`);
  const empty = tag.kind === 'empty';
  switch (tag.name) {
    case 'dict':
      return empty ? Object.create(null) : readDict(cursor, depth);
    case 'array':
      return empty ? [] : readArray(cursor, depth);
    case 'true':
    case 'false':
      if (!empty) expectClose(cursor, tag.name);
      return tag.name === 'true';
    case 'string':
      return empty ? '' : readText(cursor, 'string');
    case 'data':
      return empty ? new Uint8Array() : readData(cursor);
    case 'integer':
      return readInteger(cursor, empty ? '' : readText(cursor, 'integer').trim());
    case 'real':
      return readReal(cursor, empty ? '' : readText(cursor, 'real').trim());
    case 'date':
      return readDate(cursor, empty ? '' : readText(cursor, 'date').trim());
    default:
      throw bad(cursor, 'plist-tag', 'an element has an unknown name');
  }
}

function readDict(cursor: Cursor, depth: number): PlistValue {
  const dict: Record<string, PlistValue> = Object.create(null);
  for (;;) {
    const tag = readTag(cursor);
    if (tag.kind === 'close' && tag.name === 'dict') return dict;
    if (tag.name !== 'key' || tag.kind === 'close') throw bad(cursor, 'plist-tag', '<key> or </dict> is expected');
    const key = tag.kind === 'empty' ? '' : readText(cursor, 'key');
    // Two readers might take different values of one key: a list that is signed or judged must be unambiguous.
    if (key in dict) throw bad(cursor, 'plist-duplicate', 'a key occurs twice in one dictionary');
    dict[key] = readValue(cursor, readTag(cursor), depth + 1);
  }
}

function readArray(cursor: Cursor, depth: number): PlistValue {
  const items: PlistValue[] = [];
  for (;;) {
    const tag = readTag(cursor);
    if (tag.kind === 'close' && tag.name === 'array') return items;
    items.push(readValue(cursor, tag, depth + 1));
  }
}

/** Reads character data up to the closing tag of `name`, with CDATA and comments, without child elements. */
function readText(cursor: Cursor, name: string): string {
  let out = '';
  for (;;) {
    const next = cursor.text.indexOf('<', cursor.at);
    if (next < 0) throw bad(cursor, 'plist-truncated', `no </${name}>`);
    out += unescapeText(cursor, cursor.text.slice(cursor.at, next));
    cursor.at = next;
    if (cursor.text.startsWith('<![CDATA[', next)) {
      skipTo(cursor, ']]>');
      out += cursor.text.slice(next + 9, cursor.at - 3);
    } else if (cursor.text.startsWith('<!--', next)) {
      skipTo(cursor, '-->');
    } else {
      expectClose(cursor, name);
      return out;
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeText(cursor: Cursor, text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,10})(;?)/g, (_, name: string, end: string) => {
    const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
    const code =
      numeric === null ? -1 : Number.parseInt(numeric[1] ?? numeric[2] ?? '', numeric[1] === undefined ? 10 : 16);
    const named = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    const character = named ?? (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined);
    if (end === '' || character === undefined) throw bad(cursor, 'plist-entity', 'an entity is unknown');
    return character;
  });
}

function readData(cursor: Cursor): Uint8Array {
  const text = readText(cursor, 'data');
  try {
    return fromBase64(text);
  } catch {
    throw bad(cursor, 'plist-data', '<data> is not base64');
  }
}

function readInteger(cursor: Cursor, text: string): number | bigint {
  if (!/^[+-]?(?:\d{1,39}|0[xX][0-9a-fA-F]{1,32})$/.test(text))
    throw bad(cursor, 'plist-number', 'an integer is malformed');
  const negative = text.startsWith('-');
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  const value = negative ? -magnitude : magnitude;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small + 0 : value;
}

function readReal(cursor: Cursor, text: string): number {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text))
    throw bad(cursor, 'plist-number', 'a real is malformed');
  return Number(text);
}

function readDate(cursor: Cursor, text: string): Date {
  const date = /^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) throw bad(cursor, 'plist-date', 'a date is malformed');
  return date;
}
