import type { ReportFinding } from '../detection/api.ts';
import { isNote } from '../detection/report/index.ts';
import { State, type StateKind } from '../ui/index.ts';
import { text } from './text.ts';

const VERDICT_KIND = { trace: 'blocked', unusual: 'attention', weakness: 'attention' } as const satisfies Record<
  ReportFinding['verdict'],
  StateKind
>;

/** What a finding says of the phone, as a mark with its word: only a trace refuses by itself, the rest asks for a look, and a note asks for nothing. */
export function FindingVerdict({ level, verdict }: Pick<ReportFinding, 'level' | 'verdict'>) {
  if (isNote({ level, verdict })) return <State kind="unknown">{text.findings.note}</State>;
  return <State kind={VERDICT_KIND[verdict]}>{text.findings.verdicts[verdict]}</State>;
}
