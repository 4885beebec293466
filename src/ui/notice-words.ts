import type { NoticeItem, NoticeKind } from '../people/api.ts';
import { moment } from './format.ts';

const PLACES = { me: ['/workspace/#/me', 'Open Me'], files: ['/workspace/#/files', 'Open Files'] } as const;
/** Where the thing itself is shown, in the console. */
const ABOUT = { device: ['devices', 'Open the phone'], finding: ['findings', 'Open the finding'] } as const;
type NoticePlace = keyof typeof PLACES | 'about';

interface Words {
  readonly what: (notice: NoticeItem) => string;
  /** What to do when it was not she herself, or not asked for. */
  readonly todo: string;
  /** Where that is done: in the workspace, or at the thing that it is about. */
  readonly where?: NoticePlace;
}

const WORDS: Readonly<Record<NoticeKind, Words>> = {
  'passkey-added': {
    what: ({ by, what }) => `${nameOf(by)} added the passkey “${what ?? ''}” to your account`,
    todo: 'If that was not you: remove it under Me and tell your administrator today.',
    where: 'me',
  },
  'browser-bound': {
    what: ({ by, what }) => `${nameOf(by)} connected a browser to “${what ?? ''}”: work files open in it`,
    todo: 'If that was not you: end the sign-ins that you do not know under Me and tell your administrator today.',
    where: 'me',
  },
  'browser-link-made': {
    what: ({ by, what, untilMs }) =>
      `${nameOf(by)} made a link that connects another browser to “${what ?? ''}”${until(untilMs)}`,
    todo: 'The browser that was connected opens no files any more. If you did not ask for it: stop it while it stands here, and tell another administrator today.',
  },
  'sign-in-new-place': {
    what: ({ what }) => `Somebody signed in to your account from a place that is new for it: ${what ?? ''}`,
    todo: 'If that was not you: end that sign-in under Me and tell your administrator today.',
    where: 'me',
  },
  'recovery-made': {
    what: ({ by, untilMs }) => `${nameOf(by)} made a link by which a new passkey opens your account${until(untilMs)}`,
    todo: 'Your sign-ins ended with it. If you did not ask for it: stop it while it stands here, and tell another administrator today.',
  },
  recovered: {
    what: () => 'Your account got a new passkey by a link; the passkeys from before open it no more',
    todo: 'If that was not you: tell your administrator today.',
  },
  'access-given': {
    what: ({ by, what, who }) => `${nameOf(by)} gave ${who ?? 'somebody else'} access to “${what ?? ''}”`,
    todo: 'If that should not be: take the access back under Files.',
    where: 'files',
  },
  'files-received': {
    what: ({ by, what, who }) =>
      `${nameOf(by)} gave you ${what ?? 'files'} of ${who ?? 'somebody who has left'}: you own them now`,
    todo: 'Look under Files who may open them. If you do not want them: tell your administrator.',
    where: 'files',
  },
  'group-grew': {
    what: ({ by, what, who }) =>
      `${nameOf(by)} put ${who ?? 'somebody'} into the group “${what ?? ''}”, with which files of yours are shared`,
    todo: 'Files that you shared with the group before stay closed to whoever joins it, until you say otherwise under Files.',
    where: 'files',
  },
  'request-made': {
    what: ({ by, what, untilMs }) =>
      `${nameOf(by)} asks for ${what ?? 'something that concerns you'}${untilMs === null ? '' : `, and may do it alone from ${moment(untilMs)}`}`,
    todo: 'While it can be stopped it stands here with a button for that. If it should not have been: tell another administrator today.',
  },
  'former-trace': {
    what: ({ what, who }) =>
      `The phone that you invited for ${who ?? 'somebody'} stays blocked: a trace of spyware is open on “${what ?? ''}”, an earlier phone`,
    todo: 'Work files open on the new one when that trace is cleared, or an owner or investigator confirms on its page that it is a different phone.',
    where: 'about',
  },
  'keys-exported': {
    what: ({ by, what }) =>
      `${nameOf(by)} took out the keys that open every protected file, yours too: “${what ?? ''}”`,
    todo: 'If nobody told you why: ask your administrators today.',
  },
  'role-given': {
    what: ({ what, who, untilMs }) =>
      `${who ?? 'Somebody'} is ${what ?? 'an administrator'} now${untilMs === null ? '' : `, and counts as one of two people from ${moment(untilMs)}`}`,
    todo: 'If you do not know this person: ask the owners today, before her word counts.',
  },
  'token-made': {
    what: ({ by, what, untilMs }) => `${nameOf(by)} made the API token “${what ?? ''}”${until(untilMs)}`,
    todo: 'If that was not you: remove the token under Settings and end the sign-ins that you do not know under Me, today.',
    where: 'me',
  },
  'trace-again': {
    what: ({ what }) => `The trace that you cleared on “${what ?? ''}” was reported again`,
    todo: 'It stays cleared, and what you judged harmless is still on the phone. Read it again: does your reason still hold?',
    where: 'about',
  },
};

/** What a notice tells, in a sentence without its full stop. */
export function noticeWords(notice: NoticeItem): string {
  return WORDS[notice.kind].what(notice);
}

/** What to do when that should not have been. */
export function noticeTodo(notice: NoticeItem): string {
  return WORDS[notice.kind].todo;
}

/** The address where that is done and what its link says; undefined where somebody else has to be told. */
export function noticePlace(notice: NoticeItem): readonly [href: string, label: string] | undefined {
  const { about } = notice;
  const { where } = WORDS[notice.kind];
  if (where === 'files' && about?.type === 'file')
    return [`/workspace/#/files?share=${about.id}`, 'See who may open it'];
  if (where !== 'about') return where === undefined ? undefined : PLACES[where];
  if (about?.type !== 'device' && about?.type !== 'finding') return undefined;
  const [path, label] = ABOUT[about.type];
  return [`/console/#/${path}/${about.id}`, label];
}

/** Who did what a notice tells. */
export function nameOf({ kind, name }: NoticeItem['by']): string {
  switch (kind) {
    case 'you':
      return 'You';
    case 'person':
      return name ?? 'Somebody who has left';
    case 'token':
      return `The API token “${name ?? 'revoked'}”`;
    case 'device':
      return 'Your phone';
    case 'system':
      return 'The operator of the server';
    case 'anonymous':
      return 'Somebody who was not signed in';
    default:
      return kind satisfies never;
  }
}

function until(untilMs: number | null): string {
  return untilMs === null ? '' : `, until ${moment(untilMs)}`;
}
