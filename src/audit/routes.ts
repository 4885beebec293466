import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Db, transaction } from '../storage/index.ts';
import type { Role } from './actor.ts';
import { AuditHead, AuditList, AuditQuery } from './api.ts';
import { append } from './append.ts';
import type { ChainState } from './chain-state.ts';
import type { SealedEntry } from './entry.ts';
import { allEntries, type EntryFilter, findEntries } from './store.ts';

const WALK_EVERY_MS = 3_600_000;
const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];

/** The audit log: read, filtered, verified. There is no route that changes it. */
export async function auditRoutes(plain: FastifyInstance, { db, chain }: { db: Db; chain: ChainState }): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  // The whole walk before somebody waits for it, and then also while nobody asks; a failure is told to whoever asks next.
  const walk = (): void => void chain.now().catch(() => {});
  let walking: NodeJS.Timeout | undefined;
  app.addHook('onReady', (done) => {
    walk();
    walking = setInterval(walk, WALK_EVERY_MS).unref();
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(walking);
    done();
  });
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
    async () => await chain.now(),
  );
}

function wire(entry: SealedEntry): AuditList['items'][number] {
  // actor and detail are jsonb objects, written by append() alone
  return { ...entry, actor: entry.actor as Record<string, unknown>, detail: entry.detail as Record<string, unknown> };
}

/** The whole log as JSON lines, in the form that `pavise audit verify` reads. */
async function* lines(db: Db): AsyncGenerator<string> {
  for await (const entry of allEntries(db, 0)) yield `${JSON.stringify(entry)}\n`;
}
