import { describe, expect, it } from 'vitest';
import { collectFindings } from './collect-findings.ts';
import type { Finding } from './finding.ts';
import type { Indicator } from './indicators/index.ts';

const HOUR_MS = 3_600_000;
const AT_MS = Date.UTC(2026, 0, 1);

function match(
  evidence: Finding['evidence'],
  value: string,
  atMs: number | undefined,
  more: Partial<Indicator> = {},
): Finding {
  const indicator: Indicator = {
    id: `indicator--${value}`,
    type: 'file:path',
    value,
    collection: 'Family',
    source: 'x.stix2',
    ...more,
  } as Indicator;
  return {
    level: 'high',
    verdict: 'unusual',
    kind: 'indicator',
    evidence,
    value,
    indicator,
    artefact: evidence,
    path: 'p',
    locator: value,
    atMs,
    explanation: 'It stands there.',
  };
}

function verdicts(...findings: readonly Finding[]): string[] {
  const collector = collectFindings();
  for (const finding of findings) collector.add(finding);
  return collector
    .collected()
    .findings.map(({ value, verdict }) => `${value} ${verdict}`)
    .sort();
}

const file = match('present', '/a/implant', AT_MS);

describe('weighWeakMatches()', () => {
  it('takes a file and a permission or a contact of one family within a day for a trace of the file', () => {
    for (const evidence of ['permitted', 'connected'] as const) {
      const near = match(evidence, 'other', AT_MS + 24 * HOUR_MS);
      expect(verdicts(file, near)).toEqual(['/a/implant trace', 'other unusual']);
      expect(verdicts(near, file)).toEqual(['/a/implant trace', 'other unusual']);
    }
  });

  it('stays silent beyond a day, without times, for another family, for low weight and for one indicator alone', () => {
    const none = (partner: Finding, own = file): void => {
      expect(verdicts(own, partner).filter((row) => row.endsWith('trace'))).toEqual([]);
    };
    none(match('connected', 'other', AT_MS + 24 * HOUR_MS + 1));
    none(match('connected', 'other', undefined));
    none(match('connected', 'other', AT_MS, { collection: 'Another' }));
    none(match('connected', 'other', AT_MS, { weight: 'low' }));
    none(match('connected', '/a/implant', AT_MS));
    none(match('connected', 'other', AT_MS), match('present', '/a/implant', undefined));
  });

  it('leaves other files of the family what they are', () => {
    const old = match('present', '/a/older', AT_MS - 48 * HOUR_MS);
    expect(verdicts(file, old, match('connected', 'other', AT_MS))).toEqual([
      '/a/implant trace',
      '/a/older unusual',
      'other unusual',
    ]);
  });

  it('counts nothing that anyone can send', () => {
    for (const evidence of ['received', 'visited', 'structure'] as const)
      expect(verdicts(file, match(evidence, 'other', AT_MS))).not.toContain('/a/implant trace');
  });

  it('lets what the allow-list names prove nothing', () => {
    const collector = collectFindings(({ value }) => value === 'other');
    collector.add(file);
    collector.add(match('connected', 'other', AT_MS));
    expect(collector.collected().findings.map(({ verdict }) => verdict)).toEqual(['unusual', 'unusual']);
  });
});
