import { FormatError } from '../../base/index.ts';
import { isPlistDict, type PlistDict, PlistUid, type PlistValue, parsePlist } from '../plist/index.ts';

export type ArchiveValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly ArchiveValue[]
  | ReadonlyMap<ArchiveValue, ArchiveValue>
  | ArchivedObject;

/** An object of a class that is not Foundation's. */
export class ArchivedObject {
  readonly className: string;
  readonly fields: ReadonlyMap<string, ArchiveValue>;

  constructor(className: string, fields: ReadonlyMap<string, ArchiveValue>) {
    this.className = className;
    this.fields = fields;
  }
}

const MAX_DEPTH = 128;
const MAX_VALUES = 1_000_000;
const APPLE_EPOCH_MS = 978_307_200_000;
/** What NSKeyedArchiver writes for nil, at index 0. */
const NULL = '$null';

/**
 * Reads a keyed archive from its first root.
 *
 * Shared objects are shared in the answer. NSDictionary is a Map, NSSet an array, NSURL its text, NSUUID its bytes.
 * @throws FormatError `archive-shape`, `archive-reference`, `archive-cycle`, `archive-depth`, `archive-limit`; `plist-…`
 */
export function unarchive(input: Uint8Array | PlistValue): ArchiveValue {
  const archive = input instanceof Uint8Array ? parsePlist(input) : input;
  const objects = isPlistDict(archive) ? archive['$objects'] : undefined;
  const top = isPlistDict(archive) ? archive['$top'] : undefined;
  if (!Array.isArray(objects) || !isPlistDict(top)) throw bad('archive-shape', 'it is no keyed archive');
  const root = top['root'] ?? top['$0'] ?? Object.values(top)[0];
  if (root === undefined) throw bad('archive-shape', 'it has no root');
  return new Unarchiver(objects).value(root, 0);
}

function bad(code: string, why: string): FormatError {
  return new FormatError(code, -1, `Cannot read keyed archive: ${why}`);
}

class Unarchiver {
  readonly #objects: readonly PlistValue[];
  readonly #done = new Map<number, ArchiveValue>();
  readonly #open = new Set<number>();
  #left = MAX_VALUES;

  constructor(objects: readonly PlistValue[]) {
    this.#objects = objects;
  }

  value(value: PlistValue, depth: number): ArchiveValue {
    if (--this.#left < 0) throw bad('archive-limit', `more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw bad('archive-depth', `nested deeper than ${MAX_DEPTH}`);
    if (value instanceof PlistUid) return this.#reference(value.uid, depth);
    if (Array.isArray(value)) return value.map((item: PlistValue) => this.value(item, depth + 1));
    if (isPlistDict(value)) return this.#object(value, depth);
    return value as Exclude<PlistValue, PlistUid | PlistDict | readonly PlistValue[]>; // the branches above took the others
  }

  #reference(uid: number, depth: number): ArchiveValue {
    const known = this.#done.get(uid);
    if (known !== undefined) return known;
    const object = this.#objects[uid];
    if (object === undefined) throw bad('archive-reference', 'a reference leads nowhere');
    if (object === NULL) return null;
    if (this.#open.has(uid)) throw bad('archive-cycle', 'an object contains itself');
    this.#open.add(uid);
    const value = this.value(object, depth + 1);
    this.#open.delete(uid);
    this.#done.set(uid, value);
    return value;
  }

  #object(dict: PlistDict, depth: number): ArchiveValue {
    const className = this.#className(dict['$class']);
    const field = (key: string): ArchiveValue => {
      const value = dict[key];
      return value === undefined ? null : this.value(value, depth + 1);
    };
    switch (className.replace(/^NSMutable/, 'NS')) {
      case 'NSDictionary':
        return mapOf(field('NS.keys'), field('NS.objects'));
      case 'NSArray':
      case 'NSSet':
      case 'NSOrderedSet':
        return field('NS.objects') ?? [];
      case 'NSString':
        return field('NS.string') ?? field('NS.bytes');
      case 'NSAttributedString':
        return field('NSString');
      case 'NSData':
        return field('NS.data') ?? field('NS.bytes');
      case 'NSUUID':
        return field('NS.uuidbytes');
      case 'NSURL':
        return urlOf(field('NS.base'), field('NS.relative'));
      case 'NSDate':
        return dateOf(field('NS.time'));
      case 'NSNull':
        return null;
      default:
        return this.#other(dict, className, depth);
    }
  }

  #other(dict: PlistDict, className: string, depth: number): ArchivedObject {
    const fields = new Map<string, ArchiveValue>();
    for (const [key, value] of Object.entries(dict)) {
      if (key !== '$class' && value !== undefined) fields.set(key, this.value(value, depth + 1));
    }
    return new ArchivedObject(className, fields);
  }

  #className(reference: PlistValue | undefined): string {
    const dict = reference instanceof PlistUid ? this.#objects[reference.uid] : undefined;
    const name = isPlistDict(dict) ? dict['$classname'] : undefined;
    return typeof name === 'string' ? name : '';
  }
}

function mapOf(keys: ArchiveValue, values: ArchiveValue): ArchiveValue {
  if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) {
    throw bad('archive-shape', 'a dictionary has not as many keys as values');
  }
  return new Map(keys.map((key: ArchiveValue, i) => [key, (values[i] as ArchiveValue | undefined) ?? null]));
}

function urlOf(base: ArchiveValue, relative: ArchiveValue): ArchiveValue {
  if (typeof relative !== 'string') return null;
  return typeof base === 'string' && !/^[a-z][a-z0-9+.-]*:/i.test(relative) ? base + relative : relative;
}

function dateOf(seconds: ArchiveValue): ArchiveValue {
  const date = new Date(Number(seconds) * 1000 + APPLE_EPOCH_MS);
  return typeof seconds !== 'number' || Number.isNaN(date.getTime()) ? null : date;
}
