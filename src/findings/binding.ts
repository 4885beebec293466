import { type RelatedEnrolment, relatedEnrolments } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import type { BindingTrace } from './api.ts';
import { findAnotherPhone, findOpenTraces, type TraceRow } from './store-binding.ts';
import { titleOf } from './title-of.ts';

/** Open traces beyond this number, of one enrolment, change no decision. */
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
  const related = new Map((await relatedEnrolments(db, deviceId)).map((enrolment) => [enrolment.id, enrolment]));
  const anotherPhone = (await findAnotherPhone(db, deviceId)) !== undefined;
  const found: BindingTrace[] = [];
  for (const trace of await findOpenTraces(db, [...related.keys()], MAX_TRACES)) {
    const enrolment = related.get(trace.deviceId);
    const binds = enrolment && bindsBy(trace, enrolment, anotherPhone);
    if (enrolment === undefined || binds === undefined) continue;
    found.push({
      findingId: trace.id,
      deviceId: trace.deviceId,
      deviceName: enrolment.name,
      binds,
      level: trace.detail.level,
      title: titleOf(trace.detail),
      foundAtMs: trace.foundAt.getTime(),
    });
  }
  return found;
}

function bindsBy(
  { source, foundAt, inReview }: TraceRow,
  { isSame, samePerson, samePhone, sameMake, subjectSince }: RelatedEnrolment,
  anotherPhone: boolean,
): BindingTrace['binds'] | undefined {
  if (isSame || (samePerson && samePhone)) return 'phone';
  if (samePhone && (source === 'staff' || inReview)) return 'phone';
  const later = sameMake && subjectSince.getTime() > foundAt.getTime();
  return samePerson && later && !anotherPhone ? 'person' : undefined;
}
