import type { SmsAttachmentRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';

/**
 * Looks for attachments that were received into /var/tmp/ under a name ending in "-1", as those that carried Pegasus without a click did (Amnesty
 * International, "Forensic Methodology Report", 2021).
 *
 * False alarm: a transfer that was interrupted may leave such an entry.
 */
export const judgeSmsAttachments: Heuristic<SmsAttachmentRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, attachmentId, filename, outgoing, createdAtMs, startedAtMs }) {
      if (outgoing || !/^(?:\/private)?\/var\/tmp\/.*-1$/s.test(filename)) return;
      findings.push({
        kind: 'heuristic',
        evidence: 'received',
        indicator: undefined,
        level: 'medium',
        verdict: 'unusual',
        value: filename,
        artefact: 'sms-attachments',
        path,
        locator: `attachment ROWID ${attachmentId}`,
        atMs: createdAtMs ?? startedAtMs,
        explanation:
          'A received attachment lies in a temporary folder under a name as attachments had that carried Pegasus. An interrupted transfer can leave such an entry too.',
      });
    },
    end: findings.kept,
  };
};
