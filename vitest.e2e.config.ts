import { defineConfig } from 'vitest/config';
import { traceCalls } from './test/e2e/trace-calls.ts';

export default defineConfig({
  plugins: [traceCalls(import.meta.dirname)],
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'tools/test-place.ts',
    testTimeout: 300_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
