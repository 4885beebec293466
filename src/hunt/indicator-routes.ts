import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import {
  AddIndicatorsQuery,
  AddIndicatorsReply,
  DiffQuery,
  IndicatorDiff,
  IndicatorSetList,
  SetParams,
} from './api.ts';
import { bytesOf, takeBytes } from './body-bytes.ts';
import { addIndicators, diffIndicators, listIndicators, removeIndicators } from './indicator-sets.ts';
import { publicIndicators } from './public-indicators.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const KEEPERS: readonly Role[] = ['owner', 'investigator'];
/** The largest public feed has 4 MB. */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024;

/** Sets of indicators; the public ones for anybody. */
export async function indicatorRoutes(
  plain: FastifyInstance,
  { db, now }: { readonly db: Db; readonly now: () => number },
): Promise<void> {
  takeBytes(plain);
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    '/api/v1/indicators',
    { config: { roles: READERS }, schema: { response: { 200: IndicatorSetList } } },
    async () => await listIndicators(db),
  );
  app.post(
    '/api/v1/indicators',
    {
      config: { roles: KEEPERS, rateLimit: { max: 30, timeWindow: 60_000 } },
      bodyLimit: FILE_LIMIT_BYTES,
      schema: { querystring: AddIndicatorsQuery, response: { 200: AddIndicatorsReply } },
    },
    async ({ query, body, actor }) => {
      const given = {
        set: query.name.trim(),
        file: query.file,
        isPrivate: query.private ?? false,
        bytes: bytesOf(body),
      };
      return await addIndicators(db, actor, given, now());
    },
  );
  app.get(
    '/api/v1/indicators/:set/diff',
    {
      config: { roles: READERS },
      schema: { params: SetParams, querystring: DiffQuery, response: { 200: IndicatorDiff } },
    },
    async ({ params, query }) => await diffIndicators(db, params.set, query),
  );
  app.delete(
    '/api/v1/indicators/:set',
    { config: { roles: KEEPERS, proof: 'passkey-or-token' }, schema: { params: SetParams } },
    async ({ params, actor }, reply) => {
      await removeIndicators(db, actor, params.set);
      return reply.code(204).send();
    },
  );
  const page = publicIndicators(db);
  app.get(
    '/api/v1/indicators/public',
    { config: { roles: 'public', rateLimit: { max: 60, timeWindow: 60_000 } } },
    async (request, reply) => {
      const { etag, body } = await page();
      reply.headers({ etag, 'cache-control': 'public, max-age=300' });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('application/json; charset=utf-8').send(body);
    },
  );
}
