import type { ReasonView } from './api.ts';
import { WORDINGS, type Wording } from './remedies.data.ts';

const UNWORDED: Wording = {
  text: 'Something is not in order',
  title: 'Ask your administrator',
  steps: ['Tell your administrator'],
};

/** Builds a reason from its code with the words that go with it. */
export function reason(code: string, severity: ReasonView['severity']): ReasonView {
  const wording = WORDINGS[code] ?? UNWORDED;
  return {
    code,
    severity,
    factName: code,
    text: wording.text,
    remedy: { title: wording.title, steps: [...wording.steps] },
  };
}
