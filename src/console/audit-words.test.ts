import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUDIT_AREAS, AUDIT_WORDS } from './audit-words.data.ts';

const root = join(import.meta.dirname, '..');
/** Functions that append what they are given: their callers name the action. */
const HELPERS: Readonly<Record<string, string>> = {
  'devices/registry.ts': 'recordChange',
  'files/sharing.ts': 'change',
  'findings/cases.ts': 'tellCase',
  'people/groups.ts': 'recordMove',
  'people/requests.ts': 'recordRequest',
  'policies/edit.ts': 'announce',
  'training/group-due-dates.ts': 'tell',
};
const CODE = /'([a-z][a-z-]*(?:\.[a-z-]+)+)'/g;

function codesIn(text: string): string[] {
  return [...text.matchAll(CODE)].map(([, code]) => code ?? '');
}

/** What stands between the parentheses of each call, up to its end or to a function that it is given. */
function callsOf(name: string, source: string): string[] {
  return [...source.matchAll(new RegExp(`\\b${name}\\(`, 'g'))].map(({ index }) => {
    const start = index + name.length + 1;
    let depth = 1;
    let at = start;
    for (; at < source.length && depth > 0 && !source.startsWith('=>', at); at += 1) {
      if (source[at] === '(') depth += 1;
      if (source[at] === ')') depth -= 1;
    }
    return source.slice(start, at);
  });
}

const sources = globSync('**/*.ts', { cwd: root })
  .filter((path) => !/\.test\.ts$|\/testing\.ts$|^(?:console|workspace|ui|audit\/append)/.test(path))
  .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)
  .filter(([, source]) => /^import [^;]*\b(?:append|recordChange)\b/m.test(source));
const appends = sources.flatMap(([path, source]) =>
  callsOf('append', source).flatMap((call) => (call === ')' ? [] : { path, call })),
);

describe('words of the audit log', () => {
  it('are there for every action that is appended, and for nothing else', () => {
    const direct = appends.flatMap(({ call }) => codesIn(/\baction: ([^,]*),/.exec(call)?.[1] ?? ''));
    const helped = sources.flatMap(([, source]) =>
      Object.values(HELPERS).flatMap((helper) => callsOf(helper, source).flatMap(codesIn)),
    );
    const cases = sources.flatMap(([, source]) => [...source.matchAll(/return \[('case\.[a-z.-]+')/g)]);
    const all = new Set([...direct, ...helped, ...cases.flatMap(([, code]) => codesIn(code ?? ''))]);
    expect([...all].sort()).toEqual(Object.keys(AUDIT_WORDS).sort());
  });

  it('miss no append: each names its action, or is in a helper that is known here', () => {
    const unnamed = appends.filter(({ call }) => codesIn(/\baction: ([^,]*),/.exec(call)?.[1] ?? '').length === 0);
    expect([...new Set(unnamed.map(({ path }) => path))].sort()).toEqual(Object.keys(HELPERS).sort());
  });

  it('differ, so that a list of them can be chosen from; areas hold several', () => {
    const words = Object.values(AUDIT_WORDS);
    expect(new Set(words).size).toBe(words.length);
    for (const [area] of AUDIT_AREAS) {
      const within = Object.keys(AUDIT_WORDS).filter((code) => code.startsWith(`${area}.`));
      expect(within.length, area).toBeGreaterThan(1);
    }
  });
});
