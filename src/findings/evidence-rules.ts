import type { ReportFinding } from '../detection/api.ts';

/** What was received or visited is never a trace, whoever says so: otherwise one message could lock a person out. */
export function withinEvidence(finding: ReportFinding): ReportFinding {
  const proves = finding.evidence === 'executed' || finding.evidence === 'present';
  return finding.verdict === 'trace' && !proves ? { ...finding, verdict: 'unusual' } : finding;
}
