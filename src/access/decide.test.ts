import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { decide } from './decide.ts';
import type { Fact, Posture } from './facts.ts';
import { DEFAULT_RULES } from './rules.ts';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const fact = (value: Fact['value'], ageMs = HOUR): Fact => ({ value, observedAtMs: NOW - ageMs, source: 'test' });

const healthyFacts: Readonly<Record<string, Fact>> = {
  'os.version': fact('26.1'),
  'os.patchLevel': fact('2026-10-01'),
  'passcode.present': fact(true),
  'passcode.compliant': fact(true),
  'encryption.enabled': fact(true),
  'integrity.rooted': fact(false),
};
const healthyDevice = {
  id: 'd',
  personId: 'p',
  platform: 'apple',
  state: 'enrolled',
  lastSeenAtMs: NOW - HOUR,
  facts: healthyFacts,
};
const healthy: Posture = {
  person: { id: 'p', state: 'active', joinedAtMs: 0 },
  device: healthyDevice,
  policy: {
    'passcode.required': true,
    'passcode.minLength': 6,
    'encryption.device': true,
    'os.minVersion': '18.6',
    'os.minPatchLevel': '2026-06-01',
    'dev.rootDetect': true,
  },
  training: {
    lessons: [{ id: 'zero-click', dueAtMs: NOW - HOUR, completedAtMs: NOW - 2 * HOUR }],
    agreements: [{ id: 'acceptable-use', version: '1.0', signedAtMs: NOW - 2 * HOUR }],
  },
  threats: { openTraces: [], lastCheckAtMs: null, lastVerdict: null },
  firstFailedAtMs: {},
};
const withFacts = (changes: Record<string, Fact>): Posture => ({
  ...healthy,
  device: { ...healthyDevice, facts: { ...healthyFacts, ...changes } },
});
const codes = (posture: Posture): string[] => decide(posture, DEFAULT_RULES, NOW).reasons.map((item) => item.code);

describe('decide()', () => {
  it('allows a person in order on a phone in order', () => {
    expect(decide(healthy, DEFAULT_RULES, NOW)).toEqual({ allow: true, state: 'fine', reasons: [] });
  });

  it('refuses where no policy asks for anything, however good the phone looks', () => {
    for (const policy of [{}, { 'passcode.required': false, 'dlp.pasteboard': false }]) {
      const { allow, state, reasons } = decide({ ...healthy, policy }, DEFAULT_RULES, NOW);
      expect({ allow, state }).toEqual({ allow: false, state: 'unknown' });
      expect(reasons.map(({ code, remedy }) => [code, remedy.title])).toEqual([
        ['policy.none', 'Ask your administrator for a policy'],
      ]);
    }
  });

  it('refuses a posture with nothing in it and names everything', () => {
    const nothing: Posture = {
      person: null,
      device: null,
      policy: {},
      training: null,
      threats: null,
      firstFailedAtMs: {},
    };
    expect(decide(nothing, DEFAULT_RULES, NOW)).toMatchObject({ allow: false, state: 'unknown' });
    expect(codes(nothing)).toEqual(['device.unknown', 'person.unknown', 'training.unreadable']);
  });

  it.each<[string, Posture, string[]]>([
    ['an old system', withFacts({ 'os.version': fact('18.5') }), ['os.too-old']],
    ['a version that sorts wrong as text', withFacts({ 'os.version': fact('18.10') }), []],
    ['a version that is none', withFacts({ 'os.version': fact('18.x') }), ['fact.unreadable']],
    ['a version that is a number', withFacts({ 'os.version': fact(26) }), ['fact.unreadable']],
    ['a stale version', withFacts({ 'os.version': fact('26.1', 8 * 24 * HOUR) }), ['fact.stale']],
    ['a fact from the future', withFacts({ 'os.version': fact('26.1', -HOUR) }), ['fact.stale']],
    [
      'a fact without a time',
      withFacts({ 'os.version': { value: '26.1', observedAtMs: Number.NaN, source: '' } }),
      ['fact.unreadable'],
    ],
    ['null as passcode', withFacts({ 'passcode.present': fact(null) }), ['fact.missing']],
    ['"true" as passcode', withFacts({ 'passcode.present': fact('true') }), ['fact.unreadable']],
    ['no passcode', withFacts({ 'passcode.present': fact(false) }), ['passcode.missing']],
    ['a weak passcode', withFacts({ 'passcode.compliant': fact(false) }), ['passcode.weak']],
    ['no encryption', withFacts({ 'encryption.enabled': fact(false) }), ['encryption.off']],
    [
      'a jailbreak, however old the report',
      withFacts({ 'integrity.rooted': fact(true, 90 * 24 * HOUR) }),
      ['integrity.rooted'],
    ],
    [
      'a suspended account',
      { ...healthy, person: { id: 'p', state: 'suspended', joinedAtMs: 0 } },
      ['person.suspended'],
    ],
    [
      'an invitation that nobody accepted',
      { ...healthy, person: { id: 'p', state: 'invited', joinedAtMs: null } },
      ['person.invited'],
    ],
    ['a phone half enrolled', { ...healthy, device: { ...healthyDevice, state: 'pending' } }, ['device.pending']],
    ['a phone that checked out', { ...healthy, device: { ...healthyDevice, state: 'checked-out' } }, ['device.left']],
    ['somebody else’s phone', { ...healthy, device: { ...healthyDevice, personId: 'q' } }, ['device.foreign']],
    ['a silent phone', { ...healthy, device: { ...healthyDevice, lastSeenAtMs: null } }, ['device.silent']],
    ['threats that cannot be read', { ...healthy, threats: null }, ['threat.unreadable']],
    [
      'an open trace',
      {
        ...healthy,
        threats: {
          openTraces: [{ findingId: 'f', title: 't', foundAtMs: NOW }],
          lastCheckAtMs: NOW,
          lastVerdict: 'trace-found',
        },
      },
      ['threat.trace'],
    ],
    [
      'an overdue lesson and an unsigned text',
      {
        ...healthy,
        training: {
          lessons: [{ id: 'l', dueAtMs: NOW, completedAtMs: null }],
          agreements: [{ id: 'a', version: '1.0', signedAtMs: null }],
        },
      },
      ['agreement.unsigned', 'training.overdue'],
    ],
  ])('judges %s', (_name, posture, expected) => {
    expect(codes(posture)).toEqual(expected);
    expect(decide(posture, DEFAULT_RULES, NOW).allow).toBe(expected.length === 0);
  });

  it('lets a text wait until its due date, and asks for it from then on', () => {
    const text = { id: 'a', version: '1.0', dueAtMs: NOW + HOUR, signedAtMs: null };
    const posture = { ...healthy, training: { lessons: [], agreements: [text] } };
    expect(decide(posture, DEFAULT_RULES, NOW)).toMatchObject({
      allow: true,
      reasons: [{ code: 'agreement.due', severity: 'notice', untilMs: NOW + HOUR }],
    });
    expect(decide(posture, DEFAULT_RULES, NOW + HOUR)).toMatchObject({
      allow: false,
      reasons: [{ code: 'agreement.unsigned', severity: 'block' }],
    });
  });

  it('names a spyware trace before everything else', () => {
    const worst: Posture = {
      ...withFacts({ 'passcode.present': fact(false) }),
      threats: { openTraces: [{ findingId: 'f', title: 't', foundAtMs: NOW }], lastCheckAtMs: NOW, lastVerdict: null },
    };
    expect(codes(worst)[0]).toBe('threat.trace');
  });

  it('allows during grace, says until when, and refuses from then on', () => {
    const rules = { ...DEFAULT_RULES, graceMs: { ...DEFAULT_RULES.graceMs, osVersion: 24 * HOUR } };
    const old = { ...withFacts({ 'os.version': fact('18.5') }), firstFailedAtMs: { 'os.too-old': NOW - 23 * HOUR } };
    expect(decide(old, rules, NOW)).toMatchObject({
      allow: true,
      state: 'grace',
      reasons: [{ severity: 'grace', untilMs: NOW + HOUR }],
    });
    expect(decide(old, rules, NOW + HOUR)).toMatchObject({ allow: false, state: 'blocked' });
  });

  it('gives no grace from a time to come, which a clock that was ahead wrote', () => {
    const rules = { ...DEFAULT_RULES, graceMs: { ...DEFAULT_RULES.graceMs, osVersion: 24 * HOUR } };
    const old = {
      ...withFacts({ 'os.version': fact('18.5') }),
      firstFailedAtMs: { 'os.too-old': NOW + 400 * 24 * HOUR },
    };
    expect(decide(old, rules, NOW)).toMatchObject({ allow: false, state: 'blocked' });
  });

  it('never allows because a fact went missing, grew old, or turned into something else', () => {
    const value = fc.oneof(fc.boolean(), fc.constantFrom('26.1', '18.5', '2026-10-01', null), fc.integer());
    const age = fc.integer({ min: -HOUR, max: 20 * 24 * HOUR });
    const names = Object.keys(healthyFacts);
    const facts = fc.dictionary(
      fc.constantFrom(...names),
      fc.tuple(value, age).map(([v, a]) => fact(v, a)),
    );
    fc.assert(
      fc.property(
        facts,
        fc.constantFrom(...names),
        fc.constantFrom('apple', 'android'),
        fc.boolean(),
        (changes, name, platform, remove) => {
          const before: Posture = {
            ...healthy,
            device: { ...healthyDevice, platform, facts: { ...healthyFacts, ...changes } },
          };
          const kept = { ...before.device?.facts };
          const was = kept[name];
          if (remove) delete kept[name];
          else if (was !== undefined) kept[name] = { ...was, observedAtMs: was.observedAtMs - 30 * 24 * HOUR };
          const failing = decide(before, DEFAULT_RULES, NOW).reasons.map((item) => [item.code, NOW]);
          const after: Posture = {
            ...healthy,
            device: { ...healthyDevice, platform, facts: kept },
            firstFailedAtMs: Object.fromEntries(failing),
          };
          const [first, second] = [decide(before, DEFAULT_RULES, NOW), decide(after, DEFAULT_RULES, NOW)];
          expect(second.allow && !first.allow).toBe(false);
          expect(JSON.stringify(decide(before, DEFAULT_RULES, NOW))).toBe(JSON.stringify(first));
          expect(first.allow).toBe(first.state === 'fine' || first.state === 'grace');
          for (const item of first.reasons) expect(item.remedy.steps.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(400) },
    );
  });
});
