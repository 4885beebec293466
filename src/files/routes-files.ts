import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import { membershipsOf } from '../people/index.ts';
import {
  ConfirmWaitingBody,
  ConfirmWaitingReply,
  ExpiryBody,
  FileDetail,
  FileItem,
  FileList,
  FileParams,
  FilesQuery,
  OpeningList,
  OpeningsQuery,
  RecipientsBody,
  WaitingList,
} from './api.ts';
import { FilesError } from './files-error.ts';
import { mayManage } from './may-manage.ts';
import { personOnly } from './person-only.ts';
import type { FilesServices } from './services.ts';
import { changeExpiry, changeRecipients, deleteContent, revoke } from './sharing.ts';
import { type ListedFor, listFiles, listOpenings, listOpeningsOf } from './store.ts';
import { visibleFile } from './visible-file.ts';
import { confirmWaiting, readWaiting } from './waiting.ts';
import { fileItem, fileItems, openingItems, openingsOfFile } from './wire.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const everyone = { config: { roles: EVERYONE } };

/** Files and their sharing. */
export async function fileRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { db } = services;

  app.get(
    '/api/v1/files',
    { ...everyone, schema: { querystring: FilesQuery, response: { 200: FileList } } },
    async ({ query, actor }) => {
      const { scope = 'mine', ownerId, after, limit = 100, labelled = false } = query;
      const files = await listFiles(
        db,
        {
          ...(await filterOf(services, { scope, ownerId }, actor)),
          labelled,
          ...(after === undefined ? {} : { after }),
        },
        limit,
      );
      const items = await fileItems(db, files, actor);
      const last = items.at(-1);
      return items.length === limit && last !== undefined ? { items, next: last.id } : { items };
    },
  );

  app.get(
    '/api/v1/files/openings',
    { config: { roles: READERS }, schema: { querystring: OpeningsQuery, response: { 200: OpeningList } } },
    async ({ query: { limit = 100, ...filter }, actor }) => {
      const openings = await listOpeningsOf(db, filter, limit);
      const devices = new Set([filter.deviceId, ...openings.map(({ deviceId }) => deviceId)]);
      for (const deviceId of devices) if (deviceId) await services.recordLook(actor, deviceId, 'files opened');
      const items = await openingItems(db, openings);
      const last = items.at(-1);
      return items.length === limit && last !== undefined ? { items, next: last.id } : { items };
    },
  );

  app.get('/api/v1/files/waiting', { ...everyone, schema: { response: { 200: WaitingList } } }, async ({ actor }) => ({
    items: await readWaiting(services, requirePerson(actor)),
  }));
  app.post(
    '/api/v1/files/waiting/confirm',
    {
      config: { roles: EVERYONE, proof: 'sign-in' },
      schema: { body: ConfirmWaitingBody, response: { 200: ConfirmWaitingReply } },
    },
    async ({ actor, body }) => ({ files: await confirmWaiting(services, requirePerson(actor), body) }),
  );

  app.get(
    '/api/v1/files/:id',
    { ...everyone, schema: { params: FileParams, response: { 200: FileDetail } } },
    async ({ params, actor }) => {
      const file = await visibleFile(services, params.id, actor);
      // A recipient learns nothing of what the others opened.
      const all = mayManage(file, actor) || roleOfActor(actor) !== 'member';
      const openings = await listOpenings(db, file.id, all || actor.kind !== 'person' ? null : actor.personId, 200);
      return {
        file: await fileItem(db, file, actor),
        openings: await openingsOfFile(db, openings),
      };
    },
  );

  const changing = { ...everyone, schema: { params: FileParams, response: { 200: FileItem } } };
  app.post('/api/v1/files/:id/revoke', changing, async ({ params, actor }) =>
    fileItem(db, await revoke(services, actor, params.id), actor),
  );
  app.delete('/api/v1/files/:id', changing, async ({ params, actor }) =>
    fileItem(db, await deleteContent(services, actor, params.id), actor),
  );
  app.post(
    '/api/v1/files/:id/recipients',
    {
      config: { roles: EVERYONE, proof: 'sign-in', proofFor: mayWiden },
      schema: { ...changing.schema, body: RecipientsBody },
    },
    async ({ params, body, actor }) => fileItem(db, await changeRecipients(services, actor, params.id, body), actor),
  );
  app.post(
    '/api/v1/files/:id/expiry',
    { ...everyone, schema: { ...changing.schema, body: ExpiryBody } },
    async ({ params, body, actor }) =>
      fileItem(db, await changeExpiry(services, actor, params.id, body.expiresAtMs), actor),
  );
}

/** Whether a body asks for more than to take away; what it is not known yet, since this is asked before it is validated. */
function mayWiden(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return true;
  const asked = Object.keys(body);
  return asked.length === 0 || asked.some((name) => name !== 'remove' && name !== 'removeGroups');
}

function requirePerson(actor: Actor): Extract<Actor, { kind: 'person' }> {
  if (actor.kind === 'person') return actor;
  throw personOnly();
}

function roleOfActor(actor: Actor): string {
  return actor.kind === 'person' || actor.kind === 'token' ? actor.role : 'member';
}

async function filterOf(
  { db }: FilesServices,
  { scope, ownerId }: { scope: 'mine' | 'shared' | 'all'; ownerId: string | undefined },
  actor: Actor,
): Promise<{ ownerId?: string; recipient?: ListedFor }> {
  if (scope === 'all') {
    if (roleOfActor(actor) === 'member')
      throw new FilesError('files-not-yours', 403, 'Ask for scope mine or shared: only administrators list all files');
    return ownerId === undefined ? {} : { ownerId };
  }
  if (ownerId !== undefined)
    throw new FilesError('files-scope', 400, 'Ask for scope all with ownerId: the other scopes are your own files');
  if (actor.kind !== 'person') throw personOnly();
  const { personId } = actor;
  return scope === 'mine'
    ? { ownerId: personId }
    : { recipient: { personId, memberships: await membershipsOf(db, personId) } };
}
