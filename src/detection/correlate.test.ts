import { describe, expect, it } from 'vitest';
import { processorMs } from '../base/testing.ts';
import { type Clue, type CorrelationRule, collectClues } from './correlate.ts';

const RULE: CorrelationRule = {
  id: 'r',
  windowMs: 1000,
  maxClues: 4,
  classes: ['a', 'b', 'c'],
  atLeast: 2,
  vetoes: ['no'],
  finding: (window) => ({
    level: 'low',
    verdict: 'unusual',
    value: window.map((clue) => clue.class).join(''),
    explanation: 'x',
  }),
};

const clue = (name: string, atMs: number, rule = 'r'): Clue => ({
  rule,
  class: name,
  atMs,
  subject: name,
  artefact: 'x',
  path: `path of ${name}`,
  locator: name,
});

const told = (...clues: readonly Clue[]) => toldBy(RULE, clues);

function toldBy(rule: CorrelationRule, clues: readonly Clue[]) {
  const collected = collectClues([rule]);
  for (const one of clues) collected.add(one);
  return collected.findings().map(({ value, atMs }) => [value, atMs]);
}

describe('collectClues()', () => {
  it('tells classes that meet within the window, in any order of arrival and up to its last moment', () => {
    expect(told(clue('b', 1000), clue('a', 0))).toEqual([['ab', 0]]);
    expect(told(clue('a', 0), clue('b', 1001))).toEqual([]);
    expect(told(clue('a', 0), clue('a', 1), clue('a', 2))).toEqual([]);
    expect(told(clue('a', 0), clue('z', 1), clue('b', 2, 'other'))).toEqual([]);
  });

  it('tells a window once, and the next one again', () => {
    expect(told(clue('a', 0), clue('b', 500), clue('c', 900), clue('a', 5000), clue('c', 5000))).toEqual([
      ['abc', 0],
      ['ac', 5000],
    ]);
  });

  it('looks at so many clues from the first', () => {
    expect(told(clue('a', 0), clue('a', 1), clue('a', 2), clue('a', 3), clue('b', 4))).toEqual([['aaab', 1]]);
  });

  it('holds a window harmless with a veto in it, wherever it stands', () => {
    expect(told(clue('a', 0), clue('b', 10), clue('no', 5))).toEqual([]);
    expect(told(clue('a', 0), clue('b', 10), clue('no', 1000))).toEqual([]);
    expect(told(clue('a', 0), clue('b', 10), clue('no', 1001), clue('no', -1))).toEqual([['ab', 0]]);
  });

  it('counts only what follows the class that a window begins with, whatever else of that class there is', () => {
    const rule = { ...RULE, begins: 'a' };
    expect(toldBy(rule, [clue('b', 0), clue('a', 1)])).toEqual([]);
    expect(toldBy(rule, [clue('b', 1), clue('a', 1)])).toEqual([['ab', 1]]);
    expect(toldBy(rule, [clue('b', 0), clue('c', 0)])).toEqual([]);
    const many = Array.from({ length: 20 }, (_, i) => clue('a', i * 100));
    expect(toldBy(rule, [...many, clue('b', 1950)])).toEqual([['ab', 1000]]);
  });

  it('takes a burst for harmless where the rule says so', () => {
    const clues = [clue('a', 0), clue('b', 1), clue('b', 2), clue('b', 3)];
    expect(toldBy({ ...RULE, begins: 'a', burstIsHarmless: true }, clues)).toEqual([]);
    expect(toldBy({ ...RULE, begins: 'a', burstIsHarmless: true }, clues.slice(1))).toEqual([]);
    expect(toldBy({ ...RULE, begins: 'a', burstIsHarmless: true }, clues.slice(0, 3))).toEqual([['abb', 0]]);
  });

  it.each([RULE, { ...RULE, begins: 'a', burstIsHarmless: true } as const])('is quick with many clues', (rule) => {
    const collected = collectClues([rule]);
    for (let i = 0; i < 200_000; i++) collected.add(clue('a', i * 10));
    for (let i = 0; i < 200_000; i++) collected.add(clue('no', i * 10));
    const before = processorMs();
    expect(collected.findings()).toEqual([]);
    expect(processorMs() - before).toBeLessThan(5000);
  });
});
