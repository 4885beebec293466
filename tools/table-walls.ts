import { type Node, parseSync } from '@swc/core';
import { TABLES } from './tables.data.ts';

/** Where SQL may stand beside the stores: storage is the database itself, and the tests of any room set the scene by hand. */
const NOT_HELD = /^src\/storage\/|\.test\.tsx?$|\/testing\.ts$|\.d\.ts$/;
const STORE = /\/store(-[a-z-]+)?\.ts$/;
/** Methods of Kysely whose first argument names a table. */
const NAMES_TABLE =
  /^(selectFrom|insertInto|updateTable|deleteFrom|mergeInto|replaceInto|\w+Join|\w+JoinLateral|using)$/;

/** The room that owns a table; undefined where the table of owners does not say. */
export function ownerOf(table: string, owners: Readonly<Record<string, string>> = TABLES): string | undefined {
  if (Object.hasOwn(owners, table)) return owners[table];
  const family = Object.keys(owners)
    .filter((key) => key.endsWith('*') && table.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return family === undefined ? undefined : owners[family];
}

/** Every table that the migrations create. */
export function tablesOf(migrations: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const text of migrations)
    for (const [, name] of text.matchAll(
      /\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?"?([a-z_0-9]+)/gi,
    ))
      if (name !== undefined) found.add(name);
  return found;
}

/**
 * Finds SQL outside a room's stores and tables of other rooms in SQL.
 *
 * It reads `sql` templates, the table arguments of Kysely and texts given to `query()`. In SQL any bare word that is the name of a table
 * counts, so that no spelling of a query goes around it; columns and aliases are told by `as` or the dot before them.
 * @param file path below the checkout, e.g. `src/files/store.ts`
 */
export function tableViolations(
  file: string,
  text: string,
  tables: ReadonlySet<string>,
  owners: Readonly<Record<string, string>> = TABLES,
): string[] {
  if (!file.startsWith('src/') || NOT_HELD.test(file)) return [];
  const room = file.split('/')[1] ?? '';
  const spoken = sqlIn(text, file.endsWith('.tsx'));
  if (spoken.length > 0 && !STORE.test(file))
    return [`sql-outside-store: ${file} speaks SQL; move it to a store*.ts of ${room}`];
  const foreign = new Set<string>();
  for (const sql of spoken)
    for (const table of namedIn(sql, tables)) if (ownerOf(table, owners) !== room) foreign.add(table);
  return [...foreign].map(
    (table) => `table-wall: ${file} reads "${table}" of ${ownerOf(table, owners) ?? 'nobody'}; ask that room's face`,
  );
}

function namedIn(sql: string, tables: ReadonlySet<string>): string[] {
  const bare = sql.replace(/--.*$/gm, ' ').replace(/'(?:[^']|'')*'/g, "''");
  const names: string[] = [];
  for (const [, before, name = ''] of bare.matchAll(/(\bas\s+"?|[\w"]\.)?"?\b([a-z_][a-z_0-9]*)\b/gi))
    if (before === undefined && tables.has(name.toLowerCase())) names.push(name.toLowerCase());
  return names;
}

type Tree = { readonly [key: string]: unknown };

/** The SQL of a file: of templates the fixed text, with `?` for what is filled in. */
export function sqlIn(text: string, tsx: boolean): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
    } else if (typeof node === 'object' && node !== null) {
      const tree = node as Tree; // swc's nodes are plain objects
      found.push(...spokenBy(tree));
      for (const child of Object.values(tree)) visit(child);
    }
  };
  const parsed: Node = parseSync(text, { syntax: 'typescript', tsx });
  visit(parsed);
  return found;
}

function spokenBy(node: Tree): string[] {
  if (node['type'] === 'TaggedTemplateExpression') return isSql(node['tag']) ? [textOf(node['template'])] : [];
  if (node['type'] !== 'CallExpression') return [];
  const callee = node['callee'] as Tree;
  const argument = ((node['arguments'] as readonly Tree[])[0]?.['expression'] ?? {}) as Tree;
  const method = nameOf(callee['property']);
  if (method === undefined) return [];
  if (isSql(callee['object']) && /^(raw|table|id|ref)$/.test(method)) return [textOf(argument)];
  if (method === 'query' && /^\s*\w+\s/.test(textOf(argument))) return [textOf(argument)];
  if (NAMES_TABLE.test(method) && textOf(argument) !== '') return [`from ${textOf(argument)}`];
  return [];
}

function isSql(node: unknown): boolean {
  const tree = (node ?? {}) as Tree;
  return nameOf(tree) === 'sql' || (tree['type'] === 'MemberExpression' && nameOf(tree['object']) === 'sql');
}

function nameOf(node: unknown): string | undefined {
  const value = ((node ?? {}) as Tree)['value'];
  return typeof value === 'string' ? value : undefined;
}

function textOf(node: unknown): string {
  const tree = (node ?? {}) as Tree;
  if (tree['type'] === 'StringLiteral') return String(tree['value']);
  if (tree['type'] !== 'TemplateLiteral') return '';
  return (tree['quasis'] as readonly Tree[]).map((quasi) => String(quasi['raw'])).join(' ? ');
}
