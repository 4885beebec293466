import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LocatedGuard } from './locate-guards.ts';

/** A test file that reaches a guard by its imports. */
export interface NearTest {
  readonly file: string;
  /** Starts a database or a server: seconds where others take milliseconds. */
  readonly slow: boolean;
}

/**
 * The tests that should notice when a guard is missing, nearest first: its own, those of its folder, those of its room, what its row
 * names, the proofs of `test/unit/` and the attacks. Properties on random bytes (`fuzz.test.ts`) are not asked: they prove that nothing falls over, not that a guard stands.
 */
export function nearestTests(guard: LocatedGuard): readonly NearTest[] {
  const rooms = [guard.room.split('/')[0] ?? '', ...(guard.tests ?? [])].map((room) => `src/${room}/`);
  return allTests()
    .filter((test) => rooms.some((room) => test.startsWith(room)) || /^test\/(unit|attacks)\//.test(test))
    .filter((test) => importsOf(test).has(guard.file))
    .map((file) => ({ file, slow: [...importsOf(file)].some((path) => SLOW.test(path)) }))
    .sort((a, b) => Number(a.slow) - Number(b.slow) || distance(a.file, guard) - distance(b.file, guard));
}

const SLOW = /^src\/storage\/testing\.ts$/;

function distance(test: string, { file, room }: LocatedGuard): number {
  if (test === file.replace(/\.ts$/, '.test.ts')) return 0;
  if (dirname(test) === dirname(file)) return directImports(test).includes(file) ? 1 : 2;
  return test.startsWith(`src/${room}/`) ? 3 : 4;
}

const allTests = once(() =>
  globSync(['src/**/*.test.ts', 'test/{unit,attacks}/**/*.test.ts'])
    .filter((file) => !/fuzz\.test\.ts$/.test(file))
    .sort(),
);

const direct = new Map<string, readonly string[]>();
const transitive = new Map<string, ReadonlySet<string>>();

function directImports(file: string): readonly string[] {
  const known = direct.get(file);
  if (known !== undefined) return known;
  const found = [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)]
    .map((match) => join(dirname(file), match[1] ?? ''))
    .filter((path) => existsSync(path));
  direct.set(file, found);
  return found;
}

function importsOf(file: string): ReadonlySet<string> {
  const known = transitive.get(file);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const path of directImports(next)) {
      if (seen.has(path)) continue;
      seen.add(path);
      waiting.push(path);
    }
  }
  transitive.set(file, seen);
  return seen;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
