import type { ReportFinding } from './api.ts';

/** Whether a finding is a note: something that a person may want to know, which says nothing about the phone and is part of no verdict. */
export function isNote({ level, verdict }: Pick<ReportFinding, 'level' | 'verdict'>): boolean {
  return level === 'info' && verdict === 'weakness';
}
