import { expect, it } from 'vitest';
import { type ComparedReport, compareReports } from './compare-reports.ts';

function report(osVersion: string, ...phones: readonly string[]): ComparedReport {
  const sources = phones.map((udidHash) => ({
    kind: 'ios-backup' as const,
    encrypted: false,
    device: { productType: '', osVersion, ...(udidHash === '' ? {} : { udidHash }) },
  }));
  return { sources, examined: [] };
}

it('compareReports() compares the same phones alone, and takes one without a name for the same', () => {
  const values = (before: ComparedReport, now: ComparedReport): readonly string[] =>
    compareReports(before, now).findings.map(({ value }) => value);
  for (const [before, now] of [
    [report('17.2', 'a'), report('17.1', 'a')],
    [report('17.2', 'a'), report('17.1', '')],
    [report('17.2', 'a', 'a'), report('17.1', 'a')],
  ] as const)
    expect(values(before, now)).toEqual(['17.2 to 17.1']);
  for (const [before, now] of [
    [report('17.2', 'a'), report('17.1', 'b')],
    [report('17.2', 'a', 'b'), report('17.1', 'a')],
    [report('17.2', 'a'), report('17.1', 'a', 'b')],
  ] as const) {
    expect(values(before, now)).toEqual([]);
    expect(compareReports(before, now).row).toMatchObject({
      status: 'unreadable',
      why: expect.stringMatching(/another phone/),
    });
  }
});
