import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { defineConfig } from 'vitest/config';
import { workersOf } from './tools/test-workers.ts';

const benches = new Set(globSync('src/**/testing.ts').filter((file) => usesDatabase(readFileSync(file, 'utf8'))));

// The suites that use a database, again on an outside PostgreSQL: those that make one themselves or by a room's bench.
const suites = globSync('src/**/*.test.ts').filter((file) => {
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']*\/testing\.ts)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  );
  return usesDatabase(text) || imported.some((path) => benches.has(normalize(path)));
});

function usesDatabase(text: string): boolean {
  return text.includes('testDatabase');
}

export default defineConfig({
  test: {
    projects: workersOf(suites),
    globalSetup: 'tools/test-place.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
