import { EnrolmentReply } from '../devices/api.ts';
import { PEOPLE, PHONES } from './organisation.data.ts';
import type { PracticeBook } from './practice-book.ts';
import type { PracticeMember } from './practice-member.ts';

/** Gets an enrolment token for each phone that has neither an identity nor a token; tokens last seven days. */
export async function invitePhones(
  desk: PracticeMember,
  pages: PracticeBook,
  people: ReadonlyMap<string, string>,
  count: number,
): Promise<void> {
  const { book } = pages;
  for (const [i, phone] of PHONES.slice(0, count).entries()) {
    const number = String(i);
    if (book.phones[number] !== undefined || book.tokens[number] !== undefined) continue;
    const personId = people.get(PEOPLE[phone.owner]?.email ?? '');
    if (personId === undefined) continue; // removed by an administrator meanwhile
    const body = { personId, platform: 'apple', ownership: phone.ownership };
    const { token, deviceId } = await desk.call('POST', '/api/v1/enrolments', EnrolmentReply, body);
    book.tokens[number] = token;
    if (i === 0) book.visitorPhone = { token, deviceId };
  }
  await pages.save();
}
