import type { Actor } from '../audit/index.ts';
import { FilesError, noSuchFile } from './files-error.ts';
import { refusalsOfFile } from './judge.ts';
import { RENEWAL_MS } from './kas.ts';
import type { FilesServices } from './services.ts';
import { markRenewed, readFile, readOpening } from './store.ts';

// Three renewals may be lost on a bad line; after that the viewer has to ask for the key again.
const MAX_GAP_MS = 6 * RENEWAL_MS;

/**
 * Lets a running view go on for another ten seconds, if the decision still allows it for the device that opened it.
 *
 * @throws FilesError 403 with `reasons`: the viewer closes what it shows
 */
export async function renewView(
  services: FilesServices,
  actor: Actor,
  fileId: string,
  viewId: string,
): Promise<{ nextRenewalMs: number }> {
  const { db } = services;
  const nowMs = services.now();
  const opening = await readOpening(db, viewId);
  const file = await readFile(db, fileId);
  if (
    actor.kind !== 'person' ||
    file === undefined ||
    opening?.fileId !== fileId ||
    opening.personId !== actor.personId
  )
    throw noSuchFile();
  if (opening.outcome !== 'opened' || nowMs - (opening.renewedAt ?? opening.at).getTime() > MAX_GAP_MS) {
    throw new FilesError('files-view-ended', 403, 'Open the file again: this view has ended');
  }
  const decision = await services.authorize(
    { personId: actor.personId, deviceId: opening.deviceId, action: 'file.open', attributes: [], actor },
    nowMs,
  );
  const reasons = [...(decision.allow ? [] : decision.reasons), ...refusalsOfFile(file, actor.personId, nowMs)];
  if (!decision.allow || reasons.length > 0)
    throw new FilesError('files-refused', 403, reasons[0]?.text ?? 'Opening is refused', reasons);
  await markRenewed(db, viewId, nowMs);
  return { nextRenewalMs: RENEWAL_MS };
}
