import type { CheckReport } from '../api.ts';

/** The verdict of a check in one sentence. */
export const HEADLINES: Readonly<Record<CheckReport['verdict'], string>> = {
  'trace-found': 'A trace of known spyware was found.',
  unusual: 'Something unusual was found. A person who knows phones should look at it.',
  weakness: 'Weaknesses were found, and nothing that points to spyware. This does not prove that the phone is clean.',
  'nothing-found': 'Nothing was found. This does not prove that the phone is clean.',
  incomplete:
    'Nothing was found in what was checked, but not everything could be. This does not prove that the phone is clean.',
};

export interface Advice {
  readonly title: string;
  readonly steps: readonly string[];
}

const SPARE = 'Do not reset, update, restart or switch off the phone: evidence would be lost.';

/** What the person who holds a phone with a trace does; access, both apps and the guides say this and no other. */
export const TRACE_STEPS: readonly string[] = [
  SPARE,
  'Turn on flight mode and put the phone aside, away from conversations. Use another device.',
  'Tell the person responsible for security, in person or from another device. Do not talk about it on this phone.',
];
/** Where help is, for whoever has nobody to ask. */
export const OUTSIDE_HELP =
  'Get help: Access Now Digital Security Helpline (accessnow.org/help) or Amnesty International Security Lab (securitylab.amnesty.org).';

/** What to do, by verdict. */
export const ADVICE: Readonly<Record<CheckReport['verdict'], Advice>> = {
  'trace-found': {
    title: 'What to do now',
    steps: [...TRACE_STEPS, 'Keep the backup or archive that was checked, and this report, unchanged.', OUTSIDE_HELP],
  },
  unusual: {
    title: 'What to do now',
    steps: [
      'A link that was received or opened does not show that the phone was taken over. Somebody who knows phones should look at what stands below.',
      SPARE,
      'Tell the person responsible for security.',
      OUTSIDE_HELP,
    ],
  },
  weakness: {
    title: 'What to do now',
    steps: [
      'Mend the weaknesses below: they make an attack easier.',
      'Check again after a month, and when something seems odd.',
    ],
  },
  'nothing-found': {
    title: 'What to do now',
    steps: [
      'Check again after a month, and when something seems odd: spyware of this kind leaves few traces, and some leave none.',
      'If Apple or Google has warned you, act on that warning whatever this report says.',
    ],
  },
  incomplete: {
    title: 'What to do now',
    steps: [
      'Read below what could not be checked and why; mend it and check again.',
      'Until then this report says little: what was not read cannot be judged.',
    ],
  },
};

/** Said in place of the verdict where no part of the evidence could be opened. */
export const NOT_OPENED: { readonly headline: string; readonly advice: Advice } = {
  headline: 'The evidence could not be opened, so nothing was checked. This says nothing about the phone.',
  advice: {
    title: 'What to do now',
    steps: [
      'Read below why: often a password is missing or wrong, or a file did not arrive whole.',
      'Mend that, or make the backup or the archive anew, and check again. Until then nothing is known.',
    ],
  },
};

/** Said where a part of it could not, and nothing was found in the rest. */
export const PARTLY_OPENED =
  'Not all of the evidence could be opened; in the rest nothing was found. This does not prove that the phone is clean.';
