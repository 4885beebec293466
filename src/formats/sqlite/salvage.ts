import { leafCell, newCell, newPage, type Page, tableLeaves } from './btree.ts';
import { minimumColumns, recordEnd } from './fit.ts';
import { freelistPages } from './freed.ts';
import { type Image, remark } from './image.ts';
import { decodeRecord, type RecordPlan } from './record.ts';
import type { SqliteRow } from './row.ts';
import type { TableShape } from './schema.ts';
import { setLeaf } from './schema-table.ts';

/** Of the cells of a damaged page so many must fit a table. */
const MIN_SHARE = 0.9;
const MAX_ORPHANS = 1_000_000;

/** Leaf pages that no tree reaches any more, by the table whose shape they have. */
export type Orphans = ReadonlyMap<TableShape, readonly number[]>;

/** Finds the orphans of a damaged database; a page that suits several tables is noted and left out. */
export function findOrphans(image: Image, shapes: readonly TableShape[]): Orphans {
  const seen = new Set(freelistPages(image).keys());
  const broken = new Set<TableShape>();
  const page = newPage(image);
  quietly(image, () => {
    for (const _ of tableLeaves(image, 1, page, seen)); // the schema table itself
    for (const shape of shapes) {
      if (shape.withoutRowid) continue;
      const before = image.faults;
      if (shape.rootPage > 0) for (const _ of tableLeaves(image, shape.rootPage, page, seen));
      if (image.faults > before || shape.rootPage === 0) broken.add(shape);
    }
  });
  const orphans = new Map<TableShape, number[]>();
  for (let number = 2, found = 0; number <= image.pageCount && found < MAX_ORPHANS; number++) {
    if (seen.has(number) || !setLeaf(image, page, number)) continue;
    found++;
    const owner = ownerOf(image, page, shapes, broken);
    if (owner === undefined) continue;
    const pages = orphans.get(owner);
    if (pages === undefined) orphans.set(owner, [number]);
    else pages.push(number);
  }
  return orphans;
}

/** Yields the rows on the orphans of a table. */
export function* orphanRows(image: Image, shape: TableShape, orphans: Orphans, plan: RecordPlan): Generator<SqliteRow> {
  const page = newPage(image);
  const cell = newCell(page);
  const pages = orphans.get(shape) ?? [];
  const minColumns = minimumColumns(shape, image.schemaIncomplete);
  let rows = 0;
  for (const number of pages) {
    if (!setLeaf(image, page, number)) continue;
    for (let i = 0; i < page.cells; i++) {
      if (!leafCell(image, page, i, cell)) continue;
      const end = recordEnd(cell.bytes, cell.start, cell.end, shape, minColumns, image.encoding);
      if (end !== cell.end) continue;
      const values = decodeRecord(cell.bytes, cell.view, cell.start, cell.end, cell.rowid, plan, image.encoding);
      rows++;
      yield { rowid: Number(cell.rowid), values, salvaged: true };
    }
  }
  if (rows > 0) {
    remark(image, `salvaged: ${rows} rows of "${shape.name}" from ${pages.length} pages without a way to them`);
  }
}

/**
 * The one table that the rows of a leaf page fit; undefined when none or several do.
 *
 * @param preferred decides between several, which is then noted as damage; not given for freed pages, which are none
 */
export function ownerOf(
  image: Image,
  page: Page,
  shapes: readonly TableShape[],
  preferred?: ReadonlySet<TableShape>,
): TableShape | undefined {
  const fitting = shapes.filter((shape) => !shape.withoutRowid && fitsPage(image, page, shape));
  for (const group of [
    fitting,
    fitting.filter((shape) => preferred?.has(shape)),
    fitting.filter((shape) => preferred?.has(shape) && fitsPage(image, page, shape, shape.columns.length)),
  ]) {
    if (group.length === 1) return group[0];
  }
  if (fitting.length > 1 && preferred !== undefined) {
    const names = fitting.slice(0, 3).map((shape) => `"${shape.name}"`);
    remark(image, `page ${page.number}: its rows fit several tables (${names.join(', ')}) and are left out`);
  }
  return undefined;
}

/** Whether the rows of a leaf page have the shape of a table. */
export function fitsPage(
  image: Image,
  page: Page,
  shape: TableShape,
  minColumns = minimumColumns(shape, image.schemaIncomplete),
): boolean {
  const cell = newCell(page);
  let fits = 0;
  let misfits = 0;
  const allowed = Math.ceil(page.cells * (1 - MIN_SHARE));
  quietly(image, () => {
    for (let i = 0; i < page.cells && misfits <= allowed; i++) {
      image.budget.spend();
      const readable = leafCell(image, page, i, cell);
      const end = readable ? recordEnd(cell.bytes, cell.start, cell.end, shape, minColumns, image.encoding) : -1;
      if (readable && end === cell.end) fits++;
      else misfits++;
    }
  });
  // A page of one row or two has no room for a misfit.
  return fits > 0 && (misfits === 0 || (misfits <= allowed && fits > 2));
}

/** Runs a look ahead, or a second walk, whose faults are no news. */
export function quietly(image: Image, look: () => void): void {
  const { faults } = image;
  const notes = image.damage.length;
  look();
  image.faults = faults;
  image.damage.length = notes;
}
