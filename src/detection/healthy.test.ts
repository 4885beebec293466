import { describe, expect, it } from 'vitest';
import { examineGenerated } from '../../test/synthetic/detection.ts';
import { foreignEvidence, HEALTHY_KINDS, publishedIndex, worstOf } from '../../test/synthetic/healthy.ts';
import { examine } from './index.ts';

/** The short form of the table of healthy phones that `npm run bench -- detection` prints. */
const PHONES = 3;
const index = publishedIndex();

describe('a healthy phone with the names that real ones have, against the published lists', () => {
  it.each(HEALTHY_KINDS)(
    'is told nothing but notes: $name',
    async (kind) => {
      const told: string[] = [];
      for (let seed = 1; seed <= PHONES; seed++) {
        const [result] = await examineGenerated(kind, { seed, plants: [], life: 'ordinary' }, [index]);
        if (result === undefined) throw new Error('no examination');
        const worst = worstOf(result);
        if (worst === 'note' || worst === 'nothing') continue;
        told.push(
          ...result.findings.map(
            ({ level, verdict, artefact, path, value }) => `${seed}: ${level} ${verdict} ${artefact} ${path} ${value}`,
          ),
        );
      }
      expect(told).toEqual([]);
    },
    120_000,
  );
});

describe.skipIf(foreignEvidence().length === 0)(
  'data of real phones that other projects publish (left out where it does not lie beside the repository)',
  () => {
    it.each(foreignEvidence())('%s is told no trace, nothing high and nothing unusual', async (_, tree) => {
      const result = await examine([tree], index, {
        passwords: [],
        level: 'thorough',
        nowMs: Date.UTC(2026, 8, 1),
        progress: () => undefined,
      });
      if ('unknown' in result) throw new Error('not recognised');
      expect(
        result.findings
          .filter(({ verdict }) => verdict !== 'weakness')
          .map(({ level, verdict, artefact, value }) => `${level} ${verdict} ${artefact} ${value}`),
      ).toEqual([]);
    });
  },
);
