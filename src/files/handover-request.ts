import { type Actor, append } from '../audit/index.ts';
import { type AgreedRequest, makeRequest, type RequestKind, readPerson, tellPerson } from '../people/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { activeRecipient, recipientByEmail } from './access-request.ts';
import { FilesError } from './files-error.ts';
import type { FilesServices } from './services.ts';
import { addRecipient, listFileIdsOf, removeRecipient, setOwner } from './store.ts';

type RequestServices = Pick<FilesServices, 'db' | 'now'>;
type Request = Awaited<ReturnType<typeof makeRequest>>;

/**
 * The request that the files of somebody who has left get another owner, who decides from then on who opens them.
 *
 * Only of a suspended account. Who was the owner stays a recipient and is told: should she come back, she sees what became of her files.
 */
export function handoverRequest({ now }: Pick<RequestServices, 'now'>): RequestKind {
  return {
    name: 'files.handover',
    roles: () => ['owner', 'administrator'],
    personStates: ['suspended'],
    personMayAgree: 'never',
    carriedOut: 'at-once',
    run: async (tx, agreed) => {
      await handOver(tx, agreed, now());
      return undefined;
    },
  };
}

/**
 * Asks for it, by the address of who shall own the files; what it throws beside FilesError `files-unknown-recipient` (422) and
 * `files-none` (409), `makeRequest` says.
 */
export async function askForHandover(
  services: RequestServices,
  actor: Actor,
  personId: string,
  { email, reason }: { readonly email: string; readonly reason: string },
): Promise<Request> {
  return await transaction(services.db, async (tx) => {
    const heir = await recipientByEmail(tx, email);
    const count = (await listFileIdsOf(tx, personId)).length;
    const owner = (await readPerson(tx, personId))?.displayName ?? '';
    if (count === 0) throw new FilesError('files-none', 409, 'Leave it: this person has no files here');
    const maker = actor.kind === 'person' ? actor.personId : undefined;
    return await makeRequest({ ...services, db: tx }, actor, handoverRequest(services), {
      ...{ personId, reason, about: { type: 'person', id: personId } },
      title: `another owner for ${count === 1 ? 'the file' : `the ${count} files`} of ${owner}: ${heir.displayName}`,
      detail: { heirId: heir.id },
      barred: heir.id === maker ? [] : [heir.id],
    });
  });
}

async function handOver(tx: Db, { request, actor, agreedAs }: AgreedRequest, nowMs: number): Promise<void> {
  const heir = await activeRecipient(tx, request.detail['heirId']);
  const { personId } = request;
  const former = (await readPerson(tx, personId))?.displayName ?? '';
  const ids = await listFileIdsOf(tx, personId);
  for (const id of ids) {
    await setOwner(tx, id, heir.id);
    await removeRecipient(tx, id, heir.id); // an owner is no recipient beside that
    await addRecipient(tx, id, personId, { kind: 'request', personId: request.makerId }, nowMs);
    await append(tx, {
      actor,
      action: 'file.owner.changed',
      object: { type: 'file', id },
      detail: { from: personId, to: heir.id, requestId: request.id, agreedAs },
    });
  }
  const what = ids.length === 1 ? 'your file' : `your ${ids.length} files`;
  await tellPerson(tx, { personId, kind: 'access-given', actor, what, who: heir.displayName }, nowMs);
  const received = ids.length === 1 ? 'one file' : `${ids.length} files`;
  // Whoever does it alone for herself knows.
  if (actor.kind !== 'person' || actor.personId !== heir.id)
    await tellPerson(tx, { personId: heir.id, kind: 'files-received', actor, what: received, who: former }, nowMs);
  for (const told of [personId, heir.id]) await notify(tx, 'file', { fileId: null, personId: told });
}
