import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { chooseFindings, chooseMore, collectFindings, keepFindings } from './collect-findings.ts';
import type { Finding } from './finding.ts';
import type { Indicator } from './indicators/index.ts';

function finding(value: string, change: Partial<Finding> & { readonly name?: string } = {}): Finding {
  const { name = 'bad.example', ...rest } = change;
  const indicator = { id: name, type: 'domain-name', value: name, collection: name, source: 's' };
  return {
    level: 'high',
    verdict: 'unusual',
    kind: 'indicator',
    evidence: 'received',
    value,
    indicator: indicator as Indicator, // the fields that grouping reads
    artefact: 'sms',
    path: 'p',
    locator: value,
    atMs: undefined,
    explanation: '',
    ...rest,
  };
}

function collect(findings: Iterable<Finding>, allowed?: (finding: Finding) => boolean) {
  const found = collectFindings(allowed);
  for (const one of findings) found.add(one);
  return found.collected();
}

function* flood(count: number, change: (i: number) => Parameters<typeof finding>[1] = () => ({})) {
  for (let i = 0; i < count; i++) yield finding(`v${i}`, change(i));
}

const total = ({ findings, more }: ReturnType<typeof collect>): number =>
  findings.length + more.reduce((sum, { count }) => sum + count, 0);

describe('collectFindings()', () => {
  it('keeps the first twenty and the last of one indicator in one artefact, and counts the rest', () => {
    const rare = [finding('w', { name: 'rare.example' }), finding('h', { artefact: 'calendar' })];
    const { findings, more } = collect([...flood(994), ...rare]);
    expect(findings.map(({ value }) => value)).toEqual([
      'v0',
      'w',
      'h',
      ...Array.from({ length: 19 }, (_, i) => `v${i + 1}`),
      'v993',
    ]);
    expect(more.map(({ like, count }) => [like.value, count])).toEqual([['v0', 973]]);
  });

  it('tells heuristics of one artefact apart, and counts what they did not keep themselves', () => {
    const rule = (value: string, name: string, more = 0): Finding => ({
      ...finding(value, { kind: 'heuristic', indicator: undefined }),
      rule: name,
      ...(more === 0 ? {} : { more }),
    });
    const often = Array.from({ length: 30 }, (_, i) => rule(`a${i}`, 'sms 0', i === 29 ? 100 : 0));
    const { findings, more } = collect([...often, rule('b', 'sms 1')]);
    expect([findings.length, findings[1]?.value, more[0]?.count]).toEqual([22, 'b', 109]);
  });

  it('keeps the worse of one indicator, and raises to traces what another artefact proves, also from beyond the limit', () => {
    const ran = finding('ran', { verdict: 'trace', level: 'critical', evidence: 'executed' });
    const files = [...flood(50, () => ({ evidence: 'present', artefact: 'manifest' }))];
    const { findings, more } = collect([...files, ...flood(5000), ran]);
    expect([findings[0]?.verdict, findings[1]?.value, more.map(({ like }) => like.verdict)]).toEqual([
      'trace',
      'v0',
      ['trace', 'unusual'],
    ]);
    expect(findings.filter(({ verdict }) => verdict === 'trace')).toHaveLength(22);
  });

  it('keeps apart what somebody judged harmless', () => {
    const own = [...flood(100)];
    const { findings, more } = collect([...own, finding('real')], ({ value }) => value !== 'real');
    expect(findings.map(({ value }) => value)).toContain('real');
    expect(more.map(({ count }) => count)).toEqual([79]);
  });

  it('lets what somebody judged harmless prove nothing of its family', () => {
    const ran = finding('ran', { verdict: 'trace', level: 'critical', evidence: 'executed' });
    const file = finding('file', { evidence: 'present', artefact: 'manifest' });
    const verdicts = (allowed?: (one: Finding) => boolean): (string | undefined)[] =>
      collect([file, ran], allowed).findings.map(({ value, verdict }) => `${value} ${verdict}`);
    expect(verdicts()).toEqual(['ran trace', 'file trace']);
    expect(verdicts(({ value }) => value === 'ran')).toEqual(['ran trace', 'file unusual']);
  });

  it('keeps little of a hundred thousand indicators that each match three times, and counts all', () => {
    const each = flood(300_000, (i) => ({ name: `${i % 100_000}.example` }));
    const collected = collect([...each, finding('ran', { verdict: 'trace', name: 'last.example' })]);
    expect(collected.findings.length).toBeLessThan(25_000);
    expect([total(collected), collected.findings[0]?.value]).toEqual([300_001, 'ran']);
  });

  it('gives the same whatever is added after, and loses no count', () => {
    const some = fc.array(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), artefact: fc.constantFrom('sms', 'files') }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(some, (changes) => {
        const findings = changes.map((change, i) => finding(`v${i}`, change));
        const [once, twice] = [collect(findings), collect(findings)];
        expect(once).toEqual(twice);
        expect(total(once)).toBe(findings.length);
        expect(new Set(once.findings).size).toBe(once.findings.length);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('chooseFindings()', () => {
  it('keeps the first of every kind whatever floods the report, and counts what it leaves out', () => {
    const kinds = ['medium', 'low', 'info'] as const;
    const few = kinds.map((level) => finding(level, { level, artefact: 'files', name: level }));
    const collected = collect([...flood(4000, (i) => ({ name: `${i}.example`, level: 'critical' })), ...few]);
    const chosen = chooseFindings(collected, 1000);
    expect([chosen.findings.length, total(chosen)]).toEqual([1000, 4003]);
    expect(chosen.findings.slice(-3).map(({ value }) => value)).toEqual([...kinds]);
  });

  it('takes one of each indicator before a second of any', () => {
    const collected = collect([...flood(400, () => ({})), ...flood(40, (i) => ({ name: `${i}.example` }))]);
    const { findings } = chooseFindings(collected, 41);
    expect(new Set(findings.map(({ indicator }) => indicator?.id)).size).toBe(41);
  });
});

it('chooseMore() adds up by kind what is beyond the limit', () => {
  const more = [...flood(3000, (i) => ({ artefact: i % 2 === 0 ? 'sms' : 'files' }))].map((like) => ({
    like,
    count: 2,
  }));
  const rows = chooseMore(more, 1000);
  expect([rows.length, rows.reduce((sum, { count }) => sum + count, 0)]).toEqual([502, 6000]);
});

it('keepFindings() lets what is judged low hide nothing that is judged high, and counts it', () => {
  const findings = keepFindings();
  for (const one of flood(300, () => ({ level: 'medium', indicator: undefined }))) findings.push(one);
  findings.push(finding('high', { indicator: undefined }));
  const kept = findings.kept();
  expect([kept.length, kept[0]?.value, kept.reduce((sum, { more = 0 }) => sum + 1 + more, 0)]).toEqual([
    22,
    'high',
    301,
  ]);
});
