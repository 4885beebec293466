import type { ReportFinding } from '../detection/api.ts';
import { artefactName } from '../detection/report/index.ts';

const MAX_TITLE_CHARS = 160;

/** Of what matched an indicator whose it is and what it did; of all else the first sentence of the explanation. */
export function titleOf({ indicator, evidence, artefact, explanation }: ReportFinding): string {
  if (indicator === null) {
    const sentence = (explanation.split(/(?<=[.:;!?])\s/, 1)[0] ?? '').replace(/[.:;]$/, '');
    return sentence.slice(0, MAX_TITLE_CHARS) || `Unusual: ${artefactName(artefact)}`;
  }
  const what = {
    executed: 'ran',
    present: 'is present',
    permitted: 'has permissions',
    visited: 'was visited',
    connected: 'was contacted',
    received: 'was received',
    structure: 'is mentioned',
  }[evidence];
  const kind = Object.entries(THINGS).find(([start]) => indicator.type.startsWith(start));
  return `${indicator.collection}: ${kind?.[1] ?? 'address'} ${what}`;
}

/** What an indicator is of, by the beginning of its type; all others are of addresses. */
const THINGS: Readonly<Record<string, string>> = {
  'process:': 'process',
  'file:': 'file',
  'configuration-profile:': 'profile',
  'app:id': 'app',
  'app:cert': "certificate of an app's maker",
  'android-property:': 'system setting',
};
