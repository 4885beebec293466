import { isPlaceOfOthers } from '../evidence/index.ts';
import type { ReportFinding } from './api.ts';

/** Whether what a report calls present is a file that others can put where it was found. */
export function canBeSent({
  artefact,
  indicator,
  value,
  path,
}: Pick<ReportFinding, 'artefact' | 'indicator' | 'value' | 'path'>): boolean {
  if (indicator === null || !indicator.type.startsWith('file:')) return false;
  if (artefact === 'sms-attachments') return true;
  return isPlaceOfOthers(indicator.type === 'file:hash' ? path : value);
}
