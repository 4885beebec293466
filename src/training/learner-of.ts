import type { Actor } from '../audit/index.ts';
import { TrainingError } from './training-error.ts';

/** The person who learns or signs; TrainingError `training-no-person` (403) for a token. */
export function learnerOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  throw new TrainingError('training-no-person', 403, 'Sign in as a person: a token cannot learn or sign');
}
