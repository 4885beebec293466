import { ARTEFACT_NAMES } from './artefact-names.data.ts';

/** What a piece of evidence is called: "Messages" for "sms", "Safari history" for "safari-history". */
export function artefactName(artefact: string): string {
  const spaced = artefact.replaceAll('-', ' ');
  return ARTEFACT_NAMES[artefact] ?? spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
