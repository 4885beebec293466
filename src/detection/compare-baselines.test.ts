import { describe, expect, it } from 'vitest';
import type { BaselineKind } from './baseline-items.ts';
import { artefactOf, type CheckedState, compareBaselines, readWholly } from './compare-baselines.ts';

function state(osVersion: string, kind: BaselineKind, values: readonly string[]): CheckedState {
  return { osVersion, examined: new Set([artefactOf(kind)]), items: values.map((value) => ({ kind, value })) };
}

const brief = (before: CheckedState, now: CheckedState): string[] =>
  compareBaselines(before, now).map(({ level, verdict, value }) => `${verdict} ${level} ${value}`);

const daemons = ['apsd', 'mDNSResponder', 'nsurlsessiond', 'softwareupdated', 'trustd'];

describe('compareBaselines()', () => {
  it('is silent where nothing changed, and where an update brought programs', () => {
    const before = state('17.5', 'network-program', daemons);
    expect(compareBaselines(before, before)).toEqual([]);
    expect(brief(before, state('17.6', 'network-program', [...daemons, 'newd']))).toEqual([]);
  });

  it('tells a system that went back, and no other change of version', () => {
    const at = (version: string): CheckedState => state(version, 'profile', []);
    expect(brief(at('17.10'), at('17.9.1'))).toEqual(['unusual medium 17.10 to 17.9.1']);
    expect(brief(at('17.9.1'), at('17.10'))).toEqual([]);
    expect(brief(at('17.9'), at('17.9.0'))).toEqual([]);
    expect(brief(at(''), at('12'))).toEqual([]);
  });

  it('tells a program whose entry vanished, more softly after an update, and a list that was emptied once', () => {
    const before = state('17.5', 'network-program', daemons);
    expect(brief(before, state('17.5', 'network-program', daemons.slice(1)))).toEqual(['unusual medium apsd']);
    expect(brief(before, state('17.6', 'network-program', daemons.slice(1)))).toEqual(['unusual low apsd']);
    expect(brief(before, state('17.5', 'network-program', []))).toEqual(['unusual low 5 gone']);
  });

  it('tells a new program on the same system, one by one or, where there are many, in one', () => {
    const before = state('17.5', 'network-program', daemons);
    expect(brief(before, state('17.5', 'network-program', [...daemons, 'bh']))).toEqual(['weakness info bh']);
    const many = Array.from({ length: 21 }, (_, i) => `d${i}`);
    expect(brief(before, state('17.5', 'network-program', [...daemons, ...many]))).toEqual(['weakness info 21 new']);
  });

  it('tells shutdowns missing from the middle of their record, not from its beginning', () => {
    const [a, b, c] = ['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'];
    const before = state('17.5', 'shutdown', [a, b]);
    expect(brief(before, state('17.5', 'shutdown', [a, c]))).toEqual([`unusual medium ${b}`]);
    expect(brief(before, state('17.5', 'shutdown', [b, c]))).toEqual([]);
    expect(brief(before, state('17.5', 'shutdown', []))).toEqual(['unusual low 2 gone']);
    expect(brief(state('26.0', 'shutdown', [a]), state('26.0', 'shutdown', []))).toEqual([]);
  });

  it('tells new profiles and new computers that may debug', () => {
    expect(brief(state('17', 'profile', ['a']), state('17', 'profile', ['a', 'b']))).toEqual(['weakness low b']);
    expect(brief(state('14', 'adb-key', []), state('14', 'adb-key', ['AA:BB']))).toEqual(['unusual low AA:BB']);
  });

  it('takes what was not read whole for no difference', () => {
    const before = state('17.5', 'network-program', daemons);
    const unread = { osVersion: '17.5', examined: new Set<string>(), items: [] };
    expect(compareBaselines(before, unread)).toEqual([]);
    expect(compareBaselines(unread, before)).toEqual([]);
    const rows = [
      { artefact: 'data-usage', status: 'examined' },
      { artefact: 'data-usage', status: 'unreadable' },
      { artefact: 'sms', status: 'examined' },
    ] as const;
    expect([...readWholly(rows)]).toEqual(['sms']);
  });
});
