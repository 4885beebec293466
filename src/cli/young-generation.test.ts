import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MODULE = join(import.meta.dirname, 'young-generation.ts');

/** Streams short-lived objects of which many are alive at once, and gives the largest size of the space for young ones in MiB. */
function largestYoungSpace(call: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepYoungGenerationSmall } from ${JSON.stringify(MODULE)};
    ${call}
    const held = [];
    let largest = 0;
    for (let i = 0; i < 2_000_000; i++) {
      held[i % 50_000] = { i, list: [i] };
      if (i % 100_000 > 0) continue;
      const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      largest = Math.max(largest, young.space_size);
    }
    console.log(largest / 1048576);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return Number(stdout);
}

test('keepYoungGenerationSmall() ends the growth of the space for young objects in a process that runs already', () => {
  expect(largestYoungSpace('')).toBeGreaterThan(16);
  const kept = largestYoungSpace('keepYoungGenerationSmall();');
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(16);
});
