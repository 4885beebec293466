import type { SqliteValue } from './record.ts';
import { type Token, tokenise } from './tokens.ts';

/** How SQLite stores values of a column (datatype3.html, section 3.1). */
export type Affinity = 'integer' | 'text' | 'none' | 'real' | 'numeric';

export interface Column {
  /** Lower case. */
  readonly name: string;
  readonly affinity: Affinity;
  readonly notNull: boolean;
  /** What a row holds that is older than the column. */
  readonly fallback: SqliteValue;
}

/** A table as its CREATE statement declares it. */
export interface TableShape {
  readonly name: string;
  /** 0 when it is not known. */
  readonly rootPage: number;
  /** The stored columns in the order of the record. */
  readonly columns: readonly Column[];
  /** Positions in `columns`, in the declared order. */
  readonly declared: readonly number[];
  /** Position of the INTEGER PRIMARY KEY, whose value is the rowid; -1 where there is none. */
  readonly rowidColumn: number;
  readonly withoutRowid: boolean;
}

const MAX_SQL_LENGTH = 1_000_000;
/** Twice what SQLite allows unless it is built otherwise (SQLITE_MAX_COLUMN). */
const MAX_COLUMNS = 4000;
/** A primary key of more columns has not been seen. */
const MAX_KEY_COLUMNS = 100;
const COLUMN_CONSTRAINTS = new Set(['constraint', 'primary', 'not', 'null', 'unique', 'check', 'default', 'collate', 'references', 'generated', 'as']); // biome-ignore format: one line reads better
const TABLE_CONSTRAINTS = new Set(['constraint', 'primary', 'unique', 'check', 'foreign']);

/** Reads a CREATE TABLE statement; a statement that makes no sense gives no columns. */
export function parseTable(name: string, rootPage: number, sql: string): TableShape {
  const { definitions, tail } = splitDefinitions(tokenise(sql.slice(0, MAX_SQL_LENGTH)));
  const columns: (Column & { readonly type: string })[] = [];
  let rowidColumn = -1;
  let key: string[] = [];
  for (const tokens of definitions) {
    const [first] = tokens;
    if (first === undefined) continue;
    if (!first.quoted && TABLE_CONSTRAINTS.has(first.word)) {
      const named = key.length > 0 ? [] : primaryKeyColumns(tokens).slice(0, MAX_KEY_COLUMNS);
      if (named.length === 0) continue;
      key = named;
      const at = named.length === 1 ? columns.findIndex((column) => column.name === named[0]) : -1;
      if (columns[at]?.type === 'integer') rowidColumn = at;
      continue;
    }
    const column = readColumn(tokens);
    if (column === undefined || columns.length >= MAX_COLUMNS) continue;
    if (column.key !== 'none') key = [column.name];
    if (column.key === 'ascending' && column.type === 'integer') rowidColumn = columns.length;
    columns.push(column);
  }
  const withoutRowid = tail.some((token, i) => token.word === 'without' && tail[i + 1]?.word === 'rowid');
  const stored = withoutRowid ? keyFirst(columns, key) : columns;
  const positions = new Map(stored.map((column, i) => [column, i]));
  return {
    name,
    rootPage,
    columns: stored.map(({ type: _, ...column }) => column),
    declared: columns.map((column) => positions.get(column) ?? -1),
    rowidColumn: withoutRowid ? -1 : rowidColumn,
    withoutRowid,
  };
}

/** File format, section 2.4: the key's columns stand first in the record of a WITHOUT ROWID table. */
function keyFirst<T extends { readonly name: string }>(columns: readonly T[], key: readonly string[]): T[] {
  const first = key.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  return [...new Set([...first, ...columns])];
}

/** The definitions between the outermost parentheses, and what follows them. */
function splitDefinitions(tokens: readonly Token[]): { definitions: Token[][]; tail: readonly Token[] } {
  const definitions: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.word === ')' && !token.quoted && --depth === 0) {
      return { definitions: [...definitions, current], tail: tokens.slice(i + 1) };
    }
    if (token.word === ',' && !token.quoted && depth === 1) {
      definitions.push(current);
      current = [];
    } else if (depth > 0) current.push(token);
    if (token.word === '(' && !token.quoted) depth++;
  }
  return { definitions: [], tail: [] };
}

function primaryKeyColumns(tokens: readonly Token[]): string[] {
  const at = tokens.findIndex((token, i) => is(token, 'primary') && is(tokens[i + 1], 'key'));
  if (at < 0 || !is(tokens[at + 2], '(')) return [];
  const names: string[] = [];
  for (let i = at + 2; i < tokens.length && !is(tokens[i], ')'); i++) {
    const token = tokens[i + 1];
    if ((is(tokens[i], '(') || is(tokens[i], ',')) && token !== undefined) names.push(token.word.toLowerCase());
  }
  return names;
}

interface ReadColumn extends Column {
  /** Lower case, without a length in parentheses. */
  readonly type: string;
  readonly key: 'none' | 'ascending' | 'descending';
}

function readColumn(tokens: readonly Token[]): ReadColumn | undefined {
  const [name, ...rest] = tokens;
  if (name === undefined) return undefined;
  const top = outermost(rest);
  let from = top.findIndex((token) => !token.quoted && COLUMN_CONSTRAINTS.has(token.word));
  if (from < 0) from = top.length;
  const type = top.slice(0, from).map((token) => token.word).join(' '); // biome-ignore format: one line reads better
  const constraints = top.slice(from);
  const has = (...words: string[]): boolean =>
    constraints.some((_, i) => words.every((word, j) => is(constraints[i + j], word)));
  // A virtual generated column is not in the record.
  if (has('as') && !has('stored')) return undefined;
  const affinity = affinityOf(type);
  const key = !has('primary', 'key') ? 'none' : has('primary', 'key', 'desc') ? 'descending' : 'ascending';
  const fallback = convert(defaultOf(rest), affinity);
  return { name: name.word.toLowerCase(), type, affinity, notNull: has('not', 'null'), fallback, key };
}

/** The tokens that no parentheses hold. */
function outermost(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.filter((token) => {
    if (is(token, '(')) depth++;
    const keep = depth === 0;
    if (is(token, ')')) depth--;
    return keep;
  });
}

function is(token: Token | undefined, word: string): boolean {
  return token !== undefined && !token.quoted && token.word === word;
}

function affinityOf(type: string): Affinity {
  if (type.includes('int')) return 'integer';
  if (/char|clob|text/.test(type)) return 'text';
  if (type === '' || type.includes('blob')) return 'none';
  return /real|floa|doub/.test(type) ? 'real' : 'numeric';
}

/** The DEFAULT of a column when it is a literal; ALTER TABLE allows no other for rows that are there already. */
function defaultOf(tokens: readonly Token[]): SqliteValue {
  let at = tokens.findIndex((token) => is(token, 'default'));
  if (at < 0) return null;
  while (is(tokens[at + 1], '(')) at++;
  let sign = 1;
  for (; is(tokens[at + 1], '-') || is(tokens[at + 1], '+'); at++) if (is(tokens[at + 1], '-')) sign = -sign;
  const token = tokens[at + 1];
  if (token === undefined) return null;
  if (token.quoted) return token.blob ?? token.word;
  if (token.word === 'true') return 1;
  if (token.word === 'false') return 0;
  if (!/^[0-9.]/.test(token.word)) return null;
  if (/^\d+$/.test(token.word) || /^0x[0-9a-f]{1,16}$/.test(token.word)) {
    const exact = BigInt.asIntN(64, BigInt(token.word) * BigInt(sign));
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  return sign * Number(token.word);
}

/** Applies an affinity as SQLite does to a default (datatype3.html, section 3). */
function convert(value: SqliteValue, affinity: Affinity): SqliteValue {
  if (affinity === 'text' && (typeof value === 'number' || typeof value === 'bigint')) return String(value);
  if (affinity === 'none' || affinity === 'text' || typeof value !== 'string') return value;
  const text = value.trim();
  const number = Number(text);
  return text !== '' && !/^0[xob]/i.test(text) && Number.isFinite(number) ? number : value;
}
