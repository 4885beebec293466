import type { Actor } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { CheckReport } from './api.ts';
import { countFindingsOf, countReports, deleteOldChecks } from './store-limits.ts';
import { readSightingUse } from './store-sightings.ts';
import { ThreatError } from './threat-error.ts';

const HOUR_MS = 3_600_000;

/** More than three of the largest uploads with nothing in common; some 160 MB with its index. */
const MAX_ROWS_PER_PHONE = 2_000_000;
/** The former phones of a person count too. */
const MAX_ROWS_PER_PERSON = 4_000_000;
/** Each upload may write 600,000 rows anew. */
const MAX_UPLOADS_PER_PHONE = 12;
const MAX_UPLOADS_PER_PERSON = 24;
/** For whoever investigates: a phone whose owner has filled the share must not be closed to them. */
const STAFF_FACTOR = 2;

/** What members send is theirs to invent. A report of a whole backup has some 200 KB. */
const MAX_MEMBER_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_MEMBER_REPORTS_PER_PHONE = 20;
const MAX_MEMBER_REPORTS_PER_PERSON = 40;
const MAX_MEMBER_FINDINGS = 5000;
const KEPT_CHECKS = { member: 50, staff: 500 } as const;

/** Refuses an upload of sightings beyond an hour's share of its phone or person; ThreatError `sightings-often` (429). */
export async function mayUploadSightings(
  tx: Db,
  actor: Actor,
  device: { readonly id: string; readonly personId: string },
  now: Date,
): Promise<void> {
  const byMember = isMember(actor);
  const { phone, person } = await readSightingUse(tx, device, hourBefore(now));
  const phoneMay = phone.uploads < MAX_UPLOADS_PER_PHONE * (byMember ? 1 : STAFF_FACTOR);
  if (phoneMay && (!byMember || person.uploads < MAX_UPLOADS_PER_PERSON)) return;
  throw new ThreatError(
    'sightings-often',
    429,
    `Wait an hour and send it again: of one phone ${MAX_UPLOADS_PER_PHONE} indexes an hour are taken, of one person ${MAX_UPLOADS_PER_PERSON}`,
  );
}

/** Refuses rows beyond the share of a phone or person, after they were written, so that the transaction takes them back; ThreatError `sightings-full` (413). */
export async function mayKeepSightings(
  tx: Db,
  actor: Actor,
  device: { readonly id: string; readonly personId: string },
  freshRows: number,
  now: Date,
): Promise<void> {
  const factor = isMember(actor) ? 1 : STAFF_FACTOR;
  const { phone, person } = await readSightingUse(tx, device, hourBefore(now));
  const over =
    phone.rows + freshRows > MAX_ROWS_PER_PHONE * factor
      ? `this phone has ${phone.rows} of ${MAX_ROWS_PER_PHONE * factor}`
      : person.rows + freshRows > MAX_ROWS_PER_PERSON * factor
        ? `the phones of this person have ${person.rows} of ${MAX_ROWS_PER_PERSON * factor}`
        : undefined;
  if (over === undefined) return;
  const whatNext = isMember(actor)
    ? 'Ask an investigator to check this phone'
    : 'Keep the evidence and search it with pavise check';
  throw new ThreatError(
    'sightings-full',
    413,
    `${whatNext}: the index takes no ${freshRows} values more, ${over}, and nothing of this upload was kept`,
  );
}

/**
 * Refuses what a member may not fill the disk with: reports of more than 2 MiB, and more than 20 an hour for a phone or 40 for a person.
 *
 * Throws ThreatError `report-large` (413), `report-often` (429). Staff are held by the route's limits alone.
 */
export async function mayReportMore(
  tx: Db,
  actor: Actor,
  device: { readonly id: string; readonly personId: string },
  report: CheckReport,
  now: Date,
): Promise<void> {
  if (!isMember(actor)) return;
  const sizeBytes = Buffer.byteLength(JSON.stringify(report));
  if (sizeBytes > MAX_MEMBER_REPORT_BYTES)
    throw new ThreatError(
      'report-large',
      413,
      `Ask an investigator to send this report: it has ${sizeBytes} bytes, members may send ${MAX_MEMBER_REPORT_BYTES}`,
    );
  const { phone, person } = await countReports(tx, device, hourBefore(now));
  if (phone < MAX_MEMBER_REPORTS_PER_PHONE && person < MAX_MEMBER_REPORTS_PER_PERSON) return;
  throw new ThreatError(
    'report-often',
    429,
    `Wait an hour and send it again: ${MAX_MEMBER_REPORTS_PER_PHONE} reports an hour are taken from the owner of a phone, ${MAX_MEMBER_REPORTS_PER_PERSON} of all their phones`,
  );
}

/** Refuses a member's report that opened findings beyond 5,000 of one phone, so that the transaction takes them back; ThreatError `findings-full` (413). */
export async function mayOpenFindings(tx: Db, actor: Actor, deviceId: string, opened: number): Promise<void> {
  if (opened === 0 || !isMember(actor) || (await countFindingsOf(tx, deviceId)) <= MAX_MEMBER_FINDINGS) return;
  throw new ThreatError(
    'findings-full',
    413,
    `Ask an investigator to look at this phone: it has ${MAX_MEMBER_FINDINGS} findings, and nothing of this report was kept`,
  );
}

/** Removes old checks: 50 that members sent and 500 of staff are kept for a phone, and those that a case names. The audit log keeps that they were. */
export async function forgetOldChecks(tx: Db, actor: Actor, deviceId: string): Promise<void> {
  const byMember = isMember(actor);
  await deleteOldChecks(tx, deviceId, byMember, byMember ? KEPT_CHECKS.member : KEPT_CHECKS.staff);
}

function isMember(actor: Actor): boolean {
  return (actor.kind !== 'person' && actor.kind !== 'token') || actor.role === 'member';
}

function hourBefore(now: Date): Date {
  return new Date(now.getTime() - HOUR_MS);
}
