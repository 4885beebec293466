import type { DataUsageRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';

/** A gap longer than this is told as one number; the first ids suffice. */
const MAX_NAMED = 10;

/**
 * Looks at the table of programs that used the network.
 *
 * Usage without its process entry: spyware has removed its own row (Pegasus, Amnesty International 2021, "Forensic Methodology Report").
 * Missing numbers: the same, but removing an app leaves them too, so they are told and weigh nothing.
 */
export const judgeDataUsage: Heuristic<DataUsageRecord> = () => {
  const ids: number[] = [];
  const orphans: (DataUsageRecord & { kind: 'orphan' })[] = [];
  let path = '';
  return {
    record(record) {
      path = record.path;
      if (record.kind === 'process') ids.push(record.id);
      else if (record.kind === 'orphan' && orphans.length < MAX_NAMED) orphans.push(record);
    },
    end: () => [...orphans.map(orphanFinding), ...gapFinding(ids, path)],
  };
};

const COMMON = { kind: 'heuristic', evidence: 'structure', indicator: undefined, artefact: 'data-usage' } as const;

function orphanFinding({ id, path, atMs }: DataUsageRecord & { kind: 'orphan' }): Finding {
  return {
    ...COMMON,
    level: 'high',
    verdict: 'unusual',
    value: `ZLIVEUSAGE Z_PK ${id}`,
    path,
    locator: `ZLIVEUSAGE Z_PK ${id}`,
    atMs,
    explanation: 'Network use is recorded for a program whose own entry was removed.',
  };
}

function gapFinding(processIds: readonly number[], path: string): Finding[] {
  const ids = [...processIds].sort((a, b) => a - b);
  const missing: string[] = [];
  let count = 0;
  for (const [i, id] of ids.entries()) {
    const before = ids[i - 1] ?? id - 1;
    if (id - before <= 1) continue;
    count += id - before - 1;
    if (missing.length < MAX_NAMED) missing.push(id - before === 2 ? `${before + 1}` : `${before + 1}-${id - 1}`);
  }
  if (count === 0) return [];
  return [
    {
      ...COMMON,
      level: 'low',
      verdict: 'weakness',
      value: missing.join(', '),
      path,
      locator: `ZPROCESS Z_PK ${missing.join(', ')}`,
      atMs: undefined,
      explanation: `${count} process ${count === 1 ? 'entry is' : 'entries are'} missing; removing an app leaves such gaps too.`,
    },
  ];
}
