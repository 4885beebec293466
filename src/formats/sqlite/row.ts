import type { SqliteValue } from './record.ts';

export interface SqliteRow {
  /** The nearest number beyond 2^53, where the column `rowid` gives the exact one; 0 in a WITHOUT ROWID table. */
  readonly rowid: number;
  readonly values: readonly SqliteValue[];
  /** Found on a page that no readable page of the table leads to any more. */
  readonly salvaged: boolean;
}
