import type { Rules } from './api.ts';

const DAY_MS = 86_400_000;

/** What holds until an owner changes it. */
export const DEFAULT_RULES: Rules = {
  maxFactAgeMs: 7 * DAY_MS,
  maxSilenceMs: 7 * DAY_MS,
  graceMs: { osVersion: 0, passcode: 0, encryption: 0 },
  requireTraining: true,
  requireAgreement: true,
  maxCheckAgeMs: null,
};
