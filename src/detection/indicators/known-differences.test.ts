import { describe, expect, it } from 'vitest';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import {
  compileIndicators,
  type IndicatorIndex,
  matchApp,
  matchHost,
  matchPath,
  matchProfile,
  matchUrl,
} from './index.ts';

/**
 * What MVT (dac4acb) is known to answer wrongly, beside the right answer that is tested here (indicators-and-detection, chapter 4).
 * `mvt` is what it was measured to say; it is written down, not run.
 */
interface Difference {
  readonly indicator: readonly [IndicatorKey, string];
  readonly evidence: string;
  readonly match: (index: IndicatorIndex, evidence: string) => unknown;
  readonly right: boolean;
  readonly mvt: boolean | 'stops loading' | 'asks the host';
}

const relative = (index: IndicatorIndex, path: string): unknown => matchPath(index, undefined, path);
const absolute = (index: IndicatorIndex, path: string): unknown => matchPath(index, path, path.slice(1));
const sub = ['domain-name', 'cdn.bad.example'] as const;
const ip = ['ip-addr', '1.2.3.4'] as const;
const path = ['file:path', '/tmp/l/'] as const;
const url = ['url', 'http://example.com/x?a=b'] as const;

const DIFFERENCES: readonly Difference[] = [
  { indicator: sub, evidence: 'https://cdn.bad.example:8443/', match: matchUrl, right: true, mvt: false },
  { indicator: sub, evidence: 'https://a.cdn.bad.example/', match: matchUrl, right: true, mvt: false },
  { indicator: sub, evidence: 'https://user@cdn.bad.example/', match: matchUrl, right: true, mvt: false },
  { indicator: sub, evidence: 'https://bad.example/', match: matchUrl, right: false, mvt: false },
  {
    indicator: ['domain-name', 'www.andropwn.example'],
    evidence: 'https://www.andropwn.example/',
    match: matchUrl,
    right: true,
    mvt: false,
  },
  {
    indicator: ['domain-name', 'war.example'],
    evidence: 'http://ar.example/',
    match: matchUrl,
    right: false,
    mvt: false,
  },
  { indicator: ip, evidence: '1.2.3.45', match: matchHost, right: false, mvt: true },
  { indicator: ip, evidence: 'https://1.2.3.45/', match: matchUrl, right: false, mvt: true },
  { indicator: ip, evidence: 'https://other.example/?q=1.2.3.4', match: matchUrl, right: false, mvt: true },
  { indicator: ip, evidence: 'http://16909060/', match: matchUrl, right: true, mvt: false },
  { indicator: sub, evidence: 'see cdn.bad.example for more', match: matchUrl, right: false, mvt: true },
  { indicator: url, evidence: 'HTTP://Example.com:80/x?a=b', match: matchUrl, right: true, mvt: 'stops loading' },
  { indicator: url, evidence: 'http://example.com/x?a=b).', match: matchUrl, right: true, mvt: 'stops loading' },
  { indicator: url, evidence: 'http://example.com/', match: matchUrl, right: false, mvt: 'stops loading' },
  { indicator: sub, evidence: 'https://bit.ly/example', match: matchUrl, right: false, mvt: 'asks the host' },
  { indicator: path, evidence: 'tmp/log/x', match: relative, right: false, mvt: true },
  { indicator: path, evidence: '/private/var/tmp/log', match: absolute, right: false, mvt: true },
  { indicator: path, evidence: '/private/var/tmp/l/x', match: absolute, right: true, mvt: false },
  {
    indicator: ['file:path', 'Library/Preferences/com.apple.photolibraryd.plist'],
    evidence: 'Library/Preferences/com.apple.photolibraryd.plist',
    match: relative,
    right: true,
    mvt: false,
  },
  { indicator: ['configuration-profile:id', 'AB-1'], evidence: '-', match: matchProfile, right: false, mvt: true },
  { indicator: ['configuration-profile:id', 'AB-1'], evidence: 'ab-1', match: matchProfile, right: true, mvt: false },
  {
    indicator: ['app:id', 'com.android.services'],
    evidence: 'com.android.phone',
    match: matchApp,
    right: false,
    mvt: false,
  },
];

describe('known differences to MVT', () => {
  for (const {
    indicator: [key, value],
    evidence,
    match,
    right,
    mvt,
  } of DIFFERENCES) {
    it(`${key} "${value}" ${right ? 'matches' : 'does not match'} "${evidence}" (MVT: ${mvt})`, () => {
      const bundle = { indicators: [{ id: 'i', key, value, collection: 'c' }], unsupported: [] };
      const index = compileIndicators([{ source: 's', bundle }]);
      expect(index.count).toBe(1);
      expect(match(index, evidence) !== undefined).toBe(right);
    });
  }
});
