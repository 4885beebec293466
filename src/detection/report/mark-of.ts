import type { ReportFinding } from '../api.ts';
import { isNote } from '../is-note.ts';

const MARKS: Readonly<Record<ReportFinding['verdict'], string>> = {
  trace: 'Trace',
  unusual: 'Unusual',
  weakness: 'Weakness',
};

/** What a finding is called: a note is no weakness. */
export function markOf(finding: Pick<ReportFinding, 'level' | 'verdict'>): string {
  return isNote(finding) ? 'Note' : MARKS[finding.verdict];
}
