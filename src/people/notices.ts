import { type Actor, append } from '../audit/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { NoticeItem } from './api.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import {
  deleteOldNotices,
  insertNotice,
  listNotices,
  lockNotice,
  markNoticeSeen,
  type NewNotice,
} from './store-notices.ts';

const KEEP_MS = 365 * 86_400_000;
const SHOWN = 100;

type PersonActor = Extract<Actor, { kind: 'person' }>;

/**
 * Tells a person of something that concerns her account, her phone or her files, in the transaction that does it.
 *
 * Every channel there is: it stands above Today and above the console until she has seen it, open pages hear of it at commit, and it can be
 * read for a year under Me. What is only the state of a phone is told by `access`, and who looked stands on the privacy page.
 * @param notice.actor who did it; the session that did it neither shows the notice nor can put it away
 * @param notice.what the name by which she knows the thing: label of a passkey, name of a phone, title of a file, or what is asked for
 * @param notice.who the other person whom it concerns, such as who was given access
 * @param notice.about where it leads; `untilMs` when it ends or, of a request, takes effect
 */
export async function tellPerson(tx: Db, notice: NewNotice, nowMs: number): Promise<void> {
  await deleteOldNotices(tx, notice.personId, nowMs - KEEP_MS);
  await insertNotice(tx, notice, nowMs);
  await notify(tx, 'notice', { personId: notice.personId });
}

/** A person's notices: those that she has not seen first, then newest first. */
export async function readNotices({ db }: Pick<PeopleServices, 'db'>, actor: PersonActor): Promise<NoticeItem[]> {
  return await listNotices(db, actor.personId, actor.sessionId, SHOWN);
}

/**
 * Puts a notice away once its person has seen it, from another session than the one that caused it: whoever acts in her place by a
 * stolen cookie cannot hide from her what was done.
 *
 * @throws PeopleError `people-notice-unknown` (404), `people-notice-own` (409)
 */
export async function seeNotice(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: PersonActor,
  id: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    const notice = await lockNotice(tx, actor.personId, id);
    if (notice === undefined)
      throw new PeopleError('people-notice-unknown', 404, 'Reload the list: this notice is gone');
    if (notice.bySessionId === actor.sessionId)
      throw new PeopleError(
        'people-notice-own',
        409,
        'Put it away after your next sign-in or from another browser: this one did what the notice tells',
      );
    if (!(await markNoticeSeen(tx, id, now()))) return;
    await append(tx, {
      actor,
      action: 'people.notice.seen',
      object: { type: 'person', id: actor.personId },
      detail: { noticeId: id },
    });
    await notify(tx, 'notice', { personId: actor.personId });
  });
}
