import { type RelatedEnrolment, relatedEnrolments } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import type { BindingTrace } from './api.ts';
import { findAnotherPhone, findOpenTraces, type TracesAsked } from './store-binding.ts';
import { titleOf } from './title-of.ts';

/** Traces that bind beyond this number, of one enrolment, change no decision. */
const MAX_TRACES = 50;

/**
 * The open traces that refuse on an enrolment, worst first.
 *
 * A UDID is what a phone says of itself, and anybody may say another's, so a trace binds:
 * - the enrolment under which it was found, and its person's others that name the same phone;
 * - its person's phones of the same make that were enrolled after it was found, until staff say that such a one is another phone: enrolling
 *   anew under another id sheds nothing;
 * - another person's enrolment that names the same phone only where staff reported the trace: what a member forges under another's UDID
 *   never reaches the next owner. A claim that a release marked as false names no phone.
 * A trace from before these rules that they would let go binds on while its review is open.
 */
export async function bindingTraces(db: Db, deviceId: string): Promise<readonly BindingTrace[]> {
  const anotherPhone = (await findAnotherPhone(db, deviceId)) !== undefined;
  const reaching = new Map<string, Reach & { readonly name: string }>();
  for (const enrolment of await relatedEnrolments(db, deviceId)) {
    const reach = reachOf(enrolment, anotherPhone);
    if (reach !== undefined) reaching.set(enrolment.id, { ...reach, name: enrolment.name });
  }
  const asked = [...reaching].map(([id, reach]) => ({ deviceId: id, ...reach }));
  return (await findOpenTraces(db, asked, MAX_TRACES)).flatMap((trace) => {
    const enrolment = reaching.get(trace.deviceId);
    if (enrolment === undefined) return [];
    return {
      findingId: trace.id,
      deviceId: trace.deviceId,
      deviceName: enrolment.name,
      binds: enrolment.binds,
      level: trace.detail.level,
      title: titleOf(trace.detail),
      foundAtMs: trace.foundAt.getTime(),
    };
  });
}

/** Which traces of an enrolment bind another one, and as what. */
type Reach = Pick<BindingTrace, 'binds'> & Omit<TracesAsked, 'deviceId'>;

function reachOf(
  { isSame, samePerson, samePhone, sameMake, subjectSince }: RelatedEnrolment,
  anotherPhone: boolean,
): Reach | undefined {
  if (isSame || (samePerson && samePhone)) return { binds: 'phone', ofStaff: false, foundBefore: null };
  if (samePhone) return { binds: 'phone', ofStaff: true, foundBefore: null };
  if (samePerson && sameMake && !anotherPhone) return { binds: 'person', ofStaff: false, foundBefore: subjectSince };
  return undefined;
}
