import { describe, expect, it } from 'vitest';
import { examineGenerated, GENERATED_KINDS, indicatorsOf, judgePlanted } from '../../../test/synthetic/detection.ts';
import { compileIndicators } from '../indicators/index.ts';

/** The short form of `npm run bench -- detection`: one phone for each trace, three healthy ones. */
const SEED = 20_260_601;
const NONE = compileIndicators([]);

describe.each(GENERATED_KINDS)('$name', (kind) => {
  const known = indicatorsOf(kind);

  it('each planted trace is told as it must be, and nothing else is told high or critical', async () => {
    const wrong: string[] = [];
    for (const [i, [plant, { told }]] of Object.entries(kind.traces).entries()) {
      const [result] = await examineGenerated(kind, SEED + i, [plant], [known]);
      if (result === undefined) throw new Error('no examination');
      const { found, strays } = judgePlanted(kind, plant, result);
      if (!found) wrong.push(`${plant}: missed, expected ${told}`);
      wrong.push(...strays.map((stray) => `${plant}: ${stray}`));
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('of healthy phones nothing is told, with and without indicators, and nothing stays unread', async () => {
    for (const seed of [SEED, SEED + 1, SEED + 2]) {
      for (const { findings, examined } of await examineGenerated(kind, seed, [], [known, NONE])) {
        expect(findings.map(({ level, artefact, value }) => `${level} ${artefact} ${value}`)).toEqual([]);
        // Files that a generated backup lists without content are the only gap.
        const unread = examined.filter(({ status, path }) => status === 'unreadable' && path !== '*');
        expect(unread.filter(({ artefact }) => artefact !== 'encrypted-only')).toEqual([]);
      }
    }
  });

  it('without indicators, heuristics find what needs none', async () => {
    const plants = Object.entries(kind.traces).filter(([, { indicator }]) => indicator === undefined);
    for (const [plant] of plants) {
      const [result] = await examineGenerated(kind, SEED, [plant], [NONE]);
      if (result === undefined) throw new Error('no examination');
      expect([plant, judgePlanted(kind, plant, result).found]).toEqual([plant, true]);
    }
  });
});
