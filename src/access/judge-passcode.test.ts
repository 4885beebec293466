import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { decide } from './decide.ts';
import type { Fact, Posture } from './facts.ts';
import { DEFAULT_RULES } from './rules.ts';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const fact = (value: Fact['value'], ageMs = HOUR): Fact => ({ value, observedAtMs: NOW - ageMs, source: 'test' });
const rules = { ...DEFAULT_RULES, requireTraining: false, requireAgreement: false };

/** What a phone under User Enrollment can say, in good order. */
const reported: Readonly<Record<string, Fact>> = {
  'profile.id': fact('P', 30 * 24 * HOUR),
  'passcode.rule': fact(true),
  'passcode.compliant': fact(true),
  'encryption.hardware': fact(true),
};
const asked = {
  'passcode.required': true,
  'passcode.minLength': 6,
  'passcode.noSimple': true,
  'encryption.device': true,
};

function posture(facts: Readonly<Record<string, Fact>>, policy: Posture['policy'] = asked): Posture {
  return {
    person: { id: 'p', state: 'active', joinedAtMs: 0 },
    device: {
      id: 'd',
      personId: 'p',
      platform: 'apple',
      state: 'enrolled',
      lastSeenAtMs: NOW - HOUR,
      userEnrollment: true,
      facts,
    },
    policy,
    training: null,
    threats: { openTraces: [], lastCheckAtMs: null, lastVerdict: null },
    firstFailedAtMs: {},
  };
}
const codes = (facts: Record<string, Fact | undefined>, policy?: Posture['policy']) =>
  decide(posture(defined({ ...reported, ...facts }), policy), rules, NOW).reasons.map(
    ({ code, factName }) => `${code} ${factName}`,
  );
function defined(facts: Record<string, Fact | undefined>): Record<string, Fact> {
  const out: Record<string, Fact> = {};
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) out[name] = value;
  return out;
}

describe('decide() under User Enrollment', () => {
  it('allows a phone that lists the passcode rule now and says that its passcode fulfils it', () => {
    expect(decide(posture(reported), rules, NOW)).toEqual({ allow: true, state: 'fine', reasons: [] });
  });

  it.each<[string, Record<string, Fact | undefined>, string[]]>([
    [
      'compliance without the rule, which any phone can claim',
      { 'passcode.rule': fact(false) },
      ['passcode.no-rule passcode.rule'],
    ],
    [
      'a rule that is listed though the profile was never acknowledged',
      { 'profile.id': undefined },
      ['passcode.no-rule passcode.rule'],
    ],
    [
      'a rule that is listed though the phone has confirmed that the profile is gone',
      { 'profile.id': fact(null, 2 * HOUR) },
      ['passcode.no-rule passcode.rule'],
    ],
    [
      'compliance from before the rule was installed, when a phone without a passcode fulfils everything',
      { 'profile.id': fact('P', 0.5 * HOUR) },
      ['fact.stale passcode.compliant'],
    ],
    ['compliance when the rule is not known', { 'passcode.rule': undefined }, ['fact.missing passcode.rule']],
    ['a listing without contents', { 'passcode.rule': fact(null) }, ['fact.missing passcode.rule']],
    [
      'a rule that was listed too long ago',
      { 'passcode.rule': fact(true, 8 * 24 * HOUR) },
      ['fact.stale passcode.rule'],
    ],
    ['the rule without compliance', { 'passcode.compliant': undefined }, ['fact.missing passcode.compliant']],
    ['a passcode that breaks the rule', { 'passcode.compliant': fact(false) }, ['passcode.weak passcode.weak']],
    [
      'a phone that says it has no passcode, however long ago',
      { 'passcode.present': fact(false, 900 * HOUR) },
      ['passcode.missing passcode.missing'],
    ],
    ['hardware that does not encrypt', { 'encryption.hardware': fact(false) }, ['encryption.off encryption.off']],
    ['hardware that is not known', { 'encryption.hardware': undefined }, ['fact.missing encryption.hardware']],
  ])('refuses %s', (_, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
  });

  it('gives no grace for a passcode to a phone that does not carry the rule or has not said that it complies', () => {
    const graceful = { ...rules, graceMs: { ...rules.graceMs, passcode: 24 * HOUR } };
    const none = { ...reported, 'passcode.present': fact(false) };
    const judged = (facts: Record<string, Fact | undefined>) =>
      decide(posture(defined({ ...none, ...facts })), graceful, NOW);
    expect(judged({})).toMatchObject({ allow: true, state: 'grace', reasons: [{ code: 'passcode.missing' }] });
    expect(judged({ 'passcode.rule': fact(false) })).toMatchObject({
      allow: false,
      reasons: [{ code: 'passcode.no-rule' }, {}],
    });
    expect(judged({ 'passcode.compliant': undefined })).toMatchObject({
      allow: false,
      reasons: [{ code: 'fact.missing' }, {}],
    });
  });

  it('takes a profile of no time for one that was installed after everything that was said', () => {
    expect(codes({ 'profile.id': fact('P', Number.NaN) })).toEqual(['fact.stale passcode.compliant']);
  });

  it.each([{ 'passcode.minLength': 7 }, { 'passcode.alphanumeric': true }])(
    'refuses %o, which such a phone cannot show, and says what to do',
    (policy) => {
      const decision = decide(posture(reported, policy), rules, NOW);
      expect(decision).toMatchObject({ allow: false, state: 'unknown', reasons: [{ code: 'passcode.unprovable' }] });
      expect(decision.reasons[0]?.remedy.steps.join()).toContain('six digits');
    },
  );

  it('asks storage encryption for the passcode that it depends on', () => {
    expect(codes({ 'passcode.rule': fact(false) }, { 'encryption.device': true })).toEqual([
      'passcode.no-rule passcode.rule',
    ]);
  });

  it('is never talked into an allowance by removing or ageing what it refused', () => {
    const value = fc.constantFrom<Fact['value']>(true, false, null, 1);
    const facts = fc.dictionary(
      fc.constantFrom(...Object.keys(reported)),
      fc.tuple(value, fc.integer({ min: 0, max: 400 })),
    );
    const drop = fc.subarray(Object.keys(reported));
    fc.assert(
      fc.property(facts, drop, fc.integer({ min: 0, max: 400 }), (made, gone, olderHours) => {
        const before = Object.fromEntries(Object.entries(made).map(([k, [v, h]]) => [k, fact(v, h * HOUR)]));
        if (decide(posture(before), rules, NOW).allow) return;
        const after = Object.fromEntries(
          Object.entries(before)
            .filter(([name]) => !gone.includes(name))
            .map(([name, old]) => [name, { ...old, observedAtMs: old.observedAtMs - olderHours * HOUR }]),
        );
        expect(decide(posture(after), rules, NOW).allow).toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });
});
