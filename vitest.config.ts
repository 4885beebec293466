import { globSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { workersOf } from './tools/test-workers.ts';

const suites = globSync([
  'src/**/*.test.ts',
  'test/attacks/**/*.test.ts',
  'test/unit/**/*.test.ts',
  'tools/**/*.test.ts',
]);

export default defineConfig({
  test: {
    projects: workersOf(suites),
    globalSetup: 'tools/test-place.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
