import { readFileSync } from 'node:fs';
import { parseSync } from 'vite';
import { expect, it } from 'vitest';
import { findMutants } from './find-mutants.ts';
import { instrument } from './instrument.ts';
import { locateGuards } from './locate-guards.ts';

it('instrument() keeps the file of each guard of the list a program', () => {
  const guards = Map.groupBy(locateGuards(), ({ file }) => file);
  const broken = [...guards].flatMap(([file, rows]) => {
    const source = readFileSync(file, 'utf8');
    const mutants = rows.flatMap(({ fields }) => findMutants(source, file, fields));
    const numbered = mutants.map((mutant, i) => ({ ...mutant, id: i + 1 }));
    return parseSync(file, instrument(source, numbered)).errors.map(({ message }) => `${file}: ${message}`);
  });
  expect(broken).toEqual([]);
});
