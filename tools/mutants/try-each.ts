import { appendFileSync, readFileSync } from 'node:fs';
import { type Plan, parseReports, type Report } from './plan.ts';

/** A test file that has run once without a mutant and can run again. */
export interface LoadedTests {
  /** What failed without a mutant. */
  readonly broken: string | undefined;
  /** False where the file as a whole failed, so that nothing in it can be asked. */
  readonly runnable: boolean;
  readonly reached: ReadonlySet<number>;
  readonly limitMs: number;
  /** The first failure with a mutant; undefined when all passes. */
  noticedBy(id: number): Promise<string | undefined>;
  /** Whether all passes without a mutant, as at first. Where it does not, modules are loaded anew for the next run. */
  passes(): Promise<boolean>;
}

// A mutant may leave something behind in a module that makes every later run fail: kills are believed once the tests pass again.
const KILLS_BETWEEN_PROOFS = 25;

/** Tries each mutant of a test file's job and reports. */
export async function tryEach(plan: Plan, test: string, tests: LoadedTests): Promise<void> {
  const { jobs, reports, deadlineMs } = plan;
  const report = (line: Report): void => appendFileSync(reports, `${JSON.stringify(line)}\n`);
  if (tests.broken !== undefined) report({ kind: 'broken', test, why: tests.broken });
  report({ kind: 'baseline', test, pid: process.pid, reached: tests.runnable ? [...tests.reached] : [] });
  const isLeft = (id: number): boolean => tests.reached.has(id) && !isKilled(id, reports);
  if (!tests.runnable || !(jobs[test] ?? []).some(isLeft)) return report({ kind: 'done', test, cut: false });
  if (!(await tests.passes()) && !(await tests.passes())) {
    report({ kind: 'broken', test, why: 'it cannot run twice in a process' });
    return report({ kind: 'done', test, cut: false });
  }
  let unproven: { id: number; by: string }[] = [];
  const prove = async (): Promise<void> => {
    if (unproven.length === 0) return;
    // Alone in a process that passed just before, a kill needs no other proof.
    if (plan.alone || (await tests.passes())) for (const kill of unproven) report({ kind: 'killed', test, ...kill });
    else report({ kind: 'doubtful', test, ids: unproven.map(({ id }) => id) });
    unproven = [];
  };
  for (const id of jobs[test] ?? []) {
    if (!isLeft(id)) continue;
    if (deadlineMs !== null && Date.now() > deadlineMs) {
      await prove();
      return report({ kind: 'done', test, cut: true });
    }
    report({ kind: 'trying', test, id, limitMs: tests.limitMs });
    const by = await tests.noticedBy(id);
    if (by === undefined) report({ kind: 'survived', test, id });
    else unproven.push({ id, by });
    if (unproven.length >= KILLS_BETWEEN_PROOFS) await prove();
  }
  await prove();
  report({ kind: 'done', test, cut: false });
}

/** Whether the other test files have noticed meanwhile all that this one should. */
export function isSettled({ jobs, reports }: Plan, test: string): boolean {
  return (jobs[test] ?? []).every((id) => isKilled(id, reports));
}

function isKilled(id: number, reports: string): boolean {
  return parseReports(readFileSync(reports, 'utf8')).some((line) => line.kind === 'killed' && line.id === id);
}
