import type { IntrusionRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { type Told, told } from './told.ts';

/** Of one kind of event the first are told; a phone behind a broken proxy has thousands. */
const MAX_PER_KIND = 20;

type Security = IntrusionRecord & { kind: 'security' };

/** What a tag means when it stands in the log; undefined where the event is ordinary. */
const RULES = new Map<string, (event: Security) => Omit<Told, 'value' | 'path'> | undefined>([
  [
    'cert_authority_installed',
    ({ fields }) =>
      failed(fields.success)
        ? undefined
        : {
            level: 'medium',
            verdict: 'unusual',
            explanation:
              'Somebody added an authority for certificates: its owner can read encrypted traffic of this phone. Employers and some filters do that; ask who did.',
          },
  ],
  [
    'cert_validation_failure',
    () => ({
      level: 'medium',
      verdict: 'unusual',
      explanation:
        'A server could not prove who it is, which also happens when somebody listens in. Log-in pages of public Wi-Fi and badly kept servers cause it too.',
    }),
  ],
  [
    'key_integrity_violation',
    () => ({
      level: 'medium',
      verdict: 'unusual',
      explanation: 'A key in the phone’s key store was changed by somebody else than the key store.',
    }),
  ],
  [
    'wipe_failure',
    () => ({ level: 'medium', verdict: 'unusual', explanation: 'The phone was told to erase itself and did not.' }),
  ],
  [
    'crypto_self_test_completed',
    ({ fields }) =>
      passed(fields)
        ? undefined
        : { level: 'medium', verdict: 'unusual', explanation: 'The test of the phone’s own cryptography failed.' },
  ],
  [
    'os_startup',
    ({ fields }) =>
      /^(?:orange|red)$/i.test(String(fields.verified_boot_state ?? ''))
        ? {
            level: 'medium',
            verdict: 'weakness',
            explanation:
              'The phone started without verifying its system: its boot loader is unlocked or the check failed.',
          }
        : undefined,
  ],
  [
    'adb_shell_interactive',
    () => ({
      level: 'low',
      verdict: 'weakness',
      explanation:
        'Somebody opened a command line by cable or debugging. Collecting evidence does that too: compare the time.',
    }),
  ],
  [
    'logging_stopped',
    () => ({
      level: 'low',
      verdict: 'weakness',
      explanation: 'Logging was switched off here: what happened until it was on again is not known.',
    }),
  ],
]);

/**
 * Judges the security events of the phone without indicators (SecurityLog of Android; MVT's heuristics, which fire here as there). A missing
 * `success` counts as success, failed installations of an authority are silent.
 */
export const judgeIntrusionLogs: Heuristic<IntrusionRecord> = () => {
  const findings: Finding[] = [];
  const counts = new Map<string, number>();
  return {
    record(record) {
      if (record.kind !== 'security') return;
      const rule = RULES.get(record.tag)?.(record);
      if (rule === undefined) return;
      const count = (counts.get(record.tag) ?? 0) + 1;
      counts.set(record.tag, count);
      if (count > MAX_PER_KIND) return;
      const { path, line, atMs, tag, fields } = record;
      const subject = typeof fields.subject === 'string' ? ` ${fields.subject.slice(0, 200)}` : '';
      const common = { evidence: 'structure', path, locator: `line ${line}`, atMs } as const;
      findings.push(told('intrusion-logs', { ...common, ...rule, value: `${tag}${subject}` }));
    },
    end: () => findings,
  };
};

/** Exported logs have true and false, raw ones 1 and 0. */
function failed(success: unknown): boolean {
  return success === false || success === 0;
}

function passed(fields: { readonly [key: string]: unknown }): boolean {
  if ('value' in fields) return fields.value === 1 || fields.value === true;
  return !failed(fields.success);
}
