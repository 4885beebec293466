/** A table as its CREATE statement declares it. */
export interface TableShape {
  readonly name: string;
  readonly rootPage: number;
  /** Lower-case names of the stored columns, in record order. */
  readonly columns: readonly string[];
  /** Position of the INTEGER PRIMARY KEY, whose value is the rowid; -1 where there is none. */
  readonly rowidColumn: number;
  readonly withoutRowid: boolean;
}

const CONSTRAINT = /^(constraint|primary|unique|check|foreign)\b/i;

/** Reads column names from a CREATE TABLE statement; a statement that makes no sense gives no columns. */
export function parseTable(name: string, rootPage: number, sql: string): TableShape {
  const { parts, tail } = splitDefinitions(sql.slice(0, 1_000_000));
  const columns: string[] = [];
  const types: string[] = [];
  let rowidColumn = -1;
  for (const part of parts) {
    const text = part.trim();
    if (text === '') continue;
    if (CONSTRAINT.test(text)) {
      const key = /primary\s+key\s*\(\s*([^,()]+?)\s*\)/i.exec(text)?.[1];
      const at = key === undefined ? -1 : columns.indexOf(unquote(key.replace(/\s+(asc|desc|autoincrement)$/i, '')));
      if (at >= 0 && /^integer$/i.test(types[at] ?? '')) rowidColumn = at;
      continue;
    }
    const match = /^("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[^\s(]+)\s*([^\s(,]*)/.exec(text);
    if (match === null) continue;
    const rest = text.slice(match[1]?.length ?? 0);
    if (/\bas\s*\(/i.test(rest) && !/\bstored\s*$/i.test(rest)) continue;
    if (/^\s*integer\s+(constraint\s+\S+\s+)?primary\s+key(?!\s+desc)/i.test(rest)) rowidColumn = columns.length;
    columns.push(unquote(match[1] ?? ''));
    types.push(match[2] ?? '');
  }
  return { name, rootPage, columns, rowidColumn, withoutRowid: /\bwithout\s+rowid\b/i.test(tail) };
}

function unquote(name: string): string {
  const first = name[0];
  const inner = first === '"' || first === '`' || first === "'" || first === '[' ? name.slice(1, -1) : name;
  return (first === '"' ? inner.replaceAll('""', '"') : inner).toLowerCase();
}

/** Splits at commas of the outermost parentheses, outside quotes and comments. */
function splitDefinitions(sql: string): { parts: string[]; tail: string } {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (let i = 0; i < sql.length; i++) {
    const char = sql[i] ?? '';
    const close = char === '[' ? ']' : char === '"' || char === "'" || char === '`' ? char : '';
    if (close !== '') {
      const end = sql.indexOf(close, i + 1);
      const stop = end < 0 ? sql.length : end + 1;
      if (depth > 0) current += sql.slice(i, stop);
      i = stop - 1;
      continue;
    }
    if (char === '-' && sql[i + 1] === '-') {
      const end = sql.indexOf('\n', i);
      i = end < 0 ? sql.length : end;
      current += ' ';
      continue;
    }
    if (char === '/' && sql[i + 1] === '*') {
      const end = sql.indexOf('*/', i + 2);
      i = end < 0 ? sql.length : end + 1;
      current += ' ';
      continue;
    }
    if (char === ')' && --depth === 0) return { parts: [...parts, current], tail: sql.slice(i + 1) };
    if (char === ',' && depth === 1) {
      parts.push(current);
      current = '';
    } else if (depth > 0) current += char;
    if (char === '(') depth++;
  }
  return { parts, tail: '' };
}
