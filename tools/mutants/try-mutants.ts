import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createVitest } from 'vitest/node';
import { instrument, type Numbered } from './instrument.ts';
import { type Plan, parseReports, type Report } from './plan.ts';

/** What became of the mutants of a run so far. */
export interface Outcome {
  /** By the mutant's number: the test file that noticed it, and its first failure. */
  readonly killed: Map<number, { readonly test: string; readonly by: string }>;
  /** Numbers of mutants that some test reached. */
  readonly reached: Set<number>;
  /** Numbers of mutants that a deadline left untried by at least one test. */
  readonly cut: Set<number>;
  /** Test files of which something fails without any mutant, and what; it was left out. */
  readonly broken: Map<string, string>;
}

/**
 * Runs tests against mutants, two test files at a time; `jobs` name for each test file the mutants it should notice.
 *
 * @param deadlineMs when to stop, or null
 */
export async function tryMutants(
  mutants: readonly Numbered[],
  jobs: ReadonlyMap<string, readonly number[]>,
  deadlineMs: number | null,
  state: Outcome,
): Promise<void> {
  let waiting = jobs;
  while (waiting.size > 0) {
    const again = await runOnce(mutants, waiting, { alone: false, deadlineMs }, state);
    waiting = again.left;
    for (const [test, ids] of again.alone) {
      for (const id of ids) await runOnce(mutants, new Map([[test, [id]]]), { alone: true, deadlineMs }, state);
    }
  }
}

/** One pass of Vitest over the test files; says what a killed worker left over, and what is to be tried alone. */
async function runOnce(
  mutants: readonly Numbered[],
  jobs: ReadonlyMap<string, readonly number[]>,
  how: Pick<Plan, 'alone' | 'deadlineMs'>,
  state: Outcome,
): Promise<{ left: ReadonlyMap<string, readonly number[]>; alone: ReadonlyMap<string, readonly number[]> }> {
  const folder = mkdtempSync(join(tmpdir(), 'pavise-mutants-'));
  const reports = join(folder, 'reports');
  writeFileSync(reports, '');
  const open = (ids: readonly number[]): number[] => ids.filter((id) => !state.killed.has(id));
  const plan: Plan = {
    jobs: Object.fromEntries([...jobs].map(([test, ids]) => [test, open(ids)])),
    reports,
    ...how,
  };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  process.env['PAVISE_MUTANTS_PLAN'] = join(folder, 'plan.json');
  const watch = new AbortController();
  const watching = endStuckWorkers(reports, watch.signal);
  try {
    await runTests([...jobs.keys()], mutants);
  } finally {
    watch.abort();
    await watching;
  }
  const lines = parseReports(readFileSync(reports, 'utf8'));
  rmSync(folder, { recursive: true });
  return readOutcome(plan, lines, state);
}

async function runTests(files: readonly string[], mutants: readonly Numbered[]): Promise<void> {
  const byFile = Map.groupBy(mutants, (mutant) => resolve(mutant.file));
  const vitest = await createVitest(
    {
      config: false,
      fsModuleCache: false, // what is kept on disk would lack the mutants, or worse, hold them
      watch: false,
      include: [...files],
      runner: resolve('tools/mutants/runner.ts'),
      pool: 'forks',
      maxWorkers: 2,
      testTimeout: 60_000,
      hookTimeout: 120_000,
      reporters: [{}],
      silent: true,
      dangerouslyIgnoreUnhandledErrors: true,
    },
    {
      plugins: [
        {
          name: 'mutants',
          enforce: 'pre',
          transform: (code, id) => {
            const own = byFile.get(id.split('?')[0] ?? id);
            return own === undefined ? undefined : { code: instrument(code, own), map: null };
          },
        },
      ],
    },
  );
  try {
    await vitest.start();
  } finally {
    await vitest.close();
  }
}

/** Ends a worker that sits in one mutant for longer than any test may take: a loop that never gives its thread back. */
async function endStuckWorkers(reports: string, signal: AbortSignal): Promise<void> {
  const firstSeen = new Map<string, number>();
  while (!signal.aborted) {
    await sleep(2000, undefined, { signal }).catch(() => {}); // ended by the run
    const last = new Map<string, Report>();
    const pids = new Map<string, number>();
    for (const line of parseReports(readFileSync(reports, 'utf8'))) {
      last.set(line.test, line);
      if (line.kind === 'baseline') pids.set(line.test, line.pid);
    }
    for (const [test, line] of last) {
      if (line.kind !== 'trying') continue;
      const key = `${test} ${line.id}`;
      const since = firstSeen.get(key) ?? Date.now();
      firstSeen.set(key, since);
      const pid = pids.get(test);
      if (pid !== undefined && Date.now() - since > 2 * line.limitMs) endProcess(pid);
    }
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function readOutcome(plan: Plan, lines: readonly Report[], state: Outcome): Awaited<ReturnType<typeof runOnce>> {
  const left = new Map<string, readonly number[]>();
  const alone = new Map<string, readonly number[]>();
  for (const [test, ids] of Object.entries(plan.jobs)) {
    const own = lines.filter((line) => line.test === test);
    for (const line of own) if (line.kind === 'broken') state.broken.set(test, line.why);
    const baseline = own.find((line) => line.kind === 'baseline');
    if (baseline === undefined) {
      if (!state.broken.has(test)) state.broken.set(test, 'it does not run');
      continue;
    }
    for (const id of baseline.reached) state.reached.add(id);
    for (const line of own) if (line.kind === 'killed') state.killed.set(line.id, { test, by: line.by });
    const doubtful = own.flatMap((line) => (line.kind === 'doubtful' ? line.ids : []));
    if (doubtful.length > 0) alone.set(test, doubtful);
    const settled = new Set([
      ...doubtful,
      ...own.flatMap((line) => (line.kind === 'survived' || line.kind === 'killed' ? [line.id] : [])),
    ]);
    const rest = ids.filter((id) => baseline.reached.includes(id) && !settled.has(id) && !state.killed.has(id));
    const done = own.find((line) => line.kind === 'done');
    if (done?.cut === true) for (const id of rest) state.cut.add(id);
    if (done !== undefined) continue;
    // The worker was ended while it was trying one: that one never gave its thread back, and what was not proven is tried again.
    const stuck = own.findLast((line) => line.kind === 'trying');
    if (stuck?.kind === 'trying') state.killed.set(stuck.id, { test, by: 'it never ended' });
    const others = rest.filter((id) => id !== stuck?.id);
    if (others.length > 0) left.set(test, others);
  }
  return { left, alone };
}
