import { readFileSync } from 'node:fs';
import type { TestProjectInlineConfiguration } from 'vitest/config';

/** What a test changes for its whole process. */
const CHANGES_PROCESS = /\bvi\.(?:mock|stub|useFake|resetModules)|process\.(?:chdir|env\[)|globalThis\.\w+ = /;

/**
 * Lets test files share the workers of a run, and with them the modules that they load: loading them anew for each file takes longer than
 * most tests. A file that changes its process has one of its own.
 */
export function workersOf(suites: readonly string[]): TestProjectInlineConfiguration[] {
  const alone = suites.filter((file) => CHANGES_PROCESS.test(readFileSync(file, 'utf8')));
  const shared = suites.filter((file) => !alone.includes(file));
  return [
    { extends: true, test: { name: 'shared', include: shared, isolate: false } },
    { extends: true, test: { name: 'alone', include: alone } },
  ];
}
