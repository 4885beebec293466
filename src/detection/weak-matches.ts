import type { Finding } from './finding.ts';
import { isNote } from './is-note.ts';

/** Matches that are weak alone count together when they lie so near each other. */
const WINDOW_MS = 86_400_000;
/** Times kept of one family; a burst of more says nothing more. */
const MAX_PARTNERS = 1000;

interface Partner {
  readonly atMs: number;
  readonly artefact: string;
  readonly value: string;
}

/**
 * "Several weaker matches of the same family within the correlation window" (indicators-and-detection.md 6).
 *
 * A file on the phone is a trace when another artefact shows, within a day, that another thing of the same family was given permissions or reached.
 * Two indicators are asked for: one that is the name of something harmless may well stand in two places. What was received or visited counts for
 * nothing here, since anyone can send a link.
 */
export function weighWeakMatches(): { add(finding: Finding): void; proves(finding: Finding): boolean } {
  const families = new Map<string, Partner[]>();
  return {
    add({ evidence, indicator, artefact, atMs }) {
      if (evidence !== 'permitted' && evidence !== 'connected') return;
      if (indicator === undefined || indicator.weight === 'low' || atMs === undefined) return;
      const partners = families.get(indicator.collection) ?? [];
      families.set(indicator.collection, partners);
      if (partners.length < MAX_PARTNERS) partners.push({ atMs, artefact, value: indicator.value });
    },
    proves(finding) {
      const { evidence, indicator, artefact, atMs } = finding;
      if (isNote(finding)) return false;
      if (evidence !== 'present' || indicator === undefined || indicator.weight === 'low' || atMs === undefined)
        return false;
      return (families.get(indicator.collection) ?? []).some(
        (partner) =>
          Math.abs(partner.atMs - atMs) <= WINDOW_MS &&
          partner.artefact !== artefact &&
          partner.value !== indicator.value,
      );
    },
  };
}
