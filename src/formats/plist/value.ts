/** A value that a property list can carry. */
export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | PlistUid
  | readonly PlistValue[]
  | PlistDict
  | null;

/** A dictionary; what the parser returns has no prototype. */
export interface PlistDict {
  readonly [key: string]: PlistValue | undefined;
}

/** A reference inside a keyed archive (NSKeyedArchiver): an index into its `$objects`. */
export class PlistUid {
  readonly uid: number;

  constructor(uid: number) {
    this.uid = uid;
  }
}

export function isPlistDict(value: PlistValue | undefined): value is PlistDict {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof PlistUid)
  );
}
