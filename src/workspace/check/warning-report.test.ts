import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { CheckReport } from '../../detection/api.ts';
import { WARNERS, warningReport, warningSentence } from './warning-report.ts';

it('warningReport() is a report whose one finding says who warned, once a day', () => {
  const noon = Date.UTC(2026, 10, 24, 12);
  for (const warner of WARNERS) {
    const report = warningReport(warner, noon, '0.1.0');
    expect(Value.Check(CheckReport, report)).toBe(true);
    expect(report.findings.map(({ verdict, level, value }) => [verdict, level, value])).toEqual([
      ['unusual', 'high', warner],
    ]);
    expect(report.findings[0]?.explanation.startsWith(warningSentence(warner))).toBe(true);
  }
  const id = (warner: 'Apple' | 'Google', nowMs: number) => warningReport(warner, nowMs, '').findings[0]?.id;
  expect(id('Apple', noon)).toBe(id('Apple', noon + 3_600_000));
  expect(new Set([id('Apple', noon), id('Google', noon), id('Apple', noon + 86_400_000)]).size).toBe(3);
});
