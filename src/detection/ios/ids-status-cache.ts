import type { IdsLookupRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';

/**
 * Looks for accounts whose name holds NUL bytes, as those had that Pegasus was sent from (Amnesty International, "Forensic Methodology Report", 2021).
 *
 * False alarm: none is known; no address has such bytes.
 */
export const judgeIdsLookups: Heuristic<IdsLookupRecord> = () => {
  const findings = keepFindings();
  return {
    record({ user, path, service, atMs }) {
      // Some systems write the bytes, some the six characters of their escape.
      if (!/\0\0|\\x00\\x00/.test(user)) return;
      findings.push({
        kind: 'heuristic',
        evidence: 'connected',
        indicator: undefined,
        level: 'high',
        verdict: 'unusual',
        value: user,
        artefact: 'ids-status-cache',
        path,
        locator: service,
        atMs,
        explanation:
          'The phone looked up an account whose name holds bytes that no address has. Accounts that sent Pegasus looked like that.',
      });
    },
    end: findings.kept,
  };
};
