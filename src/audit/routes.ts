import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Db, transaction } from '../storage/index.ts';
import type { Role } from './actor.ts';
import { AuditHead, AuditList, AuditQuery } from './api.ts';
import { append } from './append.ts';
import type { SealedEntry } from './entry.ts';
import { type EntryFilter, findEntries, findKey, findLastHead } from './store.ts';
import { verifyChain } from './verify.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const PAGE = 1000;
const VERIFY_EVERY_MS = 5000;

/** The audit log: read, filtered, verified. There is no route that changes it. */
export async function auditRoutes(plain: FastifyInstance, { db }: { db: Db }): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  let latest: { readonly atMs: number; readonly reply: Promise<AuditHead> } | undefined;
  // Verifying walks the whole log: pages that ask at each event share one walk.
  const verified = (): Promise<AuditHead> => {
    if (latest === undefined || Date.now() - latest.atMs > VERIFY_EVERY_MS)
      latest = { atMs: Date.now(), reply: verifyNow(db) };
    return latest.reply;
  };
  app.get(
    '/api/v1/audit',
    { config: { roles: READERS }, schema: { querystring: AuditQuery, response: { 200: AuditList } } },
    async (request) => {
      const { actor, object, action, before, after, limit = 100 } = request.query;
      const filter: EntryFilter = {
        ...(actor === undefined ? {} : { actorId: actor }),
        ...(object === undefined ? {} : { objectId: object }),
        ...(action === undefined ? {} : { action }),
        ...(before === undefined ? {} : { beforeSeq: before }),
        ...(after === undefined ? {} : { afterSeq: after }),
      };
      const items = (await findEntries(db, filter, limit)).map((entry) => wire(entry));
      const last = items.at(-1);
      return items.length === limit && last !== undefined ? { items, next: last.seq } : { items };
    },
  );
  app.get(
    '/api/v1/audit/export',
    { config: { roles: READERS, rateLimit: { max: 30, timeWindow: 60_000 } } },
    async (request, reply) => {
      await transaction(db, (tx) =>
        append(tx, { actor: request.actor, action: 'audit.exported', object: { type: 'audit', id: null } }),
      );
      void reply
        .type('application/x-ndjson')
        .header('content-disposition', 'attachment; filename="pavise-audit.jsonl"');
      return reply.send(Readable.from(lines(db)));
    },
  );
  app.get(
    '/api/v1/audit/head',
    {
      config: { roles: READERS, rateLimit: { max: 300, timeWindow: 60_000 } },
      schema: { response: { 200: AuditHead } },
    },
    async () => await verified(),
  );
}

async function verifyNow(db: Db): Promise<AuditHead> {
  const [head, key] = [await findLastHead(db), await findKey(db)];
  const publicKey = key?.publicKey ?? Buffer.alloc(0);
  const result = await verifyChain(allEntries(db), head && { head, publicKey });
  return {
    verified: result.ok,
    why: result.ok ? null : result.why,
    entries: result.ok ? result.entries : result.seq,
    hash: result.ok ? result.hash : '',
    publicKey: publicKey.toString('base64'),
    head: head ?? null,
  };
}

function wire(entry: SealedEntry): AuditList['items'][number] {
  // actor and detail are jsonb objects, written by append() alone
  return { ...entry, actor: entry.actor as Record<string, unknown>, detail: entry.detail as Record<string, unknown> };
}

/** The whole log as JSON lines, in the form that `pavise audit verify` reads. */
async function* lines(db: Db): AsyncGenerator<string> {
  for await (const entry of allEntries(db)) yield `${JSON.stringify(entry)}\n`;
}

/** Every sealed entry, oldest first, in pages. */
async function* allEntries(db: Db): AsyncGenerator<SealedEntry> {
  let after = 0;
  for (;;) {
    const page = await findEntries(db, { afterSeq: after }, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.seq;
  }
}
