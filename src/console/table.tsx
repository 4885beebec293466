import type { ReactNode } from 'react';
import { cx, kit } from '../ui/index.ts';
import css from './console.module.css';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly number?: boolean;
  /** A word or two, never broken. */
  readonly brief?: boolean;
  /** Stands first where a row is a card, on a phone. */
  readonly first?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Set when a cell holds a `RowLink`, which then covers the whole row. */
  readonly linked?: boolean;
}

/** A plain table; lists that may grow past a few hundred rows page on the server. */
export function Table<Row>({ label, rows, columns, rowKey, linked }: TableProps<Row>) {
  return (
    // Focusable, since it scrolls sideways on a phone.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={css.scroll} aria-label={label} tabIndex={0}>
      <table className={css.table}>
        <caption className={kit.srOnly}>{label}</caption>
        <thead>
          <tr>
            {columns.map(({ title, number }) => (
              <th key={title} scope="col" className={cx(number && css.number)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-link={linked ? '' : undefined}>
              {columns.map(({ title, cell, number, brief, first }) => (
                <td
                  key={title}
                  data-title={title}
                  data-first={first ? '' : undefined}
                  className={cx(number && css.number, brief && css.nowrap)}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
