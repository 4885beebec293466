import { expect, it } from 'vitest';
import { openPins } from './pins.ts';
import { enrolled, openBench, type Phone } from './testing.ts';

it('openPins() keeps so many certificates, and forgets the oldest first', async () => {
  await using bench = await openBench();
  const pins = openPins(bench.apple, 2);
  let statements = 0;
  bench.test.pool.on('acquire', () => statements++);
  const [one, two, three] = [await enrolled(bench), await enrolled(bench), await enrolled(bench)];
  const isKept = async ({ phone, deviceId }: { phone: Phone; deviceId: string }): Promise<boolean> => {
    const before = statements;
    expect((await pins.find(phone.certificate))?.deviceId).toBe(deviceId);
    return statements === before;
  };
  const kept: boolean[] = [];
  for (const device of [one, two, one, two, three, two, three, one, two]) kept.push(await isKept(device));
  expect(kept).toEqual([false, false, true, true, false, true, true, false, false]);
});
