import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { type Fact, isFresh, type Posture, readFact } from './facts.ts';
import { inGrace } from './reasons.ts';
import { DEFAULT_RULES } from './rules.ts';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const fact = (value: Fact['value'], ageMs = HOUR): Fact => ({ value, observedAtMs: NOW - ageMs, source: 'test' });

type Device = NonNullable<Posture['device']>;
const DEVICE: Device = { id: 'd', personId: 'p', platform: 'apple', state: 'enrolled', lastSeenAtMs: NOW, facts: {} };

function posture(device: Partial<Device>, policy: Posture['policy'], more: Partial<Posture> = {}): Posture {
  return {
    person: { id: 'p', state: 'active', joinedAtMs: 0 },
    device: { ...DEVICE, ...device },
    policy,
    training: { lessons: [], agreements: [] },
    threats: { openTraces: [], lastCheckAtMs: null, lastVerdict: null },
    firstFailedAtMs: {},
    ...more,
  };
}
const codes = (value: Posture, rules = DEFAULT_RULES): string[] =>
  decide(value, rules, NOW).reasons.map(({ code, factName }) => `${code} ${factName}`);

describe('decide() asks for nothing that no policy asks for', () => {
  const user = { userEnrollment: true };
  const android = { platform: 'android' };
  const asks = { 'os.minVersion': '18.6' };
  const system = { 'os.version': fact('26.1') };
  it.each<[string, Partial<Device>, Posture['policy']]>([
    ['a passcode', { facts: system }, asks],
    ['a passcode under User Enrollment', { ...user, facts: system }, asks],
    ['the quality of a passcode', { facts: { 'passcode.present': fact(true) } }, { 'passcode.required': true }],
    [
      'less than it can show',
      { facts: { 'passcode.present': fact(true), 'passcode.compliant': fact(true) } },
      { 'passcode.minLength': 9 },
    ],
    [
      'encryption',
      { facts: { 'passcode.present': fact(true) } },
      { 'passcode.required': true, 'encryption.device': false },
    ],
    ['encryption under User Enrollment', { ...user, facts: system }, { ...asks, 'encryption.device': false }],
    ['an iPhone’s word that it is whole', { facts: system }, { ...asks, 'dev.rootDetect': true }],
    ['a phone’s word that it is whole', { ...android, facts: system }, { 'dlp.screenCapture': true }],
    ['a patch level of an iPhone', { facts: system }, { ...asks, 'os.minPatchLevel': '2026-06-01' }],
    ['a version of an Android phone', android, { ...asks, 'dlp.screenCapture': true }],
    [
      'compliance since the profile, outside of User Enrollment',
      { facts: { 'passcode.present': fact(true), 'passcode.compliant': fact(true), 'profile.id': fact('P', 0) } },
      { 'passcode.noSimple': true },
    ],
  ])('nor %s', (_, device, policy) => {
    expect(codes(posture(device, policy))).toEqual([]);
  });
});

describe('decide() about a system that may be broken', () => {
  const asks = { 'dlp.screenCapture': true };
  it('forgets it once a fresh report says that it is whole, and not before', () => {
    const before = { firstFailedAtMs: { 'integrity.rooted': NOW - HOUR } };
    expect(codes(posture({ facts: { 'integrity.rooted': fact(false) } }, asks, before))).toEqual([]);
    expect(codes(posture({}, asks, before))).toEqual(['integrity.rooted integrity.rooted']);
  });

  it('takes null for a report that says nothing', () => {
    expect(codes(posture({ facts: { 'integrity.rooted': fact(null) } }, asks))).toEqual([]);
  });
});

describe('decide() about traces and checks', () => {
  const asks = { 'dlp.screenCapture': true };
  const trace = { findingId: 'f', title: 't', foundAtMs: NOW - HOUR };
  it('tells a trace of this phone from one of a former phone', () => {
    const openTraces = [trace, { ...trace, ofFormerPhone: true }];
    const threats = { openTraces, lastCheckAtMs: null, lastVerdict: null };
    expect(decide(posture({}, asks, { threats }), DEFAULT_RULES, NOW).reasons).toMatchObject([
      { code: 'threat.trace', factName: 'threat.f', sinceMs: NOW - HOUR },
      { code: 'threat.former-phone', factName: 'threat.f', sinceMs: NOW - HOUR },
    ]);
  });

  it('is content with a check that is new enough, and only where one is asked for', () => {
    const rules = { ...DEFAULT_RULES, maxCheckAgeMs: 24 * HOUR };
    const checked = (lastCheckAtMs: number | null) =>
      posture({}, asks, { threats: { openTraces: [], lastCheckAtMs, lastVerdict: null } });
    expect(codes(checked(NOW - 24 * HOUR), rules)).toEqual([]);
    expect(codes(checked(NOW - 24 * HOUR - 1), rules)).toEqual(['threat.unchecked threat.unchecked']);
    expect(codes(checked(null), rules)).toEqual(['threat.unchecked threat.unchecked']);
    expect(codes(checked(null))).toEqual([]);
  });
});

describe('decide() tells', () => {
  it('since when a lesson is overdue, and of one that waits until when', () => {
    const training = {
      agreements: [],
      lessons: [
        { id: 'late', dueAtMs: NOW - HOUR, completedAtMs: null },
        { id: 'soon', dueAtMs: NOW + HOUR, completedAtMs: null },
      ],
    };
    const [late, soon] = decide(posture({}, { 'dlp.screenCapture': true }, { training }), DEFAULT_RULES, NOW).reasons;
    expect(late).toMatchObject({ code: 'training.overdue', factName: 'training.late', sinceMs: NOW - HOUR });
    expect(soon).toMatchObject({ code: 'training.due', factName: 'training.soon', untilMs: NOW + HOUR });
    expect(Object.keys(soon ?? {})).not.toContain('sinceMs');
  });

  it.each([
    ['apple', { 'os.minVersion': '18.6' }, { 'os.version': fact('18.5') }, 'iOS 18.5, needs 18.6'],
    [
      'android',
      { 'os.minPatchLevel': '2026-06-01' },
      { 'os.patchLevel': fact('2026-05-31') },
      'Security patch level 2026-05-31, needs 2026-06-01',
    ],
  ])('what a phone has and what it needs, on %s', (platform, policy, facts, text) => {
    const first = { firstFailedAtMs: { 'os.too-old': NOW - 7 * HOUR } };
    const { reasons } = decide(posture({ platform, facts }, policy, first), DEFAULT_RULES, NOW);
    expect(reasons).toMatchObject([{ code: 'os.too-old', text, sinceMs: NOW - 7 * HOUR }]);
  });

  it('of what nobody knows no more than that, and since nothing', () => {
    const [unknown] = decide(posture({}, { 'passcode.required': true }), DEFAULT_RULES, NOW).reasons;
    expect(unknown).toStrictEqual({
      code: 'fact.missing',
      severity: 'unknown',
      factName: 'passcode.present',
      text: 'The phone has not reported this yet',
      remedy: { title: 'Let the phone report', steps: expect.any(Array) },
    });
  });

  it('what weighs the same by code and then by fact, whatever the order it was found in', () => {
    const policy = { 'passcode.minLength': 6, 'encryption.device': true, 'os.minVersion': '18.6' };
    const facts = { 'encryption.enabled': fact(true, 900 * HOUR) };
    expect(codes(posture({ facts, lastSeenAtMs: null }, policy))).toEqual([
      'device.silent device.silent',
      'fact.missing os.version',
      'fact.missing passcode.compliant',
      'fact.missing passcode.present',
      'fact.stale encryption.enabled',
    ]);
  });
});

describe('readFact() and isFresh()', () => {
  it('know only what the phone itself has said', () => {
    const facts: Device['facts'] = Object.create({ 'passcode.present': fact(true), 'integrity.rooted': fact(true) });
    expect(readFact({ ...DEVICE, facts }, 'passcode.present', DEFAULT_RULES, NOW)).toEqual({
      kind: 'unknown',
      why: 'missing',
    });
    expect(codes(posture({ facts }, { 'passcode.required': true }))).toEqual(['fact.missing passcode.present']);
    const denied: Device['facts'] = Object.create({ 'passcode.present': fact(false) });
    expect(codes(posture({ facts: denied, userEnrollment: true }, { 'passcode.required': true }))).toEqual([
      'fact.missing passcode.compliant',
      'fact.missing passcode.rule',
    ]);
  });

  it.each([
    [0, true],
    [HOUR, true],
    [HOUR + 1, false],
    [-60_000, true],
    [-60_001, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
    [Number.NEGATIVE_INFINITY, false],
  ])('of an age of %d ms say %s, where an hour is the limit', (ageMs, fresh) => {
    expect(isFresh(NOW - ageMs, HOUR, NOW)).toBe(fresh);
  });
});

describe('inGrace()', () => {
  it.each([
    ['no grace, from now on', 0, undefined, 'block'],
    ['no grace, from a moment to come within the skew of clocks', 0, NOW + 30_000, 'block'],
    ['a grace from now on', HOUR, undefined, 'grace'],
    ['a grace that ends in a moment', HOUR, NOW - HOUR + 1, 'grace'],
    ['a grace that ends now', HOUR, NOW - HOUR, 'block'],
    ['a grace from a time to come', HOUR, NOW + HOUR, 'block'],
  ])('gives %s', (_, graceMs, since, severity) => {
    const value = posture({}, {}, { firstFailedAtMs: since === undefined ? {} : { 'os.too-old': since } });
    expect(inGrace('os.too-old', graceMs, value, NOW).severity).toBe(severity);
  });
});
