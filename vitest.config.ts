import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/attacks/**/*.test.ts',
      'test/outage/**/*.test.ts',
      'test/unit/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    globalSetup: 'tools/test-place.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
