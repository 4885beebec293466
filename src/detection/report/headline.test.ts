import { expect, it } from 'vitest';
import type { CheckReport } from '../api.ts';
import { adviceOf, headlineOf } from './index.ts';

const source = (opened: boolean): CheckReport['sources'][number] => ({
  kind: 'ios-backup',
  encrypted: true,
  ...(opened ? {} : { opened }),
  device: { productType: '', osVersion: '' },
});

it.each<[string, CheckReport['verdict'], readonly boolean[], RegExp, RegExp]>([
  [
    'evidence that stayed closed',
    'incomplete',
    [false],
    /^The evidence could not be opened, so nothing was checked/,
    /password/,
  ],
  [
    'evidence of which a part stayed closed',
    'incomplete',
    [true, false],
    /^Not all of the evidence could be opened/,
    /could not be checked/,
  ],
  [
    'evidence that was opened and not wholly read',
    'incomplete',
    [true],
    /^Nothing was found in what was checked/,
    /could not be checked/,
  ],
  [
    'a trace beside evidence that stayed closed',
    'trace-found',
    [true, false],
    /^A trace of known spyware/,
    /Do not reset/,
  ],
  ['nothing at all', 'nothing-found', [true], /^Nothing was found\./, /Check again/],
])('headlineOf() has words of its own for %s', (_, verdict, opened, headline, step) => {
  const report = { verdict, sources: opened.map(source) };
  expect(headlineOf(report)).toMatch(headline);
  expect(adviceOf(report).steps.join(' ')).toMatch(step);
});
