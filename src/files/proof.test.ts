import { expect, it } from 'vitest';
import { replayGuard } from './index.ts';

it('replayGuard() tells a second use, and lets nobody use up the memory of another', () => {
  const guard = replayGuard();
  const flood = Array.from({ length: 2001 }, (_, n) => guard.firstUse('eve', `id-${n}`, 0));
  expect(flood.filter((use) => use === 'first')).toHaveLength(2000);
  expect(flood.at(-1)).toBe('too-many');
  expect(guard.firstUse('eve', 'id-0', 0)).toBe('used');
  expect([guard.firstUse('ada', 'mine', 0), guard.firstUse('ada', 'mine', 1)]).toEqual(['first', 'used']);
  // An id is remembered for as long as its proof would be taken: two minutes early and two minutes late.
  expect([guard.firstUse('ada', 'mine', 239_999), guard.firstUse('eve', 'more', 239_999)]).toEqual([
    'used',
    'too-many',
  ]);
  expect([guard.firstUse('eve', 'more', 240_000), guard.firstUse('ada', 'mine', 240_000)]).toEqual(['first', 'first']);
});
