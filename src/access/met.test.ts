import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../policies/index.ts';
import type { Fact, Posture } from './facts.ts';
import { metOf } from './met.ts';
import { DEFAULT_RULES } from './rules.ts';

const NOW = Date.UTC(2026, 10, 24);
const HOUR = 3_600_000;
const fact = (value: Fact['value'], ageMs = HOUR): Fact => ({ value, observedAtMs: NOW - ageMs, source: 'test' });
const STALE = 8 * 24 * HOUR;

const carried = { 'profile.listed': fact('P'), 'profile.id': fact('P', 2 * HOUR), 'passcode.present': fact(true) };
type Facts = Readonly<Record<string, Fact>>;
type Traits = Partial<NonNullable<Posture['device']>>;

function met(id: string, value: boolean | number | string, facts: Facts, traits: Traits = {}, more: object = {}) {
  const control = CONTROLS.find((candidate) => candidate.id === id);
  if (control === undefined) throw new Error(`no control is called ${id}`);
  const posture: Posture = {
    person: { id: 'p', state: 'active', joinedAtMs: 0 },
    device: {
      id: 'd',
      personId: 'p',
      platform: 'apple',
      state: 'enrolled',
      lastSeenAtMs: NOW,
      facts,
      ...traits,
    },
    policy: { [id]: value, ...more },
    training: null,
    threats: null,
    firstFailedAtMs: {},
  };
  return metOf(control, { value, enforced: control.apple !== null, profileUuid: 'P' }, posture, DEFAULT_RULES, NOW);
}
const android: Traits = { platform: 'android' };
const user: Traits = { userEnrollment: true };

describe('metOf()', () => {
  it.each([
    ['a new system', '26.1', HOUR, true],
    ['an old system', '17.5.1', HOUR, false],
    ['a system that was new long ago', '26.1', STALE, null],
    ['a version that is none', '18.x', HOUR, null],
  ])('says of %s what is known of it', (_, version, ageMs, expected) => {
    expect(met('os.minVersion', '18.6', { 'os.version': fact(version, ageMs) })).toBe(expected);
  });

  it('knows nothing of a version that is asked for as a number', () => {
    expect(met('os.minVersion', 18, { 'os.version': fact('26.1') })).toBeNull();
  });

  it('knows nothing of a device that is not in service', () => {
    const facts = { 'os.version': fact('26.1') };
    expect(met('os.minVersion', '18.6', facts, { state: 'pending' })).toBeNull();
    expect(met('os.minVersion', '18.6', facts, { state: 'checked-out' })).toBeNull();
  });

  it.each<[string, Facts, object, boolean | null]>([
    ['compliance under the profile of now', { ...carried, 'passcode.compliant': fact(true) }, {}, true],
    [
      'compliance under another profile',
      { ...carried, 'profile.listed': fact('Q'), 'passcode.compliant': fact(true) },
      {},
      null,
    ],
    ['compliance from before the profile', { ...carried, 'passcode.compliant': fact(true, 3 * HOUR) }, {}, null],
    ['compliance that is old', { ...carried, 'passcode.compliant': fact(true, STALE) }, {}, null],
    ['the one rule that is broken', { ...carried, 'passcode.compliant': fact(false) }, {}, false],
    [
      'one of two rules, of which some is broken',
      { ...carried, 'passcode.compliant': fact(false) },
      { 'passcode.noSimple': true },
      null,
    ],
    [
      'the one rule that is broken, beside one that is switched off',
      { ...carried, 'passcode.compliant': fact(false) },
      { 'passcode.noSimple': false },
      false,
    ],
    [
      'compliance while nobody knows of any passcode',
      { ...carried, 'passcode.present': fact(false, STALE), 'passcode.compliant': fact(true) },
      {},
      null,
    ],
    ['no passcode at all', { ...carried, 'passcode.present': fact(false) }, { 'passcode.noSimple': true }, false],
  ])('tells the length of a passcode from %s', (_, facts, more, expected) => {
    expect(met('passcode.minLength', 6, facts, {}, more)).toBe(expected);
  });

  it('takes what a profile makes so for met only while the phone lists that profile', () => {
    expect(met('dlp.openInOut', true, carried)).toBe(true);
    expect(met('dlp.openInOut', true, { 'profile.listed': fact('Q') })).toBeNull();
    expect(met('dlp.openInOut', true, { 'profile.listed': fact(false) })).toBeNull();
    expect(met('dlp.openInOut', true, { 'profile.listed': fact('P', STALE) })).toBeNull();
    expect(met('dlp.openInOut', true, { 'profile.id': fact('P') })).toBeNull();
    expect(met('lockdown.mode', true, carried)).toBeNull();
  });

  it('believes an Android phone that names what it does not fulfil', () => {
    const applied = { 'profile.installed': fact(true) };
    const unmet = (...names: string[]) => ({ ...applied, 'policy.unmet': fact(names) });
    expect(met('dlp.screenCapture', true, unmet(), android)).toBe(true);
    expect(met('dlp.screenCapture', true, unmet('screenCaptureDisabled'), android)).toBe(false);
    expect(met('dlp.screenCapture', true, applied, android)).toBeNull();
    expect(met('os.minPatchLevel', '2026-06-01', { 'os.patchLevel': fact('2026-05-01') }, android)).toBe(false);
  });

  it('proves a passcode under User Enrollment by compliance with the installed rule alone', () => {
    const proven = { ...carried, 'passcode.rule': fact(true), 'passcode.compliant': fact(true) };
    expect(met('passcode.required', true, proven, user)).toBe(true);
    expect(met('passcode.minLength', 6, proven, user)).toBe(true);
    expect(met('passcode.minLength', 8, proven, user)).toBeNull();
    expect(met('passcode.required', true, { ...proven, 'passcode.present': fact(false, STALE) }, user)).toBe(false);
    expect(met('passcode.required', true, { ...proven, 'passcode.rule': fact(false) }, user)).toBeNull();
    expect(met('passcode.required', true, { ...proven, 'passcode.compliant': fact(false) }, user)).toBeNull();
    expect(met('encryption.device', true, { ...proven, 'encryption.hardware': fact(true) }, user)).toBe(true);
    expect(met('encryption.device', true, { ...proven, 'encryption.hardware': fact(false) }, user)).toBe(false);
  });

  it('says no of a reported jailbreak, and does not know where nothing is reported', () => {
    expect(met('dev.rootDetect', true, { 'integrity.rooted': fact(true) })).toBe(false);
    expect(met('dev.rootDetect', true, {})).toBeNull();
  });
});
