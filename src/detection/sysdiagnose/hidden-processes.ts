import type { ProcessRecord, ProcessView } from '../../evidence/index.ts';
import { told } from '../android/told.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';

/** A process that is younger than this may have begun between two lists; the lists are taken within two minutes. */
const TOLERANCE_SECONDS = 300;
/** A list that is much shorter than another was cut off, or its program failed. */
const MIN_SHARE = 0.5;
/** Lists that show every process; a spindump may leave out those that it took no sample of. */
const COMPLETE_VIEWS: readonly ProcessView[] = ['ps', 'ps-thread', 'taskinfo'];

interface Seen {
  readonly name: string;
  readonly views: Set<ProcessView>;
  /** A list that tells how long it has run. */
  proof: { readonly view: ProcessView; readonly path: string; readonly ageSeconds: number } | undefined;
  zombie: boolean;
}

/**
 * Compares the four lists of processes in an archive: one that had run for minutes, is shown by one list and not by another hides from that one.
 *
 * After the "ps matrix" of EC-DIGIT-CSIRC. Only a list that tells a process's age proves that it was there when the others were made. False alarm:
 * a list that is damaged in its middle.
 */
export const judgeHiddenProcesses: Heuristic<ProcessRecord> = () => {
  const processes = new Map<number, Seen>();
  const views = new Map<ProcessView, { readonly processes: number; readonly whole: boolean }>();
  return {
    record(record) {
      if (record.kind === 'view') {
        views.set(record.view, record);
        return;
      }
      const { pid, view, path, name, ageSeconds, zombie } = record;
      const seen = processes.get(pid) ?? { name, views: new Set(), proof: undefined, zombie: false };
      processes.set(pid, seen);
      seen.views.add(view);
      seen.zombie ||= zombie;
      if (ageSeconds !== undefined && ageSeconds > (seen.proof?.ageSeconds ?? TOLERANCE_SECONDS))
        seen.proof = { view, path, ageSeconds };
    },
    end: () => hiddenIn(processes, views),
  };
};

function hiddenIn(
  processes: ReadonlyMap<number, Seen>,
  views: ReadonlyMap<ProcessView, { readonly processes: number; readonly whole: boolean }>,
): readonly Finding[] {
  const most = Math.max(0, ...[...views.values()].map((view) => view.processes));
  const complete = COMPLETE_VIEWS.filter((name) => {
    const view = views.get(name);
    return view?.whole === true && view.processes > 0 && view.processes >= most * MIN_SHARE;
  });
  const findings = keepFindings();
  for (const [pid, { name, views: seenBy, proof, zombie }] of processes) {
    // The kernel is process 0, which not every list counts.
    if (pid === 0 || proof === undefined || zombie) continue;
    const missing = complete.filter((view) => !seenBy.has(view));
    if (missing.length === 0) continue;
    findings.push(
      told('processes', {
        level: 'medium',
        verdict: 'unusual',
        evidence: 'structure',
        value: name,
        path: proof.path,
        locator: `pid ${pid}, not in ${missing.join(', ')}`,
        explanation: `The program "${name.slice(0, 100)}" had run for ${Math.round(proof.ageSeconds / 60)} minutes, and one list of running programs shows it while another does not. Spyware hides that way; a damaged list looks the same.`,
      }),
    );
  }
  return findings.kept();
}
