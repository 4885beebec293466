import type { Actor } from '../audit/index.ts';
import { append } from '../audit/index.ts';
import {
  type AgreedRequest,
  findMemberByEmail,
  makeRequest,
  type RequestKind,
  readPerson,
  tellPerson,
} from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { FilesError, noSuchFile } from './files-error.ts';
import { partOf } from './part-of.ts';
import type { FilesServices } from './services.ts';
import { requireFile, tellWhoSees } from './sharing.ts';
import { addRecipient, type FileRecord, lockFile } from './store.ts';

type RequestServices = Pick<FilesServices, 'db' | 'now'>;
type Request = Awaited<ReturnType<typeof makeRequest>>;

/**
 * The request for access to somebody else's file, where its owner cannot be waited for.
 *
 * It is the one way beside the owner by which anybody is given a file. Who would get the access does not agree to it; the owner is told as
 * it is asked for and as it is given, may stop it until then, and sees afterwards by whose word somebody is a recipient.
 */
export function accessRequest({ now }: Pick<RequestServices, 'now'>): RequestKind {
  return {
    name: 'files.access',
    roles: () => ['owner', 'administrator'],
    personStates: ['active', 'suspended', 'invited'],
    personMayAgree: 'by-passkey',
    carriedOut: 'at-once',
    run: async (tx, agreed) => {
      await giveAccess(tx, agreed, now());
      return undefined;
    },
  };
}

/**
 * Asks for access for somebody, by address; what it throws beside FilesError `files-not-found` (404), `files-unknown-recipient` (422),
 * `files-has-access`, `files-labelled` and `files-no-access` (409), `makeRequest` says.
 */
export async function askForAccess(
  services: RequestServices,
  actor: Actor,
  fileId: string,
  { email, reason }: { readonly email: string; readonly reason: string },
): Promise<Request> {
  return await transaction(services.db, async (tx) => {
    const file = await openFile(tx, fileId, services.now());
    if (file.labels !== null && file.labels.length > 0)
      throw new FilesError(
        'files-labelled',
        409,
        'Ask the owner to protect it anew without labels: with them it opens for its owner alone, whoever is given access',
      );
    const recipient = await recipientByEmail(tx, email);
    if ((await partOf(tx, file, recipient.id)) !== 'nobody')
      throw new FilesError('files-has-access', 409, 'Leave it: this person may open the file already');
    const maker = actor.kind === 'person' ? actor.personId : undefined;
    return await makeRequest({ ...services, db: tx }, actor, accessRequest(services), {
      ...{ personId: file.ownerId, reason, about: { type: 'file', id: fileId } },
      title: `access to the file “${file.title}”${recipient.id === maker ? '' : ` for ${recipient.displayName}`}`,
      detail: { recipientId: recipient.id },
      barred: recipient.id === maker ? [] : [recipient.id],
    });
  });
}

async function giveAccess(tx: Db, { request, actor, agreedAs }: AgreedRequest, nowMs: number): Promise<void> {
  const file = await openFile(tx, request.about.id, nowMs);
  if (file.ownerId !== request.personId)
    throw new FilesError('files-other-owner', 409, 'Ask anew: the file is somebody else’s by now');
  const recipient = await activeRecipient(tx, request.detail['recipientId']);
  await addRecipient(tx, file.id, recipient.id, { kind: 'request', personId: request.makerId }, nowMs);
  await append(tx, {
    actor,
    action: 'file.access.given',
    object: { type: 'file', id: file.id },
    detail: { recipientId: recipient.id, requestId: request.id, agreedAs },
  });
  const about = { type: 'file', id: file.id } as const;
  const told = { actor, what: file.title, who: recipient.displayName, about };
  await tellPerson(tx, { personId: file.ownerId, kind: 'access-given', ...told }, nowMs);
  await tellWhoSees(tx, await requireFile(tx, file.id));
}

/** A file that could be opened at all: what was withdrawn or is over opens for nobody. */
async function openFile(tx: Db, id: string, nowMs: number): Promise<FileRecord> {
  const file = await lockFile(tx, id);
  if (file === undefined) throw noSuchFile();
  const { revokedAt, policyEndsAt, expiresAt } = file;
  const over = [policyEndsAt, expiresAt].some((end) => end !== null && end.getTime() <= nowMs);
  if (revokedAt !== null || over)
    throw new FilesError(
      'files-no-access',
      409,
      'Leave it: this file was withdrawn or its time is over, it opens for nobody',
    );
  return file;
}

/** Somebody here by her address; FilesError `files-unknown-recipient` (422). */
export async function recipientByEmail(
  tx: Db,
  email: string,
): Promise<{ readonly id: string; readonly displayName: string }> {
  const person = await findMemberByEmail(tx, email);
  if (person === undefined)
    throw new FilesError(
      'files-unknown-recipient',
      422,
      `Invite the person first: nobody here has the address "${email}"`,
    );
  return person;
}

/** Who was named when it was asked for, if she is still here. */
export async function activeRecipient(
  tx: Db,
  id: unknown,
): Promise<{ readonly id: string; readonly displayName: string }> {
  const person = typeof id === 'string' ? await readPerson(tx, id) : undefined;
  if (person === undefined || person.state === 'suspended')
    throw new FilesError('files-unknown-recipient', 422, 'Ask anew: the person who would get the access is not active');
  return person;
}
