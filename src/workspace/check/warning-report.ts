import type { CheckReport } from '../../detection/api.ts';

/** Who warns people of targeted attacks. */
export const WARNERS = ['Apple', 'Google'] as const;
export type Warner = (typeof WARNERS)[number];

/** What the security team reads; nothing else is sent. */
export function warningSentence(warner: Warner): string {
  return `The owner says that ${warner} has warned of a targeted attack on this phone or its account.`;
}

/**
 * A report of a warning that its owner tells of, with nothing examined: such a message may be deleted, or lie on another device.
 *
 * The same warning told twice on one day (UTC) is one finding.
 */
export function warningReport(warner: Warner, nowMs: number, version: string): CheckReport {
  const at = new Date(nowMs).toISOString();
  const day = at.slice(0, 10);
  return {
    schema: 'pavise.check/1',
    tool: { name: 'pavise', version },
    sources: [],
    examined: [],
    findings: [
      {
        id: `${warner === 'Apple' ? 'a' : 'b'}0000000${day.replaceAll('-', '')}`,
        level: 'high',
        verdict: 'unusual',
        kind: 'heuristic',
        evidence: 'received',
        value: warner,
        indicator: null,
        artefact: 'told-by-owner',
        path: 'told by the owner',
        locator: day,
        at,
        explanation: `${warningSentence(warner)} Such warnings go to few people and are rarely wrong: do not reset the phone, ask to see the warning on the account's own page, and get help.`,
      },
    ],
    unsupportedIndicators: [],
    verdict: 'unusual',
    stats: { cpuMs: 0, maxRssBytes: 0, bytesRead: 0, files: 0 },
  };
}
