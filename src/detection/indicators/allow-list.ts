/** A match that somebody has judged harmless: it is told, but it alarms nobody until the entry ends. */
export interface AllowEntry {
  /** Id or value of an indicator, or exactly what was found. */
  readonly value: string;
  readonly reason: string;
  readonly author: string;
  readonly createdAtMs: number;
  readonly untilMs: number;
}

interface FindingLike {
  readonly value: string;
  readonly indicator?: { readonly id: string; readonly value: string } | null | undefined;
}

/**
 * Sets allowed findings aside; none is dropped.
 *
 * An entry names an indicator by id or value (without regard to case), or exactly what was found. Heuristic findings, which have no
 * indicator, are allowed only by what was found.
 * @param nowMs time of the check; entries that have ended allow nothing
 */
export function applyAllowList<T extends FindingLike>(
  findings: readonly T[],
  allowList: readonly AllowEntry[],
  nowMs: number,
): {
  readonly findings: readonly T[];
  readonly allowed: readonly { readonly finding: T; readonly entry: AllowEntry }[];
} {
  const allowedBy = entryFinder(allowList, nowMs);
  const kept: T[] = [];
  const allowed: { finding: T; entry: AllowEntry }[] = [];
  for (const finding of findings) {
    const entry = allowedBy(finding);
    if (entry === undefined) kept.push(finding);
    else allowed.push({ finding, entry });
  }
  return { findings: kept, allowed };
}

/** Tells of findings whether an entry names them; the same rules as `applyAllowList`. */
export function allowing(allowList: readonly AllowEntry[], nowMs: number): (finding: FindingLike) => boolean {
  const allowedBy = entryFinder(allowList, nowMs);
  return (finding) => allowedBy(finding) !== undefined;
}

function entryFinder(
  allowList: readonly AllowEntry[],
  nowMs: number,
): (finding: FindingLike) => AllowEntry | undefined {
  const entries = new Map<string, AllowEntry>();
  for (const entry of allowList) if (entry.untilMs > nowMs) entries.set(entry.value.toLowerCase(), entry);
  return ({ indicator, value }) => {
    const byIndicator = indicator
      ? (entries.get(indicator.id.toLowerCase()) ?? entries.get(indicator.value.toLowerCase()))
      : undefined;
    if (byIndicator !== undefined || entries.size === 0) return byIndicator;
    const byFound = entries.get(value.toLowerCase());
    return byFound?.value === value ? byFound : undefined;
  };
}
