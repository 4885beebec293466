import { describe, expect, it } from 'vitest';
import type { ReasonView } from '../access/api.ts';
import { foldReasons } from './fold-reasons.ts';

const reason = (code: string, factName: string, more: Partial<ReasonView> = {}): ReasonView => ({
  code,
  severity: 'block',
  factName,
  text: `text of ${code}`,
  remedy: { title: 'Repair', steps: [] },
  ...more,
});

describe('foldReasons()', () => {
  it('says once what one repair puts right, since the earliest, and leaves all else as it is', () => {
    const folded = foldReasons([
      reason('threat.trace', 'threat.a', { sinceMs: 20 }),
      reason('os.too-old', 'os.version', { text: 'iOS 17.5.1, needs 18.6', severity: 'grace', untilMs: 9 }),
      reason('threat.trace', 'threat.b', { sinceMs: 10 }),
      reason('threat.former-phone', 'threat.c', { sinceMs: 5 }),
      reason('threat.trace', 'threat.d', { severity: 'notice' }),
    ]);
    expect(folded.map(({ sentence, sinceMs, untilMs }) => [sentence, sinceMs, untilMs])).toEqual([
      ['text of threat.trace (2)', 10, undefined],
      ['iOS 17.5.1, needs 18.6', undefined, 9],
      ['text of threat.former-phone', 5, undefined],
      ['text of threat.trace', undefined, undefined],
    ]);
  });

  it('names the facts where the sentence says "this"', () => {
    const folded = foldReasons([
      reason('fact.missing', 'passcode.present', { severity: 'unknown' }),
      reason('fact.stale', 'os.version', { severity: 'unknown' }),
      reason('fact.missing', 'encryption.enabled', { severity: 'unknown' }),
    ]);
    expect(folded.map(({ sentence }) => sentence)).toEqual([
      'text of fact.missing: Passcode, Storage',
      'text of fact.stale: System',
    ]);
  });
});
