// Like `version.ts` this is part of what api.ts hands on, and so knows no type of it.
type Value = boolean | number | string;
type Settings = Readonly<Record<string, Value>>;

/**
 * What iOS demands under User Enrollment once any passcode payload is installed, whatever its keys say.
 *
 * Apple's schema (com.apple.mobiledevice.passwordpolicy, b6202ca) allows the payload there and marks each of its keys `ignored`; the
 * rule that remains is six digits, not simple. The keys say the same, should a later iOS read them.
 */
export const FIXED_PASSCODE_RULE = { forcePIN: true, allowSimple: false, minLength: 6 } as const;

/** Whether settings ask for a passcode, of any kind. */
export function asksForPasscode(settings: Settings): boolean {
  return settings['passcode.required'] === true || asksForPasscodeQuality(settings);
}

/** Whether settings ask for more than that some passcode is set. */
export function asksForPasscodeQuality(settings: Settings): boolean {
  return (
    typeof settings['passcode.minLength'] === 'number' ||
    settings['passcode.noSimple'] === true ||
    settings['passcode.alphanumeric'] === true
  );
}

/** How a control of the passcode stands to the fixed rule: within it, beyond what it demands, or none of its business. */
export function standingToFixedRule(controlId: string, wanted: Value | undefined): 'within' | 'beyond' | null {
  switch (controlId) {
    case 'passcode.required':
    case 'passcode.noSimple':
      return 'within';
    case 'passcode.minLength':
      return typeof wanted === 'number' && wanted <= FIXED_PASSCODE_RULE.minLength ? 'within' : 'beyond';
    case 'passcode.alphanumeric':
      return 'beyond';
    default:
      return null;
  }
}

/** Whether settings ask for more than the fixed rule: nothing on such a phone can show that. */
export function asksBeyondFixedRule(settings: Settings): boolean {
  return Object.entries(settings).some(([id, value]) => value !== false && standingToFixedRule(id, value) === 'beyond');
}
