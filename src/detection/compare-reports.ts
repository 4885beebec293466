import { type Artefact, examined, unreadable } from '../evidence/index.ts';
import type { CheckReport } from './api.ts';
import type { BaselineItem } from './baseline-items.ts';
import { type CheckedState, compareBaselines, readWholly } from './compare-baselines.ts';
import type { Finding } from './finding.ts';

/** What a comparison needs of a report. */
export interface ComparedReport {
  readonly sources: CheckReport['sources'];
  readonly examined: readonly Pick<Artefact, 'artefact' | 'status'>[];
  readonly baseline?: readonly BaselineItem[] | undefined;
}

/**
 * Compares a check with an earlier one of the same phone.
 *
 * Where both reports name their phones and these are not the same, nothing is compared and the row says so; a phone that is not named is taken as the same.
 */
export function compareReports(
  before: ComparedReport,
  now: ComparedReport,
): { readonly row: Artefact; readonly findings: readonly Finding[] } {
  const [old, fresh] = [phonesOf(before), phonesOf(now)];
  if (old.size > 0 && fresh.size > 0 && (old.size !== fresh.size || ![...old].every((phone) => fresh.has(phone)))) {
    const why = 'Nothing was compared: the earlier report is of another phone, or of more or fewer of them';
    return { row: unreadable('comparison', '', 0, why), findings: [] };
  }
  const state = stateOf(now);
  return {
    row: examined('comparison', '', state.items.length),
    findings: compareBaselines(stateOf(before), state),
  };
}

/** What a report knew of its phone. */
function stateOf({ sources, examined: rows, baseline = [] }: ComparedReport): CheckedState {
  const osVersion = sources.find(({ device }) => device.osVersion !== '')?.device.osVersion ?? '';
  return { osVersion, examined: readWholly(rows), items: baseline };
}

function phonesOf({ sources }: ComparedReport): ReadonlySet<string> {
  return new Set(sources.flatMap(({ device }) => device.udidHash ?? []));
}
