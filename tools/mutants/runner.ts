import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import fc from 'fast-check';
import {
  type RunnerTask,
  type RunnerTestCase,
  type RunnerTestFile,
  TestRunner,
  type TestRunnerConfig,
  vi,
} from 'vitest';
import { startTests } from 'vitest/internal/browser';
import type { Plan } from './plan.ts';
import { mutantSwitch } from './switch.ts';
import { isSettled, tryEach } from './try-each.ts';

/**
 * Runs a test file as Vitest does, and then again for each mutant of its job, in the same process with the modules already loaded.
 *
 * Of the first run it keeps which test reaches which mutant. A mutant that is reached while modules load gets them loaded anew.
 */
export default class MutantRunner extends TestRunner {
  readonly #onLoad = new Set<number>();
  readonly #byTest = new Map<string, Set<number>>();
  readonly #aroundTests = new Set<number>();
  /** Tests that fail without any mutant; they are left out from then on. */
  readonly #broken = new Set<string>();
  readonly #startedMs = performance.now();
  readonly #plan = JSON.parse(readFileSync(process.env['PAVISE_MUTANTS_PLAN'] ?? '', 'utf8')) as Plan; // by our main process
  #limitMs = 0;

  constructor(config: TestRunnerConfig) {
    super(config);
    // The same examples in each run, and no search for a smaller one: that something fails is all that is asked.
    fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_124, endOnFailure: true });
    mutantSwitch.reach(this.#onLoad);
  }

  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) if (isSettled(this.#plan, relative(process.cwd(), file.filepath))) file.mode = 'skip';
  }

  override async onBeforeRunSuite(suite: Parameters<TestRunner['onBeforeRunSuite']>[0]): Promise<void> {
    mutantSwitch.reach(this.#aroundTests);
    await super.onBeforeRunSuite(suite);
  }

  override async onBeforeRunTask(test: RunnerTask): Promise<void> {
    const reached = new Set<number>();
    this.#byTest.set(test.id, reached);
    mutantSwitch.reach(reached);
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTask): void {
    mutantSwitch.reach(this.#aroundTests);
    super.onAfterRunTask(test);
  }

  override async onAfterRunFiles(files: RunnerTestFile[]): Promise<void> {
    super.onAfterRunFiles(files);
    mutantSwitch.reach(undefined);
    const [file] = files;
    if (file === undefined) return;
    const ms = performance.now() - this.#startedMs;
    // A mutant that waits for ever is noticed, a busy machine is not taken for one.
    this.#limitMs = Math.round(20_000 + 10 * ms);
    for (const id of failedTests(file)) this.#broken.add(id);
    await tryEach(this.#plan, relative(process.cwd(), file.filepath), {
      broken: firstFailure(file),
      runnable: file.result?.state !== 'fail' || this.#broken.size > 0,
      reached: new Set([
        ...this.#onLoad,
        ...this.#aroundTests,
        ...[...this.#byTest.values()].flatMap((ids) => [...ids]),
      ]),
      limitMs: this.#limitMs,
      noticedBy: (id) => this.#noticedBy(file, id),
      passes: () => this.#passes(file),
    });
  }

  /**
   * The first failure with this mutant. Only the tests that reach it run, as long as they pass by themselves; where they lean on tests
   * before them, these run too.
   */
  async #noticedBy(file: RunnerTestFile, id: number): Promise<string | undefined> {
    const tests = [...this.#byTest.keys()];
    if (this.#onLoad.has(id) || this.#aroundTests.has(id)) return this.#run(file, id, tests);
    const reaching = tests.filter((test) => this.#byTest.get(test)?.has(id));
    const failure = await this.#run(file, id, reaching);
    if (failure === undefined || (await this.#passAlone(file, reaching))) return failure;
    return this.#run(file, id, tests.slice(0, tests.lastIndexOf(reaching.at(-1) ?? '') + 1));
  }

  readonly #alone = new Map<string, Promise<boolean>>();

  #passAlone(file: RunnerTestFile, tests: readonly string[]): Promise<boolean> {
    const key = tests.join();
    const known = this.#alone.get(key) ?? this.#run(file, 0, tests).then((failure) => failure === undefined);
    this.#alone.set(key, known);
    return known;
  }

  async #passes(file: RunnerTestFile): Promise<boolean> {
    if ((await this.#run(file, 0, [...this.#byTest.keys()])) === undefined) return true;
    vi.resetModules(); // what a mutant left behind ends with the modules
    return false;
  }

  /** Runs these tests of the file with one mutant, or with none, until the first fails; what failed, or undefined when all pass. */
  async #run(file: RunnerTestFile, id: number, tests: readonly string[]): Promise<string | undefined> {
    const anew = this.#onLoad.has(id);
    if (anew) vi.resetModules();
    mutantSwitch.activate(id);
    try {
      const [result] = await startTests([file.filepath], this.#quiet(new Set(tests)));
      return result === undefined ? 'the file cannot be loaded' : firstFailure(result);
    } finally {
      mutantSwitch.activate(0);
      if (anew) vi.resetModules();
    }
  }

  /** A runner that tells Vitest nothing and stops at the first failure. */
  #quiet(tests: ReadonlySet<string>): TestRunner {
    let stop = false;
    const quiet = Object.create(this, {
      config: { value: { ...this.config, testTimeout: this.#limitMs, hookTimeout: this.#limitMs } },
      onTaskUpdate: { value: async () => {} },
      onCollectStart: { value: (file: RunnerTestFile) => TestRunner.prototype.onCollectStart.call(this, file) },
      onCollected: { value: async () => {} },
      onAfterRunFiles: { value: () => {} },
      onBeforeRunSuite: { value: (suite: RunnerTestFile) => TestRunner.prototype.onBeforeRunSuite.call(this, suite) },
      onAfterRunSuite: { value: async () => {} },
      onBeforeRunTask: {
        value: async (test: RunnerTestCase) => {
          if (stop || this.#broken.has(test.id) || !tests.has(test.id)) test.mode = 'skip';
        },
      },
      onAfterRunTask: {
        value: (test: RunnerTestCase) => {
          stop ||= test.result?.state === 'fail';
        },
      },
    });
    return quiet as TestRunner; // an object with this prototype
  }
}

/** The first thing that failed in a task, by its name. */
function firstFailure(task: RunnerTask | RunnerTestFile): string | undefined {
  if ('tasks' in task) {
    const inside = task.tasks.map(firstFailure).find((name) => name !== undefined);
    if (inside !== undefined) return inside;
  }
  if (task.result?.state !== 'fail') return undefined;
  return `${task.name}: ${task.result.errors?.[0]?.message ?? 'failed'}`.slice(0, 300);
}

function failedTests(task: RunnerTask | RunnerTestFile): readonly string[] {
  if ('tasks' in task) return task.tasks.flatMap(failedTests);
  return task.result?.state === 'fail' ? [task.id] : [];
}
