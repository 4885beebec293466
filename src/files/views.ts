import type { ReasonView } from '../access/api.ts';
import { authorize } from '../access/index.ts';
import { type Actor, append } from '../audit/index.ts';
import { browserBoundSince } from '../devices/index.ts';
import { transaction } from '../storage/index.ts';
import { FilesError, fileReason, noSuchFile } from './files-error.ts';
import { refusalsOfFile } from './judge.ts';
import { partOf } from './part-of.ts';
import type { FilesServices } from './services.ts';
import { type FileRecord, markEnded, markRenewed, type Opening, readFile, readOpening } from './store.ts';

export const RENEWAL_MS = 10_000;
// Three renewals may be lost on a bad line; after that the viewer has to ask for the key again.
const MAX_GAP_MS = 6 * RENEWAL_MS;

type ViewServices = Pick<FilesServices, 'db' | 'now'>;

/**
 * Lets a running view go on for another ten seconds, if the decision still allows it for the device that opened it.
 *
 * The decision is made anew each time; what it writes down is told in `AccessRequest.continues`. A refusal ends the view for good.
 * @throws FilesError 403 with `reasons`: the viewer closes what it shows
 */
export async function renewView(
  services: ViewServices,
  actor: Actor,
  fileId: string,
  viewId: string,
): Promise<{ nextRenewalMs: number }> {
  const nowMs = services.now();
  const { opening, file, personId } = await ownView(services, actor, fileId, viewId);
  if (opening.endReasons.length > 0) throw refused(opening.endReasons);
  const gapMs = nowMs - (opening.renewedAt ?? opening.at).getTime();
  if (opening.endedAt !== null || opening.outcome !== 'opened' || gapMs > MAX_GAP_MS)
    throw new FilesError('files-view-ended', 403, 'Open the file again: this view has ended');
  const { deviceId, decisionId: continues } = opening;
  const asked = { personId, deviceId, action: 'file.open', attributes: [], actor };
  const { db } = services;
  const decision = await authorize({ db }, continues === null ? asked : { ...asked, continues }, nowMs);
  const unbound = deviceId !== null && !(await browserBoundSince(db, deviceId, opening.at.getTime()));
  const reasons = [
    ...(decision.allow ? [] : decision.reasons),
    ...(unbound ? [otherBrowser()] : []),
    ...refusalsOfFile(file, await partOf(db, file, personId), nowMs),
  ];
  if (!decision.allow || reasons.length > 0) {
    await recordEnd(services, actor, opening, decision.decisionId, reasons, nowMs);
    throw refused(reasons);
  }
  await markRenewed(db, viewId, nowMs);
  return { nextRenewalMs: RENEWAL_MS };
}

/** Ends a view whose viewer was closed; a view that has ended stays as it is. */
export async function endView(services: ViewServices, actor: Actor, fileId: string, viewId: string): Promise<void> {
  const { opening } = await ownView(services, actor, fileId, viewId);
  if (opening.outcome === 'opened') await recordEnd(services, actor, opening, opening.decisionId, [], services.now());
}

async function ownView(
  { db }: ViewServices,
  actor: Actor,
  fileId: string,
  viewId: string,
): Promise<{ opening: Opening; file: FileRecord; personId: string }> {
  const opening = await readOpening(db, viewId);
  const file = await readFile(db, fileId);
  if (
    actor.kind !== 'person' ||
    file === undefined ||
    opening?.fileId !== fileId ||
    opening.personId !== actor.personId
  )
    throw noSuchFile();
  return { opening, file, personId: actor.personId };
}

function otherBrowser(): ReasonView {
  return fileReason('device.unknown', 'Another browser was connected to the phone.', 'Open the file in that browser');
}

function refused(reasons: readonly ReasonView[]): FilesError {
  return new FilesError('files-refused', 403, reasons[0]?.text ?? 'Opening is refused', reasons);
}

async function recordEnd(
  { db }: ViewServices,
  actor: Actor,
  { id: viewId, fileId, deviceId }: Opening,
  decisionId: string | null,
  reasons: readonly ReasonView[],
  nowMs: number,
): Promise<void> {
  await transaction(db, async (tx) => {
    if (!(await markEnded(tx, viewId, reasons, nowMs))) return;
    await append(tx, {
      actor,
      action: 'file.view.ended',
      object: { type: 'file', id: fileId },
      detail: { viewId, deviceId, decisionId, reasons: reasons.map((reason) => reason.code) },
    });
  });
}
