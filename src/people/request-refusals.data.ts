import type { RequestRefusal } from './judge-request.ts';

/** Status and words of each reason why somebody may not have a part in a request. */
export const REFUSALS: Readonly<Record<RequestRefusal, readonly [status: number, words: string]>> = {
  'people-request-person': [403, 'Sign in as a person who is active: an API token counts for nobody here'],
  'people-request-ended': [
    409,
    'Ask anew: this request was carried out, stopped, refused or withdrawn, is older than 7 days, or the role of somebody in it changed',
  ],
  'people-request-maker': [409, 'Ask somebody else to agree: nobody agrees to what she asked for herself'],
  'people-request-concerned': [
    409,
    'Confirm or stop it on your own page: it concerns you, so that you do not count as the second person',
  ],
  'people-request-barred': [409, 'Ask somebody else to agree: what is asked for is for you'],
  'people-request-role': [403, 'Ask an owner: your role has no part in this request'],
  'people-request-held': [
    403,
    'Wait until tomorrow or ask somebody else: this account was recovered by a link just now, and counts for nobody yet',
  ],
  'people-request-new': [
    403,
    'Wait until tomorrow or ask somebody else: who got her role just now counts for nobody yet, so that nobody makes a second person of her own',
  ],
  'people-request-agreed': [409, 'Nothing to do: somebody agreed already'],
  'people-request-no-confirmation': [409, 'Stop it if it should not be: whom it concerns cannot agree to this'],
  'people-request-not-maker': [403, 'Leave it to who asked for it: nobody else carries it out'],
  'people-request-waits': [409, 'Wait: nobody agreed yet, and where nobody else can, the time has not passed'],
  'people-request-second': [
    409,
    'Ask for a second person: by now somebody else can agree, so that you do not act alone',
  ],
};
