import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import { membershipsOf } from '../people/index.ts';
import { acceptUpload } from './accept-upload.ts';
import { issueToken } from './access-token.ts';
import {
  ExpiryBody,
  FileDetail,
  FileItem,
  FileList,
  FileParams,
  FilesQuery,
  OpeningList,
  OpeningsQuery,
  RecipientsBody,
  RenewBody,
  RenewReply,
  TokenBody,
  TokenReply,
  UploadQuery,
} from './api.ts';
import { FilesError, noSuchFile } from './files-error.ts';
import { kasRoutes } from './kas-routes.ts';
import { mayManage, maySee } from './may-manage.ts';
import { fileRequestRoutes } from './routes-requests.ts';
import type { FilesServices } from './services.ts';
import { changeExpiry, changeRecipients, deleteContent, revoke } from './sharing.ts';
import { type FileRecord, type ListedFor, listFiles, listOpenings, listOpeningsOf, readFile } from './store.ts';
import { endView, renewView } from './views.ts';
import { fileItem, fileItems, openingItems, openingsOfFile } from './wire.ts';

/** A reader who stops reading keeps two of them in memory. */
const CHUNK_BYTES = 256 * 1024;
const MOST_READ_AT_ONCE = 50;
const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const TOKEN_LIMIT = { max: 120, timeWindow: 60_000 }; // a token serves five minutes
const everyone = { config: { roles: EVERYONE } };

/** Files, their sharing, tokens for the key server, and the key server itself. */
export async function filesRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  await plain.register((inner) => kasRoutes(inner, services));
  await plain.register((inner) => uploadRoute(inner, services));
  await fileRequestRoutes(plain, services);
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { db } = services;
  const reading = new Map<string, number>();

  app.get(
    '/api/v1/files',
    { ...everyone, schema: { querystring: FilesQuery, response: { 200: FileList } } },
    async ({ query, actor }) => {
      const { scope = 'mine', after, limit = 100, labelled = false } = query;
      const files = await listFiles(
        db,
        { ...(await filterOf(services, scope, actor)), labelled, ...(after === undefined ? {} : { after }) },
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

  app.get(
    '/api/v1/files/:id/content',
    { ...everyone, schema: { params: FileParams } },
    async ({ params, actor, headers }, reply) => {
      const file = await visibleFile(services, params.id, actor);
      countReading(reading, actor, reply);
      return sendContent(services, file, headers.range, reply);
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
    { ...everyone, schema: { ...changing.schema, body: RecipientsBody } },
    async ({ params, body, actor }) => fileItem(db, await changeRecipients(services, actor, params.id, body), actor),
  );
  app.post(
    '/api/v1/files/:id/expiry',
    { ...everyone, schema: { ...changing.schema, body: ExpiryBody } },
    async ({ params, body, actor }) =>
      fileItem(db, await changeExpiry(services, actor, params.id, body.expiresAtMs), actor),
  );

  app.post(
    '/api/v1/files/token',
    {
      config: { roles: EVERYONE, rateLimit: TOKEN_LIMIT },
      schema: { body: TokenBody, response: { 200: TokenReply } },
    },
    async ({ body, actor }) => {
      if (actor.kind !== 'person') throw personOnly();
      return issueToken(services, actor, body.proof, services.now());
    },
  );
  app.post(
    '/api/v1/files/:id/views/renew',
    { ...everyone, schema: { params: FileParams, body: RenewBody, response: { 200: RenewReply } } },
    ({ params, body, actor }) => renewView(services, actor, params.id, body.viewId),
  );
  app.post(
    '/api/v1/files/:id/views/end',
    { ...everyone, schema: { params: FileParams, body: RenewBody } },
    async ({ params, body, actor }, reply) => {
      await endView(services, actor, params.id, body.viewId);
      return reply.code(204).send();
    },
  );
}

/** In a scope of its own: only here does a body come as a stream. */
async function uploadRoute(plain: FastifyInstance, services: FilesServices): Promise<void> {
  plain.removeContentTypeParser('application/octet-stream');
  plain.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const arriving = new Map<string, number>();
  app.post(
    '/api/v1/files',
    { config: { roles: EVERYONE, upload: true }, schema: { querystring: UploadQuery, response: { 200: FileItem } } },
    async ({ query, body, actor }) => {
      if (!(body instanceof Readable))
        throw new FilesError('files-body', 415, 'Send the protected file as application/octet-stream');
      return fileItem(services.db, await acceptUpload(services, actor, query.title, body, arriving), actor);
    },
  );
}

function personOnly(): FilesError {
  return new FilesError(
    'files-person-only',
    403,
    'Sign in as a person: a token of a role owns no files and opens none',
  );
}

function roleOfActor(actor: Actor): string {
  return actor.kind === 'person' || actor.kind === 'token' ? actor.role : 'member';
}

async function filterOf(
  { db }: FilesServices,
  scope: 'mine' | 'shared' | 'all',
  actor: Actor,
): Promise<{ ownerId?: string; recipient?: ListedFor }> {
  if (scope === 'all') {
    if (roleOfActor(actor) === 'member')
      throw new FilesError('files-not-yours', 403, 'Ask for scope mine or shared: only administrators list all files');
    return {};
  }
  if (actor.kind !== 'person') throw personOnly();
  const { personId } = actor;
  return scope === 'mine'
    ? { ownerId: personId }
    : { recipient: { personId, memberships: await membershipsOf(db, personId) } };
}

async function visibleFile({ db }: FilesServices, id: string, actor: Actor): Promise<FileRecord> {
  const file = await readFile(db, id);
  if (file === undefined || !(await maySee(db, file, actor))) throw noSuchFile();
  return file;
}

/** Refuses what one caller reads beyond 50 contents at once: whoever opens them and does not read would fill the memory. */
function countReading(reading: Map<string, number>, actor: Actor, reply: FastifyReply): void {
  const caller = actor.kind === 'person' ? actor.personId : actor.kind === 'token' ? actor.tokenId : actor.kind;
  const own = (reading.get(caller) ?? 0) + 1;
  if (own > MOST_READ_AT_ONCE)
    throw new FilesError('files-reading-many', 429, 'Wait until other downloads have ended: too many run at once');
  reading.set(caller, own);
  reply.raw.once('close', () => {
    const left = (reading.get(caller) ?? 1) - 1;
    if (left > 0) reading.set(caller, left);
    else reading.delete(caller);
  });
}

async function sendContent(
  { blobs }: FilesServices,
  file: FileRecord,
  range: string | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (file.deletedAt !== null)
    throw new FilesError('files-deleted', 410, 'Ask its owner for another copy: the content of this file was deleted');
  const total = file.protectedBytes;
  const asked = parseRange(range, total);
  void reply.header('accept-ranges', 'bytes').header('cache-control', 'no-store').type('application/octet-stream');
  if (asked === 'none') return reply.code(416).header('content-range', `bytes */${total}`).send();
  const blob = await blobs.open(file.sha256);
  if (blob === undefined)
    throw new FilesError('files-content-gone', 410, 'Restore the blobs from a backup: the content is not on disk');
  if (asked !== undefined) void reply.code(206).header('content-range', `bytes ${asked.from}-${asked.to}/${total}`);
  const { from, to } = asked ?? { from: 0, to: total - 1 };
  void reply.header('content-length', to - from + 1);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (let at = from; at <= to; at += CHUNK_BYTES) yield await blob.readAt(at, Math.min(CHUNK_BYTES, to - at + 1));
    } finally {
      await blob.close();
    }
  };
  return reply.send(Readable.from(chunks(), { objectMode: false }));
}

/** One range of bytes (RFC 9110 section 14.2); several, or another unit, mean the whole. */
function parseRange(header: string | undefined, total: number): { from: number; to: number } | undefined | 'none' {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const from = first === '' ? Math.max(0, total - Number(last)) : Number(first);
  const to = first === '' || last === '' ? total - 1 : Math.min(total - 1, Number(last));
  return from > to ? 'none' : { from, to };
}
