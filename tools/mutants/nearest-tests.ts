import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LocatedGuard } from './locate-guards.ts';

/** A test file that reaches a guard by its imports. */
export interface NearTest {
  readonly file: string;
  /** When it is asked: what comes later sees only what those before let pass. */
  readonly stage: Stage;
}

/** In their order: the guard's own tests and those that its row names, others of its room, proofs over many cases; then the same of tests that start a database. */
export const STAGES = ['own', 'room', 'proof', 'slow own', 'slow room', 'attack'] as const;
type Stage = (typeof STAGES)[number];

/**
 * The tests that should notice when a guard is missing: those of its room that import it, what its row names, the proofs of `test/unit/` and
 * the attacks. Not those that start the server as a process of its own: no guard is missing there. Properties on random bytes (`fuzz.test.ts`) are not asked: they prove that nothing falls over, not that a guard stands.
 */
export function nearestTests(guard: LocatedGuard): readonly NearTest[] {
  const { first = [] } = guard;
  const rooms = [guard.room.split('/')[0] ?? '', ...(guard.tests ?? [])].map((room) => `src/${room}/`);
  const near = allTests()
    .filter((test) => rooms.some((room) => test.startsWith(room)) || test.startsWith('test/'))
    .filter((test) => importsOf(test).has(guard.file));
  const missing = first.find((name) => !near.some((file) => nameOf(file) === name));
  if (missing !== undefined) throw new Error(`Amend tools/guards.data.ts: no test "${missing}" near "${guard.symbol}"`);
  return near.map((file) => ({ file, stage: stageOf(file, guard.file, first.includes(nameOf(file))) }));
}

const nameOf = (test: string): string => basename(test, '.test.ts');

function stageOf(test: string, guarded: string, isFirst: boolean): Stage {
  const slow = importsOf(test).has('src/storage/testing.ts');
  if (test.startsWith('test/')) return slow ? 'attack' : 'proof';
  const own =
    isFirst ||
    test === guarded.replace(/\.ts$/, '.test.ts') ||
    (dirname(test) === dirname(guarded) && directImports(test).includes(guarded));
  if (slow) return own ? 'slow own' : 'slow room';
  return own ? 'own' : 'room';
}

const allTests = once(() =>
  globSync(['src/**/*.test.ts', 'test/{unit,attacks}/**/*.test.ts'])
    .filter((file) => !/fuzz\.test\.ts$/.test(file) && !directImports(file).includes('test/e2e/harness.ts'))
    .sort(),
);

const direct = new Map<string, readonly string[]>();
const transitive = new Map<string, ReadonlySet<string>>();

function directImports(file: string): readonly string[] {
  const known = direct.get(file);
  if (known !== undefined) return known;
  const source = readFileSync(file, 'utf8').replace(/^(?:import|export) type [^;]*;/gm, ''); // what is gone when it runs
  const found = [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)]
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
