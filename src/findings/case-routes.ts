import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import {
  CaseDetail,
  CaseItem,
  CaseList,
  CasesQuery,
  ClosingBody,
  IdParams,
  MoveBody,
  NoteBody,
  SignOffBody,
} from './api.ts';
import { addNote, listCases, moveCase, proposeClosing, readCase, signOff } from './cases.ts';
import type { FindingsServices } from './services.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const WORKERS: readonly Role[] = ['owner', 'investigator'];

/** Cases: one for each phone and investigation. */
export async function caseRoutes(
  plain: FastifyInstance,
  { db, recordLook, now }: Pick<FindingsServices, 'db' | 'recordLook' | 'now'>,
): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    '/api/v1/cases',
    { config: { roles: READERS }, schema: { querystring: CasesQuery, response: { 200: CaseList } } },
    async ({ query: { status, device, before, limit = 50 } }) =>
      await listCases(db, { status, deviceId: device, before, limit }),
  );
  app.get(
    '/api/v1/cases/:id',
    { config: { roles: READERS }, schema: { params: IdParams, response: { 200: CaseDetail } } },
    async ({ params, actor }) => {
      const found = await readCase(db, actor, params.id);
      await recordLook(actor, found.case.deviceId, 'case with findings and checks');
      return found;
    },
  );
  const changing = { params: IdParams, response: { 200: CaseItem } };
  app.post(
    '/api/v1/cases/:id/status',
    { config: { roles: WORKERS }, schema: { ...changing, body: MoveBody } },
    async ({ params, body, actor }) => await moveCase(db, actor, params.id, body.status, now()),
  );
  app.post(
    '/api/v1/cases/:id/notes',
    { config: { roles: WORKERS }, schema: { ...changing, body: NoteBody } },
    async ({ params, body, actor }) => await addNote(db, actor, params.id, body, now()),
  );
  app.post(
    '/api/v1/cases/:id/closing',
    { config: { roles: WORKERS, proof: 'passkey' }, schema: { ...changing, body: ClosingBody } },
    async ({ params, body, actor }) => await proposeClosing(db, actor, params.id, body.conclusion, now()),
  );
  app.post(
    '/api/v1/cases/:id/sign-off',
    { config: { roles: WORKERS, proof: 'passkey' }, schema: { ...changing, body: SignOffBody } },
    async ({ params, body, actor }) => await signOff(db, actor, params.id, body, now()),
  );
}
