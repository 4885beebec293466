import { describe, expect, it } from 'vitest';
import { findMutants } from './find-mutants.ts';
import { instrument } from './instrument.ts';
import { mutantSwitch } from './switch.ts';

/** Runs the body of a function with one of its mutants, or none, and says what it gave. */
function run(source: string, id: number, args: Readonly<Record<string, unknown>>): unknown {
  const mutants = findMutants(source, 'source.ts', ['f']).map((mutant, i) => ({ ...mutant, id: i + 1 }));
  const code = `${instrument(source, mutants)}; return f(${Object.keys(args).join()});`;
  mutantSwitch.activate(id);
  try {
    return new Function(...Object.keys(args), code)(...Object.values(args));
  } catch (error) {
    return error;
  } finally {
    mutantSwitch.activate(0);
  }
}
const found = (source: string): string[] =>
  findMutants(source, 'source.ts', ['f']).map(({ operator, text }) => `${operator} ${text}`);

describe('findMutants() and instrument()', () => {
  it.each<[string, string, Record<string, unknown>, string[], unknown, unknown[]]>([
    ['a condition', 'function f(a) { if (a) return 1; return 2; }', { a: true }, ['if a'], 1, [2]],
    [
      'a choice, both ways',
      'function f(a) { return a > 3 ? 1 : 2; }',
      { a: 4 },
      ['choice a > 3', 'choice a > 3', 'bound a > 3'],
      1,
      [2, 1, 1],
    ],
    [
      'each member of a conjunction',
      'function f(a, b, c) { return a && b && c; }',
      { a: true, b: false, c: true },
      ['operand c', 'operand a', 'operand b'],
      false,
      [false, false, true],
    ],
    [
      'each member of a disjunction',
      'function f(a, b) { return a || b; }',
      { a: true, b: false },
      ['operand a', 'operand b'],
      true,
      [false, true],
    ],
    ['a bound', 'function f(a, b) { return a < b; }', { a: 3, b: 3 }, ['bound a < b'], false, [true]],
    ['an equality', 'function f(a) { return a === 3; }', { a: 3 }, ['equal a === 3'], true, [false]],
    ['a negation', 'function f(a) { return !a; }', { a: true }, ['not !a'], false, [true]],
    [
      'a throw that nothing else takes away',
      'function f(a) { if (a) return 1; else { throw 7; } }',
      { a: false },
      ['if a', 'throw throw 7;'],
      7,
      [7, undefined],
    ],
    [
      'a call that answers nothing',
      'function f(a) { const out = []; out.push(a); return out.length; }',
      { a: 1 },
      ['call out.push(a);'],
      1,
      [0],
    ],
    [
      'a flag',
      'const g = () => ({ httpOnly: true }); function f() { return g().httpOnly; }',
      {},
      ['flag httpOnly: true'],
      true,
      [false],
    ],
    [
      'a field, in its place',
      'function f(a) { return JSON.stringify({ a, b: 2, ...{ c: 3 } }); }',
      { a: 1 },
      ['field a', 'field b: 2', 'field c: 3'],
      '{"a":1,"b":2,"c":3}',
      ['{"b":2,"c":3}', '{"a":1,"c":3}', '{"a":1,"b":2}'],
    ],
    [
      'some for every',
      'function f(a) { return a?.every((x) => x); }',
      { a: [true, false] },
      ['every a?.every((x) => x)'],
      false,
      [true],
    ],
  ])('takes away %s', (_, source, args, names, plain, mutated) => {
    expect(found(source)).toEqual(names);
    expect(run(source, 0, args)).toEqual(plain);
    expect(mutated.map((_expected, i) => run(source, i + 1, args))).toEqual(mutated);
  });

  it('mutates nothing that only types say, and no bound of a counted loop', () => {
    expect(found('type A<T> = T extends true ? 1 : 2; for (let i = 0; i < 3; i++) g(i as 1 | 2);')).toEqual([
      'call g(i as 1 | 2);',
    ]);
  });

  it('tells apart what reads the same, by symbol and by number', () => {
    const source = 'export const f = (a) => [a === 1, a === 1];\nfunction g(a) { return a === 1; }';
    expect(findMutants(source, 'source.ts').map(({ symbol, nth, line }) => [symbol, nth, line])).toEqual([
      ['f', 1, 1],
      ['f', 2, 1],
      ['g', 1, 2],
    ]);
  });
});
