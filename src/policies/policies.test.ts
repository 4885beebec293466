import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { isPlistDict, type PlistDict, parsePlist, writeXmlPlist } from '../formats/plist/index.ts';
import { BASELINES } from './baselines.data.ts';
import { CONTROLS } from './catalogue.data.ts';
import { compileAndroid } from './compile-android.ts';
import { compileApple } from './compile-apple.ts';
import type { DeviceKind, SettingsMap } from './control.ts';
import { coverageOf } from './coverage.ts';
import { checkSettings } from './edit.ts';
import { type AppliedPolicy, mergePolicies } from './merge.ts';
import { compareVersions, versionAtLeast } from './version.ts';

const supervised: DeviceKind = { platform: 'apple', ownership: 'organisation', supervised: true };
const personal: DeviceKind = { platform: 'apple', ownership: 'personal', supervised: false, userEnrollment: true };

const settings = fc.record(
  {
    'passcode.required': fc.boolean(),
    'passcode.minLength': fc.integer({ min: 4, max: 16 }),
    'passcode.autoLock': fc.integer({ min: 1, max: 15 }),
    'os.minVersion': fc.constantFrom('18.6', '18.6.0', '18.10', '26.1', '18.6 (a)'),
    'os.minPatchLevel': fc.constantFrom('2025-06-01', '2026-01-05'),
    'dlp.openInOut': fc.boolean(),
  },
  { requiredKeys: [] },
);
const policies = fc
  .array(settings, { maxLength: 5 })
  .map((list) =>
    list.map(
      (values, i): AppliedPolicy => ({ policyId: `p${i}`, name: `p${i}`, version: 1, settings: definedOnly(values) }),
    ),
  );

function definedOnly(values: Readonly<Record<string, boolean | number | string | undefined>>): SettingsMap {
  const out: Record<string, boolean | number | string> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) out[key] = value;
  return out;
}

function parsed(bytes: Uint8Array): PlistDict {
  const value = parsePlist(bytes);
  if (!isPlistDict(value)) throw new Error('not a dictionary');
  return value;
}

describe('policies', () => {
  it.each([
    ['18.10', '18.6', true],
    ['18.6.0', '18.6', true],
    ['18.5', '18.6', false],
    ['26.0', '18.6', true],
    ['18.x', '18.6', null],
    ['', '18.6', null],
    ['18.6 (a)', '18.6', true],
    ['18.6', '18.6 (a)', false],
  ])('versionAtLeast(%s, %s) is %s', (have, want, expected) => {
    expect(versionAtLeast(have, want)).toBe(expected);
  });

  it('every baseline sets only what the catalogue knows, in range', () => {
    for (const baseline of BASELINES) expect(() => checkSettings(baseline.settings)).not.toThrow();
    expect(new Set(CONTROLS.map((control) => control.id)).size).toBe(CONTROLS.length);
  });

  it('a control that stands in the way of checks says what they then need', () => {
    const { warning } = CONTROLS.find(({ apple }) => apple?.key === 'forceEncryptedBackup') ?? {};
    expect(warning).toContain('--password-file');
  });

  it.each([{ 'passcode.minLength': 0 }, { nonsense: true }, { 'os.minVersion': 'new' }, { 'passcode.required': 1 }])(
    'checkSettings() refuses %o',
    (bad) => {
      expect(() => checkSettings(bad)).toThrow(expect.objectContaining({ code: 'policies-setting' }));
    },
  );

  it('mergePolicies() ignores order, bears repetition, and one more policy never loosens a control', () => {
    fc.assert(
      fc.property(policies, (list) => {
        const merged = mergePolicies(list);
        expect(mergePolicies([...list].reverse())).toEqual(merged);
        for (const [id, { value }] of Object.entries(mergePolicies(list.slice(1)).settings)) {
          const now = merged.settings[id]?.value;
          if (typeof value === 'number' && typeof now === 'number') {
            expect(id === 'passcode.autoLock' ? now <= value : now >= value).toBe(true);
          } else if (id === 'os.minVersion')
            expect(compareVersions(String(now), String(value))).toBeGreaterThanOrEqual(0);
          else expect(now).toBeDefined();
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('compileApple() sends the polarity of each key, the same UUID for the same settings, and only what the enrolment accepts', () => {
    const wanted = {
      'passcode.minLength': 8,
      'dlp.openInOut': true,
      'usb.restricted': true,
      'dlp.screenCapture': false,
    };
    expect(compileApple(wanted, supervised, 'Paper')).toMatchObject({
      PayloadContent: [
        { PayloadType: 'com.apple.mobiledevice.passwordpolicy', forcePIN: true, minLength: 8 },
        {
          PayloadType: 'com.apple.applicationaccess',
          allowOpenFromManagedToUnmanaged: false,
          allowUSBRestrictedMode: true,
        },
      ],
    });
    expect(compileApple(wanted, supervised, 'Paper')).toEqual(compileApple(wanted, supervised, 'Paper'));
    expect(compileApple(wanted, supervised, 'Paper')?.['PayloadUUID']).toMatch(
      /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/,
    );
    expect(JSON.stringify(compileApple(wanted, personal, 'Paper'))).not.toContain('allowUSBRestrictedMode');
    expect(compileApple({ 'usb.restricted': true }, personal, 'Paper')).toBeNull();
  });

  it.each([{ 'passcode.minLength': 8 }, { 'passcode.required': true }, { 'encryption.device': true }])(
    'compileApple() sends the one rule of User Enrollment for %o, and never another',
    (wanted) => {
      expect(compileApple(wanted, personal, 'Paper')).toMatchObject({
        PayloadContent: [
          {
            PayloadType: 'com.apple.mobiledevice.passwordpolicy',
            forcePIN: true,
            allowSimple: false,
            minLength: 6,
          },
        ],
      });
      expect(compileApple({ 'passcode.autoLock': 5 }, personal, 'Paper')).toBeNull();
    },
  );

  it('compileApple() gives what writeXmlPlist() and parsePlist() carry unchanged', () => {
    for (const { settings: values } of BASELINES) {
      const profile = compileApple(values, supervised, 'Paper');
      if (profile === null) throw new Error('nothing compiled');
      expect({ ...parsed(writeXmlPlist(profile)) }).toMatchObject({
        PayloadUUID: profile['PayloadUUID'],
        PayloadType: 'Configuration',
      });
    }
  });

  it('compileAndroid() blocks rather than wipes and asks for quality with a length', () => {
    const compiled = compileAndroid(
      { 'passcode.minLength': 8, 'passcode.autoLock': 5, 'encryption.device': true },
      { platform: 'android', ownership: 'personal', supervised: false },
    );
    expect(compiled).toMatchObject({
      passwordPolicies: [{ passwordScope: 'SCOPE_PROFILE', passwordQuality: 'NUMERIC', passwordMinimumLength: 8 }],
      maximumTimeToLock: '300000',
      policyEnforcementRules: [
        { settingName: 'passwordPolicies', blockAction: { blockAfterDays: 0 } },
        { settingName: 'encryptionPolicy' },
      ],
    });
    expect(JSON.stringify(compiled)).not.toContain('wipe');
  });

  it('coverageOf() calls nothing enforced that a platform ignores', () => {
    const labels = (device: DeviceKind) =>
      Object.fromEntries(CONTROLS.map((control) => [control.id, coverageOf(control, device).label]));
    expect(labels(personal)).toMatchObject({
      'passcode.required': 'checked',
      'usb.restricted': 'impossible',
      'dlp.openInOut': 'enforced',
      'lockdown.mode': 'attested',
      'os.minVersion': 'checked',
      'os.minPatchLevel': 'impossible',
      'dev.rootDetect': 'impossible', // no iPhone tells it over MDM
    });
    const length = CONTROLS.find((control) => control.id === 'passcode.minLength');
    if (length === undefined) throw new Error('no such control');
    const forLength = (wanted: number) => coverageOf(length, personal, wanted).label;
    expect([forLength(6), forLength(7)]).toEqual(['checked', 'attested']);
    expect(labels(personal)).toMatchObject({ 'passcode.alphanumeric': 'attested' });
    expect(labels(supervised)).toMatchObject({ 'passcode.required': 'enforced', 'usb.restricted': 'enforced' });
    expect(labels({ platform: 'android', ownership: 'personal', supervised: false })).toMatchObject({
      'usb.restricted': 'impossible',
      'passcode.required': 'enforced',
      'os.minPatchLevel': 'checked',
    });
  });
});
