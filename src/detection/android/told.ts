import type { Finding } from '../finding.ts';

export type Told = Pick<Finding, 'level' | 'verdict' | 'value' | 'path' | 'explanation'> &
  Partial<Pick<Finding, 'evidence' | 'locator' | 'atMs'>>;

/** Findings of one heuristic kept: a hostile file must not fill the report. */
export const MAX_TOLD = 200;

/** Completes what a heuristic tells about an artefact. */
export function told(artefact: string, finding: Told): Finding {
  return {
    kind: 'heuristic',
    evidence: 'present',
    indicator: undefined,
    artefact,
    locator: finding.value,
    atMs: undefined,
    ...finding,
  };
}
