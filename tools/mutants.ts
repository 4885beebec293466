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
import { nearestTests, STAGES } from './mutants/nearest-tests.ts';
import { publishScore, readExplained, scoreOf, showScore } from './mutants/score.ts';
import { type Outcome, tryMutants } from './mutants/try-mutants.ts';
import openTestPlace from './test-place.ts';

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
const outcome: Outcome = { killed: new Map(), reached: new Set(), cut: new Set(), broken: new Map() };
const closePlace = await openTestPlace();
for (const stage of STAGES) await tryMutants(chosen, jobsOf(stage), deadlineMs, outcome);
await closePlace();
const score = scoreOf(chosen, explained, outcome);
showScore(score, Date.now() - startedMs);
if (values.publish === true) publishScore(score);
process.exit(score.survived.length + score.untrue.length + score.broken.length > 0 ? 1 : 0);

/** The test files of a stage, and for each the mutants that it should notice and that nobody has yet. */
function jobsOf(stage: (typeof STAGES)[number]): ReadonlyMap<string, readonly number[]> {
  const jobs = new Map<string, readonly number[]>();
  for (const guard of everyGuard) {
    const ids = chosen.filter((mutant) => mutant.guard === guard && !outcome.killed.has(mutant.id)).map(({ id }) => id);
    if (ids.length === 0) continue;
    for (const test of nearestTests(guard)) {
      if (test.stage === stage) jobs.set(test.file, [...(jobs.get(test.file) ?? []), ...ids]);
    }
  }
  return jobs;
}

function covers(path: string, file: string): boolean {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '');
  return file === plain || file.startsWith(`${plain}/`);
}
