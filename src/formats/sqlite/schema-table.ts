import { FormatError } from '../../base/index.ts';
import { cellPointers, leafCell, newCell, newPage, type Page, setPage, TABLE_LEAF, tableLeaves } from './btree.ts';
import { type Image, isSpecialPage, note } from './image.ts';
import { decodeRecord, type RecordPlan, type SqliteValue } from './record.ts';
import { tokenise } from './tokens.ts';

/** A table as sqlite_schema names it; its statement is parsed when it is asked for. */
interface SchemaEntry {
  readonly name: string;
  /** 0 when it is not known. */
  readonly rootPage: number;
  readonly sql: string;
}

export interface Schema {
  /** By lower-case name. */
  readonly tables: ReadonlyMap<string, SchemaEntry>;
  readonly views: readonly string[];
  readonly damaged: boolean;
}

/** iOS databases have at most some hundred. */
const MAX_TABLES = 20_000;
const PLAN: RecordPlan = { positions: [0, 1, 3, 4], fallbacks: [null, null, null, null], highest: 4 };

/**
 * Reads the schema table (file format, section 2.6).
 *
 * @param salvage where it is damaged, look for its rows on every page
 * @param known CREATE TABLE statements that stand in for lost ones
 */
export function readSchema(image: Image, salvage: boolean, known: readonly string[]): Schema {
  const tables = new Map<string, SchemaEntry>();
  const views: string[] = [];
  const add = ([type, name, rootPage, sql]: readonly SqliteValue[]): void => {
    if (typeof name !== 'string' || typeof sql !== 'string' || tables.size + views.length >= MAX_TABLES) return;
    if (type === 'view') views.push(name);
    // A virtual table has no root page; a second table of the same name is a page seen twice.
    if (type !== 'table' || typeof rootPage !== 'number' || rootPage < 1 || tables.has(name.toLowerCase())) return;
    tables.set(name.toLowerCase(), { name, rootPage, sql });
  };
  const before = image.faults;
  const seen = new Set<number>();
  const page = newPage(image);
  for (const _ of tableLeaves(image, 1, page, seen)) readLeaf(image, page, add);
  const damaged = image.faults > before || !image.headerIntact;
  image.schemaIncomplete = damaged;
  if (damaged && salvage) {
    for (let number = 1; number <= image.pageCount; number++) {
      if (seen.has(number) && number > 1) continue;
      if (setLeaf(image, page, number)) readLeaf(image, page, add, true);
    }
    for (const sql of known) {
      const name = tableNameIn(sql);
      if (name !== undefined && !tables.has(name.toLowerCase()))
        tables.set(name.toLowerCase(), { name, rootPage: 0, sql });
    }
  }
  return { tables, views, damaged };
}

/** Fills `page` when it can be read and is a table leaf; says nothing of what is none. */
export function setLeaf(image: Image, page: Page, number: number): boolean {
  image.budget.spend();
  if (isSpecialPage(image, number)) return false;
  try {
    return setPage(page, number, image.page(number)) && page.type === TABLE_LEAF && cellPointers(page) > 0;
  } catch (error) {
    if (error instanceof FormatError && error.code === 'sqlite-truncated') return false; // noted where a tree led to it
    throw error;
  }
}

function readLeaf(image: Image, page: Page, add: (values: readonly SqliteValue[]) => void, strict = false): void {
  const cell = newCell(page);
  const faults = image.faults;
  const notes = image.damage.length;
  for (let i = 0; i < page.cells; i++) {
    if (!leafCell(image, page, i, cell)) continue;
    try {
      const values = decodeRecord(cell.bytes, cell.view, cell.start, cell.end, cell.rowid, PLAN, image.encoding);
      const [type, , , sql] = values;
      const plausible = typeof sql === 'string' && /^create\s/i.test(sql) && /^(table|view)$/.test(String(type));
      if (plausible || !strict) add(values);
    } catch (error) {
      note(image, `row ${cell.rowid} of sqlite_schema`, error);
    }
  }
  // Pages of other tables are no damage of the schema.
  if (strict) {
    image.faults = faults;
    image.damage.length = notes;
  }
}

function tableNameIn(sql: string): string | undefined {
  const words = tokenise(sql.slice(0, 10_000));
  const at = words.findIndex((token) => token.word === 'table' && !token.quoted);
  const open = words.findIndex((token) => token.word === '(' && !token.quoted);
  return at < 0 || open <= at + 1 ? undefined : words[open - 1]?.word;
}
