import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// The suites that use a database, again on an outside PostgreSQL: those that import storage's test database.
const suites = globSync('src/**/*.test.ts').filter((file) => readFileSync(file, 'utf8').includes('testDatabase'));

export default defineConfig({ test: { include: suites, testTimeout: 60_000, hookTimeout: 120_000, maxWorkers: 2 } });
