import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Actor, EVERYONE } from '../audit/index.ts';
import { acceptUpload } from './accept-upload.ts';
import { FileItem, FileParams, UploadQuery } from './api.ts';
import { FilesError } from './files-error.ts';
import type { FilesServices } from './services.ts';
import type { FileRecord } from './store.ts';
import { visibleFile } from './visible-file.ts';
import { fileItem } from './wire.ts';

/** A reader who stops reading keeps two of them in memory. */
const CHUNK_BYTES = 256 * 1024;
const MOST_READ_AT_ONCE = 50;
const everyone = { config: { roles: EVERYONE } };

/** What protected files hold, as it comes and as it is fetched again, always encrypted. */
export async function contentRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  await plain.register((inner) => uploadRoute(inner, services));
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const reading = new Map<string, number>();

  app.get(
    '/api/v1/files/:id/content',
    { ...everyone, schema: { params: FileParams } },
    async ({ params, actor, headers }, reply) => {
      const file = await visibleFile(services, params.id, actor);
      countReading(reading, actor, reply);
      return sendContent(services, file, headers.range, reply);
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
