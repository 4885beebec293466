import type { Actor } from '../audit/index.ts';
import type { CheckReport, ReportFinding } from '../detection/api.ts';
import { findDeviceIdsOf } from '../devices/index.ts';
import { holdPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { FindingsError } from './findings-error.ts';
import { isMember } from './may-report.ts';
import { countFindingsOf, countMembersOthers, countReports, deleteOldChecks } from './store-limits.ts';

const HOUR_MS = 3_600_000;

/** What members send is theirs to invent. A report of a whole backup has some 200 KB. */
const MAX_MEMBER_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_MEMBER_REPORTS_PER_PHONE = 20;
const MAX_MEMBER_REPORTS_PER_PERSON = 40;
const MAX_MEMBER_FINDINGS = 5000;
/** What is no trace, in one report and in all of a phone: beyond it nobody would read on. */
const MAX_MEMBER_OTHERS_PER_REPORT = 200;
const MAX_MEMBER_OTHERS = 2000;
const KEPT_CHECKS = { member: 50, staff: 500 } as const;

/**
 * Refuses what a member may not fill the disk with: reports of more than 2 MiB, and more than 20 an hour for a phone or 40 for a person.
 *
 * Throws FindingsError `report-large` (413), `report-often` (429). Staff are held by the route's limits alone.
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
    throw new FindingsError(
      'report-large',
      413,
      `Ask an investigator to send this report: it has ${sizeBytes} bytes, members may send ${MAX_MEMBER_REPORT_BYTES}`,
    );
  await holdPerson(tx, device.personId); // of two reports at once the second counts the first
  const ofPerson = await findDeviceIdsOf(tx, device.personId);
  const { phone, person } = await countReports(tx, { id: device.id, ofPerson }, hourBefore(now));
  if (phone < MAX_MEMBER_REPORTS_PER_PHONE && person < MAX_MEMBER_REPORTS_PER_PERSON) return;
  throw new FindingsError(
    'report-often',
    429,
    `Wait an hour and send it again: ${MAX_MEMBER_REPORTS_PER_PHONE} reports an hour are taken from the owner of a phone, ${MAX_MEMBER_REPORTS_PER_PERSON} of all their phones`,
  );
}

const WORST_FIRST: readonly string[] = ['trace', 'unusual', 'weakness'].flatMap((verdict) =>
  ['critical', 'high', 'medium', 'low', 'info'].map((level) => `${verdict} ${level}`),
);

/**
 * What is kept of a report: of a member's every trace, and of all else the worst 200 while the phone has fewer than 2,000 from members.
 *
 * Whoever wants to hide a trace in a heap of notes has the notes left out; the caller tells how many.
 * @returns in the order of the report
 */
export async function keptOfReport(
  tx: Db,
  actor: Actor,
  deviceId: string,
  findings: readonly ReportFinding[],
): Promise<readonly ReportFinding[]> {
  if (!isMember(actor)) return findings;
  const room = Math.min(MAX_MEMBER_OTHERS_PER_REPORT, MAX_MEMBER_OTHERS - (await countMembersOthers(tx, deviceId)));
  const weight = ({ verdict, level }: ReportFinding): number => WORST_FIRST.indexOf(`${verdict} ${level}`);
  const others = findings.filter(({ verdict }) => verdict !== 'trace').toSorted((a, b) => weight(a) - weight(b));
  const left = new Set(others.slice(Math.max(room, 0)));
  return findings.filter((finding) => !left.has(finding));
}

/** Refuses a member's report that opened findings beyond 5,000 of one phone, so that the transaction takes them back; FindingsError `findings-full` (413). */
export async function mayOpenFindings(tx: Db, actor: Actor, deviceId: string, opened: number): Promise<void> {
  if (opened === 0 || !isMember(actor) || (await countFindingsOf(tx, deviceId)) <= MAX_MEMBER_FINDINGS) return;
  throw new FindingsError(
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

function hourBefore(now: Date): Date {
  return new Date(now.getTime() - HOUR_MS);
}
