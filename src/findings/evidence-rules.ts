import type { ReportFinding } from '../detection/api.ts';
import { canBeSent } from '../detection/index.ts';

/**
 * What others can cause is never a trace, whoever says so: otherwise one message could lock a person out. That is what was received or visited,
 * and a file in a place that others can fill.
 */
export function withinEvidence(finding: ReportFinding): ReportFinding {
  const proves = finding.evidence === 'executed' || (finding.evidence === 'present' && !canBeSent(finding));
  return finding.verdict === 'trace' && !proves ? { ...finding, verdict: 'unusual' } : finding;
}
