import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ADVICE, TRACE_STEPS } from '../detection/report/advice.data.ts';
import { text } from '../workspace/text.ts';
import { WORDINGS } from './remedies.data.ts';

/** The screens of the workspace by the words on them, and the places of a phone's own settings. */
const SCREENS = new Set<string>([...Object.values(text.tabs), text.me.check]);
const ON_THE_PHONE = new Set(['Settings', 'General', 'System', 'Software Update', 'Face ID & Passcode', 'Security']);
/** Capitalised because of what they are, not because they are a place. */
const NAMES = ['Wi-Fi', 'Android', 'User Enrollment', 'Encryption', 'Access Now', 'Amnesty'];

const steps = Object.entries(WORDINGS).flatMap(([code, { steps: all }]) => all.map((step) => [code, step] as const));

/** What follows "open", "choose", "under" or "then" with a capital. */
function placesIn(step: string): readonly string[] {
  const named = step.matchAll(
    /(?:[Oo]pen|[Cc]hoose|under|then|or) ((?:[A-Z][\w-]*|a phone|ID|&)(?: (?:[A-Z&][\w-]*|a phone))*)/g,
  );
  return [...named].map(([, place = '']) => place).filter((place) => !NAMES.some((name) => place.startsWith(name)));
}

describe('the repair of each reason', () => {
  it.each(steps)('%s: "%s" names only places that exist', (_code, step) => {
    for (const place of placesIn(step)) expect([...SCREENS, ...ON_THE_PHONE], step).toContain(place);
  });

  it('is told apart from a screen that does not exist', () => {
    const wrong = ['enrol it under Me', 'Open the workspace and choose Enrol a phone', 'choose Check my phone'];
    expect(wrong.map(placesIn)).toEqual([['Me'], ['Enrol a phone'], ['Check']]);
    expect([...SCREENS, ...ON_THE_PHONE]).not.toContain('Enrol a phone');
  });

  it('sends whoever has no enrolment to the administrator', () => {
    for (const code of ['device.unknown', 'device.left', 'device.pending'])
      expect(WORDINGS[code]?.steps.join(' ')).toMatch(/ask your administrator/i);
  });
});

describe('what to do after a trace', () => {
  it('is the same in the report, in the repair and in the guide', () => {
    const guide = readFileSync('docs/guides/respond-to-a-finding.md', 'utf8');
    for (const step of TRACE_STEPS) {
      expect(ADVICE['trace-found'].steps).toContain(step);
      expect(WORDINGS['threat.trace']?.steps).toContain(step);
      expect(guide).toContain(step);
    }
    expect(TRACE_STEPS.join(' ')).toMatch(/reset, update, restart or switch off.*flight mode/);
  });
});
