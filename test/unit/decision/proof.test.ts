import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as access from '../../../src/access/decide.ts';
import * as met from '../../../src/access/met.ts';
import * as wordings from '../../../src/access/remedies.data.ts';
import * as sightings from '../../../src/detection/match-sightings.ts';
import * as weak from '../../../src/detection/weak-matches.ts';
import { FAULTS } from './faults.data.ts';
import { prove } from './prove.ts';

describe('the decision', () => {
  it('is proven: unknown never allows, worse never allows, received never refuses, every refusal has a repair', () => {
    expect(prove({ access, met, wordings, sightings, weak })).toBeUndefined();
  });

  it('is not proven with any of the seeded faults', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['test/unit/decision/faulty.ts']);
    const { 'no fault': none, ...faulty } = JSON.parse(stdout) as Record<string, string | null>; // by our own script
    expect(none).toBeNull();
    expect(Object.keys(faulty)).toEqual(FAULTS.map(({ name }) => name));
    expect(Object.entries(faulty).filter(([, theorem]) => theorem === null)).toEqual([]);
  });
});
