import type { RequestItem } from '../people/api.ts';
import { age, moment } from './format.ts';

/** Who asks for what, in a sentence without its full stop. */
export function requestWords({ maker, title, standing }: Pick<RequestItem, 'maker' | 'title' | 'standing'>): string {
  const runs = standing === 'waiting' || standing === 'agreed' || standing === 'alone';
  return `${maker.displayName} ${runs ? 'asks' : 'asked'} for ${title}`;
}

type Standing = Pick<
  RequestItem,
  'standing' | 'person' | 'maker' | 'others' | 'aloneFromMs' | 'expiresAtMs' | 'agreed' | 'ended'
>;

/** How a request stands and what comes next. */
export function standingWords(item: Standing): string {
  const { standing, person, maker, others, aloneFromMs, expiresAtMs, agreed } = item;
  switch (standing) {
    case 'waiting':
      return aloneFromMs === null || others.length > 0
        ? `Waits until ${moment(expiresAtMs)} for ${others.length === 0 ? 'somebody' : listOf(others)} to agree.`
        : `Nobody else can agree. From ${moment(aloneFromMs)} ${maker.displayName} may do it alone, unless ${person.displayName} stops it.`;
    case 'agreed':
      return `${agreedWords(agreed)} ${maker.displayName} can carry it out until ${moment(expiresAtMs)}.`;
    case 'alone':
      return others.length > 0
        ? `The time to wait has passed, but by now ${listOf(others)} can agree and has to.`
        : `The time to wait has passed: ${maker.displayName} may do it alone, until ${moment(expiresAtMs)}.`;
    case 'done':
      return item.ended?.alone ? `Done alone ${ended(item)}.` : `Done ${ended(item)}. ${agreedWords(agreed)}`;
    case 'stopped':
      return `Stopped by ${item.ended?.by ?? `the phone of ${person.displayName}`} ${ended(item)}.`;
    case 'refused':
      return `Refused by ${item.ended?.by ?? 'somebody who has left'} ${ended(item)}.`;
    case 'withdrawn':
      return `Withdrawn ${ended(item)}.`;
    case 'lapsed':
      return 'Ended: the role of one of its people changed, an account was suspended or recovered.';
    case 'expired':
      return `Ended ${age(expiresAtMs)}: nobody carried it out within seven days.`;
    default:
      return standing satisfies never;
  }
}

function agreedWords(agreed: RequestItem['agreed']): string {
  if (agreed === null) return '';
  const when = age(agreed.atMs);
  return agreed.as === 'phone' ? `The phone of ${agreed.by} agreed ${when}.` : `${agreed.by} agreed ${when}.`;
}

function ended({ ended: end }: Pick<RequestItem, 'ended'>): string {
  return age(end?.atMs);
}

const names = new Intl.ListFormat('en', { type: 'disjunction' });
const SHOWN = 4;

/** "Ada, Ben or Cleo"; of many the first and how many more. */
export function listOf(people: readonly string[]): string {
  if (people.length <= SHOWN) return names.format(people);
  return names.format([...people.slice(0, SHOWN), `${people.length - SHOWN} more`]);
}

/** What whom it concerns reads and may do, the same in both apps: about her account and phones, or about files of hers. */
export const MY_REQUEST = {
  why: (reason: string) => `It concerns you. The reason given: “${reason}”`,
  account: {
    ask: 'Was this you?',
    hint: 'Say yes only if you asked for it yourself. You need not answer: somebody else may agree, or it ends by itself.',
    agree: 'Yes, I asked for it',
    stop: 'No, stop it',
  },
  files: {
    ask: 'Is this right?',
    hint: 'Agree only if you want it so. You need not answer: somebody else may agree, or it ends by itself.',
    agree: 'I agree',
    stop: 'Stop it',
  },
} as const;
