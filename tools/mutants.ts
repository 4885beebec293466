/**
 * `npm run mutants [-- PATH…]`: takes one guard away at a time and runs the nearest tests; a guard whose absence no test notices survives.
 *
 * The guards are those of `tools/guards.data.ts`; with paths, those in these files or folders. `--changed [--seconds N]` tries what the
 * commits since main, or else the last ones, have touched, and stops after N seconds. `--publish` writes the score into docs/guards.md.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { changedFiles } from './mutants/changed-files.ts';
import { findMutants } from './mutants/find-mutants.ts';
import type { Numbered } from './mutants/instrument.ts';
import { type LocatedGuard, locateGuards } from './mutants/locate-guards.ts';
import { nearestTests } from './mutants/nearest-tests.ts';
import { publishScore, readExplained, scoreOf, showScore } from './mutants/score.ts';
import { withTestDatabases } from './mutants/test-databases.ts';
import { tryMutants } from './mutants/try-mutants.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { changed: { type: 'boolean' }, seconds: { type: 'string' }, publish: { type: 'boolean' } },
});
const startedMs = Date.now();
const deadlineMs = values.seconds === undefined ? null : startedMs + 1000 * Number(values.seconds);

const everyGuard = locateGuards();
const all: (Numbered & { readonly guard: LocatedGuard })[] = [];
for (const guard of everyGuard) {
  for (const mutant of findMutants(readFileSync(guard.file, 'utf8'), guard.file, guard.fields))
    all.push({ ...mutant, guard, id: all.length + 1 });
}
const explained = readExplained(all);
const asked = values.changed === true ? changedFiles() : positionals;
const chosen = all.filter(
  ({ file, id }) =>
    (asked === undefined ||
      (positionals.length === 0 && values.changed !== true) ||
      asked.some((path) => covers(path, file))) &&
    !(deadlineMs !== null && explained.has(id)),
);
const jobs = { quick: new Map<string, number[]>(), slow: new Map<string, number[]>() };
for (const guard of everyGuard) {
  const ids = chosen.filter((mutant) => mutant.guard === guard).map(({ id }) => id);
  if (ids.length === 0) continue;
  for (const test of nearestTests(guard)) {
    const into = test.slow ? jobs.slow : jobs.quick;
    into.set(test.file, [...(into.get(test.file) ?? []), ...ids]);
  }
}

const quick = await tryMutants(chosen, jobs.quick, deadlineMs);
const left = new Map([...jobs.slow].map(([test, ids]) => [test, ids.filter((id) => !quick.killed.has(id))] as const));
const slow = await withTestDatabases(left.size > 0, () => tryMutants(chosen, left, deadlineMs));
const score = scoreOf(chosen, explained, {
  killed: new Map([...quick.killed, ...slow.killed]),
  reached: new Set([...quick.reached, ...slow.reached]),
  cut: new Set([...quick.cut, ...slow.cut]),
  broken: new Map([...quick.broken, ...slow.broken]),
});
showScore(score, Date.now() - startedMs);
if (values.publish === true) publishScore(score);
process.exit(score.survived.length + score.untrue.length + score.broken.length > 0 ? 1 : 0);

function covers(path: string, file: string): boolean {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '');
  return file === plain || file.startsWith(`${plain}/`);
}
