import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'vectors', 'names');

const read = new Map<string, readonly string[]>();

/** The names in one file of `test/vectors/names`. */
export function namesIn(file: string): readonly string[] {
  const known = read.get(file);
  if (known !== undefined) return known;
  const lines = readFileSync(join(FOLDER, `${file}.txt`), 'utf8').split('\n');
  const names = lines.filter((line) => line !== '' && !line.startsWith('#'));
  read.set(file, names);
  return names;
}

/** A name in the published lists of indicators. */
export interface PublishedName {
  readonly key: string;
  readonly value: string;
  readonly collection: string;
}

/** The names in the published lists. */
export function publishedNames(): readonly PublishedName[] {
  return namesIn('published').map((line) => {
    const [key = '', value = '', collection = ''] = line.split('\t');
    return { key, value, collection };
  });
}
