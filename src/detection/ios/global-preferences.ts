import type { PreferenceRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';

/**
 * Tells that Lockdown Mode is off where the phone says so (iOS 16): for a person at risk it closes most ways in without a click.
 *
 * That it is on is no finding: good news must not make a check look worse.
 */
export const judgeLockdownMode: Heuristic<PreferenceRecord> = () => {
  const findings: Finding[] = [];
  return {
    record({ path, entry, value }) {
      if (entry !== 'LDMGlobalEnabled' || (value !== false && value !== 0) || findings.length > 0) return;
      findings.push({
        kind: 'heuristic',
        evidence: 'structure',
        indicator: undefined,
        level: 'low',
        verdict: 'weakness',
        value: entry,
        artefact: 'global-preferences',
        path,
        locator: entry,
        atMs: undefined,
        explanation:
          'Lockdown Mode is off. People at risk of targeted spyware should turn it on (Settings, Privacy & Security); for others that is no fault.',
      });
    },
    end: () => findings,
  };
};
