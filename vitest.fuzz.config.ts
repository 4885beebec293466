import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['src/**/*.fuzz.ts', 'src/**/*fuzz.test.ts'], testTimeout: 3_600_000 },
});
