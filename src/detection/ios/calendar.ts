import type { CalendarRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';

/**
 * Looks for the invitations of QuaDream's ENDOFDAYS (Citizen Lab, "Sweet QuaDreams", April 2023): invisible items in the past whose title is exactly
 * "Meeting" and whose notes are exactly "Notes".
 *
 * False alarm: somebody who writes exactly these words.
 */
export const judgeCalendar: Heuristic<CalendarRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, id, summary, description, createdAtMs, startAtMs }) {
      if (summary !== 'Meeting' || description !== 'Notes') return;
      findings.push({
        kind: 'heuristic',
        evidence: 'received',
        indicator: undefined,
        level: 'high',
        verdict: 'unusual',
        value: `${summary} / ${description}`,
        artefact: 'calendar',
        path,
        locator: `CalendarItem ROWID ${id}`,
        atMs: createdAtMs ?? startAtMs,
        explanation:
          'A calendar item has exactly the title "Meeting" and the notes "Notes", as the invitations had that carried QuaDream spyware. Somebody may have written just these words: look at who sent it.',
      });
    },
    end: findings.kept,
  };
};
