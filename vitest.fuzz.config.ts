import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { workersOf } from './tools/test-workers.ts';

// The suites with properties on random and mutated input, each property run many times more often than in `npm test`.
const suites = globSync('src/**/*.test.ts').filter((file) =>
  /'fast-check'|base\/testing\.ts'/.test(readFileSync(file, 'utf8')),
);

export default defineConfig({
  test: {
    projects: workersOf(suites),
    env: { PAVISE_FUZZ_FACTOR: process.env['PAVISE_FUZZ_FACTOR'] ?? '100' },
    globalSetup: 'tools/test-place.ts',
    testTimeout: 3_600_000,
    maxWorkers: 2,
  },
});
