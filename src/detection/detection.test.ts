import { describe, expect, it } from 'vitest';
import {
  examineGenerated,
  GENERATED_KINDS,
  indicatorsOf,
  judgePlanted,
  seedFor,
  toldOf,
} from '../../test/synthetic/detection.ts';
import { compileIndicators } from './indicators/index.ts';

/** The short form of `npm run bench -- detection`: one phone for each trace, two for each way to live without one. */
const SEED = 20_260_601;
const NONE = compileIndicators([]);
/** Kinds whose every trace stands in another kind too: of these a part is enough. */
const EVERY: Readonly<Record<string, number>> = { 'iPhone backup, encrypted': 6, 'AndroidQF collection': 2 };

describe.each(GENERATED_KINDS)('$name', (kind) => {
  const known = indicatorsOf(kind);
  const traces = Object.entries(kind.traces).filter((_, i) => i % (EVERY[kind.name] ?? 1) === 0);

  it('each planted trace is told as it must be, and nothing else is told high or critical', async () => {
    const wrong: string[] = [];
    for (const [i, [plant, { told, indicator }]] of traces.entries()) {
      const recipe = { seed: seedFor(kind, plant, SEED + i), plants: [plant], life: 'ordinary' };
      // What needs no indicator is found without any.
      const [result] = await examineGenerated(kind, recipe, [indicator === undefined ? NONE : known]);
      if (result === undefined) throw new Error('no examination');
      const { found, strays } = judgePlanted(kind, plant, result);
      if (!found) wrong.push(`${plant}: missed, expected ${told}, told ${toldOf(result)}`);
      wrong.push(...strays.map((stray) => `${plant}: ${stray}`));
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it.each(Object.entries(kind.lives))(
    'of a healthy phone whose life is %s nothing is told as a trace, high or critical, with and without indicators, and nothing stays unread',
    async (life, { told, named = [] }) => {
      const expected = [[...told, ...named].sort(), told];
      for (const seed of [SEED, SEED + 1]) {
        for (const [i, result] of (await examineGenerated(kind, { seed, plants: [], life }, [known, NONE])).entries()) {
          expect(toldOf(result)).toEqual(expected[i]);
          // Files that a generated backup lists without content are the only gap.
          const unread = result.examined.filter(({ status, path }) => status === 'unreadable' && path !== '*');
          expect(unread.filter(({ artefact }) => !['encrypted-only', 'missing-files'].includes(artefact))).toEqual([]);
        }
      }
      expect([...told, ...named].filter((text) => isAlarm(text))).toEqual([]);
    },
  );
});

/** A weakness that is told high is a fact that the owner should know: the phone can be controlled by anybody. */
function isAlarm(told: string): boolean {
  return / trace /.test(told) || /^(?:critical|high) unusual /.test(told);
}
