import type { ReportFinding } from '../detection/api.ts';
import type { Db } from '../storage/index.ts';
import {
  type FoundOnce,
  insertFinding,
  type KeptFinding,
  lockFindings,
  replaceFinding,
  touchFinding,
} from './store.ts';

const VERDICTS: readonly ReportFinding['verdict'][] = ['weakness', 'unusual', 'trace'];
const LEVELS: readonly ReportFinding['level'][] = ['info', 'low', 'medium', 'high', 'critical'];
const EVIDENCE: readonly ReportFinding['evidence'][] = [
  'structure',
  'received',
  'visited',
  'connected',
  'permitted',
  'present',
  'executed',
];
const MEMBERS = 'member ';

export interface MergedFinding {
  readonly id: string;
  readonly fresh: boolean;
  readonly worse: boolean;
  readonly reopened: boolean;
  /** As it was kept before, where it was. */
  readonly before: KeptFinding | undefined;
}

/**
 * Keeps a finding; a known one is only ever raised, and a cleared one that comes back worse is open again; so is a member's trace once staff
 * find it, too.
 *
 * What a member reports changes no word of staff: where staff reported the same it is seen again, and what a member says to be worse stands
 * beside it. What staff report after a member becomes staff's word where it is no less; where it is, both stand, so that no claim of a
 * member passes for what staff found.
 */
export async function mergeFinding(
  tx: Db,
  deviceId: string,
  found: FoundOnce,
  byMember: boolean,
  now: Date,
): Promise<MergedFinding> {
  const membersId = MEMBERS + found.reportId;
  const known = await lockFindings(tx, deviceId, [found.reportId, membersId]);
  const ofStaff = known.find(({ reportId }) => reportId === found.reportId);
  const ofMember = known.find(({ reportId }) => reportId === membersId);
  if (byMember) {
    if (ofStaff !== undefined && weigh(found.finding, ofStaff) <= 0) return await seenAgain(tx, ofStaff, now);
    return await raise(tx, deviceId, { ...found, reportId: membersId }, ofMember, now);
  }
  const adopted = ofMember !== undefined && weigh(found.finding, ofMember) >= 0 ? ofMember : undefined;
  return await raise(tx, deviceId, found, ofStaff ?? adopted, now);
}

async function raise(
  tx: Db,
  deviceId: string,
  found: FoundOnce,
  before: KeptFinding | undefined,
  now: Date,
): Promise<MergedFinding> {
  if (before === undefined) {
    const id = await insertFinding(tx, deviceId, found, now);
    if (id !== undefined) return { id, fresh: true, worse: false, reopened: false, before };
    // Another report was faster: its row is there now.
    const [row] = await lockFindings(tx, deviceId, [found.reportId]);
    if (row === undefined) throw new Error('no finding after another report had made it');
    return await raise(tx, deviceId, found, row, now);
  }
  const { verdict, level, evidence } = compare(found.finding, before);
  const worse = verdict > 0 || level > 0 || (verdict === 0 && level === 0 && evidence > 0);
  const adopted = before.reportId !== found.reportId;
  if ((verdict || level || evidence) <= 0 && !adopted) return await seenAgain(tx, before, now);
  // Whoever cleared a member's word judged a claim; that staff find the same is new.
  const confirmed = adopted && found.finding.verdict === 'trace';
  const reopened = (worse || confirmed) && before.state === 'cleared';
  const kept = {
    verdict: verdict > 0 ? found.finding.verdict : before.verdict,
    level: level > 0 ? found.finding.level : before.level,
    reopen: reopened,
  };
  await replaceFinding(tx, before.id, found, kept, now);
  return { id: before.id, fresh: false, worse, reopened, before };
}

async function seenAgain(tx: Db, before: KeptFinding, now: Date): Promise<MergedFinding> {
  await touchFinding(tx, before.id, now);
  return { id: before.id, fresh: false, worse: false, reopened: false, before };
}

/** Above 0 where a finding weighs more than it is kept as, below where less: by verdict, then level, then evidence. */
function weigh(finding: ReportFinding, kept: KeptFinding): number {
  const { verdict, level, evidence } = compare(finding, kept);
  return verdict || level || evidence;
}

/** How much a finding weighs more than it is kept as, by each; negative where it weighs less. */
function compare(
  finding: ReportFinding,
  kept: KeptFinding,
): { readonly verdict: number; readonly level: number; readonly evidence: number } {
  return {
    verdict: VERDICTS.indexOf(finding.verdict) - VERDICTS.indexOf(kept.verdict),
    level: LEVELS.indexOf(finding.level) - LEVELS.indexOf(kept.level),
    evidence: EVIDENCE.indexOf(finding.evidence) - EVIDENCE.indexOf(kept.evidence),
  };
}
