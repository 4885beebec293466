import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findMutants } from './find-mutants.ts';
import { locateGuards } from './locate-guards.ts';
import { nearestTests } from './nearest-tests.ts';

describe('locateGuards()', () => {
  it('finds each guard of the list in one file, with a test near it', () => {
    const guards = locateGuards();
    expect(guards.filter((guard) => nearestTests(guard).length === 0)).toEqual([]);
  });

  it('finds no file by two rows of the list, whose mutants would be put into it twice', () => {
    const files = locateGuards().map(({ file }) => file);
    expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([]);
  });

  it('finds in each file the declarations whose fields are to be left out', () => {
    const missing = locateGuards().flatMap(({ file, fields = [] }) => {
      const mutants = findMutants(readFileSync(file, 'utf8'), file, fields);
      return fields.filter((name) => !mutants.some(({ operator, symbol }) => operator === 'field' && symbol === name));
    });
    expect(missing).toEqual([]);
  });

  it('names a guard that is found nowhere', () => {
    expect(() => locateGuards([{ room: 'access', symbol: 'decideNothing' }])).toThrow(
      '"decideNothing" is exported by 0 files',
    );
  });

  it('asks first the tests that a row names, and knows one that is not there', () => {
    const near = (first: readonly string[]) =>
      locateGuards([{ room: 'people', symbol: 'hashSecret', first }])
        .flatMap(nearestTests)
        .filter(({ file }) => file === 'src/people/links.test.ts')
        .map(({ stage }) => stage);
    expect([near([]), near(['links'])]).toEqual([['slow room'], ['slow own']]);
    expect(() => near(['nowhere'])).toThrow('no test "nowhere" near "hashSecret"');
  });
});
