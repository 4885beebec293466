import { type Actor, append } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import { devicesOfSamePhone, readDevice } from '../devices/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { CaseDetail, CaseItem, CaseList, CaseStatus, NoteBody, SignOffBody } from './api.ts';
import { readFleet } from './comparison.ts';
import { FindingsError } from './findings-error.ts';
import { mustBeStorable } from './storable.ts';
import { findFindings, lockOpenTraces } from './store.ts';
import {
  type CaseFilter,
  type CaseRow,
  type CaseSummary,
  clearFindingsOf,
  findCases,
  findNotes,
  insertCase,
  insertNote,
  isCheckOf,
  lockCase,
  lockOpenCase,
  lockPhone,
  type NoteRow,
  setCaseOfFinding,
  updateCase,
} from './store-cases.ts';
import { findChecks } from './store-checks.ts';
import { tellChange } from './tell-change.ts';

const MAX_FINDINGS = 500;
const MAX_CHANGES = 50;
const MAX_NOTES = 1000;
const MIN_CONCLUSION_CHARS = 10;

/** Puts a finding into the open case of its phone, or opens one, in the caller's transaction. What is new ends a proposal to close. */
export async function attachFinding(
  tx: Db,
  actor: Actor,
  { deviceId, findingId, now }: { readonly deviceId: string; readonly findingId: string; readonly now: Date },
): Promise<void> {
  const deviceIds = await devicesOfSamePhone(tx, deviceId);
  await lockPhone(tx, deviceIds);
  const known = await lockOpenCase(tx, deviceIds);
  const row = known ?? (await insertCase(tx, deviceId, now));
  await setCaseOfFinding(tx, findingId, row.id);
  if (known === undefined) await tellCase(tx, actor, row, 'case.opened', { findingId });
  if (row.proposedAt === null) return;
  await updateCase(tx, { ...row, ...NO_PROPOSAL, status: 'in-work' }, now);
  await tellCase(tx, actor, row, 'case.proposal-ended', { findingId });
}

/** Keeps the open case of a phone as it is until the caller has written findings: a closing takes the case first and its findings then. */
export async function holdCase(tx: Db, deviceId: string): Promise<void> {
  const deviceIds = await devicesOfSamePhone(tx, deviceId);
  await lockPhone(tx, deviceIds);
  await lockOpenCase(tx, deviceIds);
}

const NO_PROPOSAL = { conclusion: null, proposedBy: null, proposedRole: null, proposedAt: null } as const;

/** Lists cases, newest first; `deviceId` means the phone under any of its enrolments. */
export async function listCases(
  db: Db,
  {
    deviceId,
    limit,
    ...filter
  }: Omit<CaseFilter, 'deviceIds'> & { readonly deviceId?: string | undefined; readonly limit: number },
): Promise<CaseList> {
  const deviceIds = deviceId === undefined ? undefined : await devicesOfSamePhone(db, deviceId);
  const rows = await findCases(db, { ...filter, deviceIds }, limit);
  const last = rows.at(-1);
  return { items: rows.map(wireCase), ...(rows.length === limit && last !== undefined ? { next: last.number } : {}) };
}

/** Reads a case with its findings, notes and the phone's checks; throws FindingsError `case-unknown`. */
export async function readCase(db: Db, actor: Actor, id: string): Promise<CaseDetail> {
  const [row] = await findCases(db, { id }, 1);
  if (row === undefined) throw unknownCase();
  const deviceIds = await devicesOfSamePhone(db, row.deviceId);
  const checks = (await Promise.all(deviceIds.map((deviceId) => findChecks(db, [deviceId])))).flat();
  return {
    case: wireCase(row),
    deviceIds,
    ownPhone: actor.kind === 'person' && (await ownersOf(db, deviceIds)).includes(actor.personId),
    findings: await findFindings(db, { caseId: id }, MAX_FINDINGS),
    changes: await findFindings(db, { deviceIds, looseOf: 'comparison' }, MAX_CHANGES),
    fleet: await readFleet(db, deviceIds),
    notes: (await findNotes(db, id, MAX_NOTES)).map(wireNote),
    checks: checks.sort((a, b) => b.checkedAtMs - a.checkedAtMs).slice(0, 20),
  };
}

/** Takes a case up again or lays it aside; an open proposal to close it ends. */
export async function moveCase(
  db: Db,
  actor: Actor,
  id: string,
  status: Exclude<CaseStatus, 'new' | 'closed'>,
  nowMs: number,
): Promise<CaseItem> {
  return await change(db, actor, id, async (tx, row) => {
    await updateCase(tx, { ...row, ...NO_PROPOSAL, status }, new Date(nowMs));
    return ['case.moved', { from: row.status, to: status }];
  });
}

/** Adds a note, which may name a check of the phone or an evidence pack. Throws FindingsError `case-check` for a check of another phone. */
export async function addNote(db: Db, actor: Actor, id: string, note: NoteBody, nowMs: number): Promise<CaseItem> {
  mustBeStorable(note);
  const { text, checkId = null, packSha256 = null } = note;
  return await change(db, actor, id, async (tx, row, personId) => {
    if (checkId !== null && !(await isCheckOf(tx, checkId, await devicesOfSamePhone(tx, row.deviceId))))
      throw new FindingsError('case-check', 400, 'Name a check of this phone: it has none with this id');
    const now = new Date(nowMs);
    const noteId = await insertNote(tx, id, { personId, text: text.trim(), checkId, packSha256 }, now);
    await updateCase(tx, row.status === 'new' ? { ...row, status: 'in-work' } : row, now);
    return ['case.noted', { noteId, checkId, packSha256 }];
  });
}

/** Proposes to close a case with a conclusion; a second person has to sign it off. */
export async function proposeClosing(
  db: Db,
  actor: Actor,
  id: string,
  conclusion: string,
  nowMs: number,
): Promise<CaseItem> {
  mustBeStorable(conclusion);
  const text = conclusion.trim();
  if (text.length < MIN_CONCLUSION_CHARS)
    throw new FindingsError(
      'case-conclusion',
      400,
      `Say what you found in at least ${MIN_CONCLUSION_CHARS} characters: too short`,
    );
  return await change(db, actor, id, async (tx, row, personId, role) => {
    const proposed = { conclusion: text, proposedBy: personId, proposedRole: role, proposedAt: new Date(nowMs) };
    await updateCase(tx, { ...row, ...proposed, status: 'waiting' }, new Date(nowMs));
    return ['case.proposed', {}];
  });
}

/**
 * Closes a case that another person proposed to close, and clears its open findings.
 *
 * One of the two is an investigator, neither owns the phone. Throws FindingsError `case-not-proposed`, `case-changed` when the proposal is
 * not the one that was read, `case-same-person`, `case-investigator`, `case-traces` when the open traces are not those that were read.
 */
export async function signOff(
  db: Db,
  actor: Actor,
  id: string,
  { proposedAtMs, traces }: SignOffBody,
  nowMs: number,
): Promise<CaseItem> {
  return await change(db, actor, id, async (tx, row, personId, role) => {
    if (row.proposedAt === null || row.conclusion === null)
      throw new FindingsError(
        'case-not-proposed',
        409,
        'Propose to close the case first: nobody has, or something new came since',
      );
    if (row.proposedAt.getTime() !== proposedAtMs)
      throw new FindingsError('case-changed', 409, 'Read the case again: its conclusion was changed');
    if (row.proposedBy === null || row.proposedBy === personId)
      throw new FindingsError(
        'case-same-person',
        403,
        'Ask another person to sign off: you proposed to close this case',
      );
    if (role !== 'investigator' && row.proposedRole !== 'investigator')
      throw new FindingsError(
        'case-investigator',
        403,
        'Ask an investigator: one of the two who close a case has to be one',
      );
    await mustNameTraces(tx, id, traces);
    const now = new Date(nowMs);
    const reason = `Case ${row.number} closed: ${row.conclusion}`.slice(0, 2000);
    const cleared = await clearFindingsOf(tx, id, personId, reason, now);
    for (const findingId of cleared) {
      const detail = { deviceId: row.deviceId, caseId: id };
      await append(tx, { actor, action: 'finding.cleared', object: { type: 'finding', id: findingId }, detail });
    }
    await updateCase(tx, { ...row, status: 'closed', signedBy: personId, closedAt: now }, now);
    const device = await readDevice(tx, row.deviceId);
    if (device !== undefined) await tellChange(tx, row.deviceId, device.personId, cleared[0] ?? null);
    return ['case.closed', { proposedBy: row.proposedBy, cleared: cleared.length, traces: [...traces] }];
  });
}

/** Nobody clears a trace unseen: who signs names each as it is now. */
async function mustNameTraces(tx: Db, caseId: string, named: SignOffBody['traces']): Promise<void> {
  const open = await lockOpenTraces(tx, caseId);
  const read = new Map(named.map(({ id, hash }) => [id, hash]));
  if (read.size === open.size && [...open].every(([id, { hash }]) => read.get(id) === hash)) return;
  throw new FindingsError(
    'case-traces',
    409,
    `Read the traces of this case again and name each by its hash: ${open.size} are open, and they are not those that were read`,
  );
}

type Change = (
  tx: Db,
  row: CaseRow,
  personId: string,
  role: string,
) => Promise<readonly [action: string, detail: { readonly [key: string]: Json }]>;

/** Changes a case that is not closed, by a person whose phone it is not about. */
async function change(db: Db, actor: Actor, id: string, work: Change): Promise<CaseItem> {
  if (actor.kind !== 'person')
    throw new FindingsError('case-person', 403, 'Sign in as a person: a token cannot answer for a case');
  return await transaction(db, async (tx) => {
    const row = await lockCase(tx, id);
    if (row === undefined) throw unknownCase();
    if ((await ownersOf(tx, await devicesOfSamePhone(tx, row.deviceId))).includes(actor.personId))
      throw new FindingsError(
        'case-own-phone',
        403,
        'Ask another investigator: nobody works on a case of their own phone',
      );
    if (row.status === 'closed') throw new FindingsError('case-closed', 409, 'Reload the case: it was closed');
    const [action, detail] = await work(tx, row, actor.personId, actor.role);
    await tellCase(tx, actor, row, action, detail);
    const [after] = await findCases(tx, { id }, 1);
    if (after === undefined) throw unknownCase();
    return wireCase(after);
  });
}

async function tellCase(
  tx: Db,
  actor: Actor,
  { id, number, deviceId }: CaseRow,
  action: string,
  detail: { readonly [key: string]: Json },
): Promise<void> {
  await append(tx, { actor, action, object: { type: 'case', id }, detail: { number, deviceId, ...detail } });
  await notify(tx, 'case', { caseId: id, deviceId });
}

/** Who owns or owned the phone, under any of its enrolments. */
export async function ownersOf(db: Db, deviceIds: readonly string[]): Promise<(string | undefined)[]> {
  return await Promise.all(deviceIds.map(async (id) => (await readDevice(db, id))?.personId));
}

function wireCase(row: CaseSummary): CaseItem {
  const { id, number, deviceId, status, conclusion, proposedBy, signedBy, findings, open, traces, families } = row;
  return {
    id,
    number,
    deviceId,
    status,
    openedAtMs: row.openedAt.getTime(),
    changedAtMs: row.changedAt.getTime(),
    closedAtMs: row.closedAt?.getTime() ?? null,
    conclusion,
    proposedBy,
    proposedAtMs: row.proposedAt?.getTime() ?? null,
    signedBy,
    findings,
    openFindings: open,
    traces,
    families: [...families],
  };
}

function wireNote({ id, writtenBy, writtenAt, text, checkId, packSha256 }: NoteRow) {
  return { id, writtenBy, writtenAtMs: writtenAt.getTime(), text, checkId, packSha256 };
}

function unknownCase(): FindingsError {
  return new FindingsError('case-unknown', 404, 'Cannot find case: none has this id');
}
