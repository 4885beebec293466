import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { EVERYONE, type Role } from '../audit/index.ts';
import { CheckReport } from '../detection/api.ts';
import { findDeviceIdsOf, readDevice } from '../devices/index.ts';
import { readDeviceTraces, sayAnotherPhone } from './another-phone.ts';
import {
  AnotherPhoneBody,
  CheckList,
  CheckQuery,
  CheckReply,
  ClearBody,
  Clearing,
  ClearingBody,
  DeviceTraces,
  FindingItem,
  FindingList,
  FindingsQuery,
  IdParams,
  ReopenBody,
} from './api.ts';
import { caseRoutes } from './case-routes.ts';
import { readClearing, setClearing } from './clearing.ts';
import { clearFinding, readFinding, reopenFinding, saveCheck } from './findings.ts';
import { FindingsError, unknownDevice } from './findings-error.ts';
import { listFindings } from './list-findings.ts';
import type { FindingsServices } from './services.ts';
import { findChecks } from './store-checks.ts';

const REPORTERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'member'];
const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const CLEARERS: readonly Role[] = ['owner', 'investigator'];
/** A report of 1,000 findings with long values. */
const REPORT_LIMIT_BYTES = 8 * 1024 * 1024;

/** Checks of phones, their findings, and the cases that hold them. */
export async function findingsRoutes(plain: FastifyInstance, services: FindingsServices): Promise<void> {
  await caseRoutes(plain, services);
  const { db, recordLook, now } = services;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.post(
    '/api/v1/devices/:id/checks',
    {
      config: { roles: REPORTERS, rateLimit: { max: 60, timeWindow: 60_000 } },
      bodyLimit: REPORT_LIMIT_BYTES,
      schema: { params: IdParams, querystring: CheckQuery, body: CheckReport, response: { 201: CheckReply } },
    },
    async (request, reply) => {
      const saved = await saveCheck(db, request.actor, request.params.id, request.body, now(), {
        force: request.query.force === true,
      });
      return reply.code(201).send(saved);
    },
  );
  app.get(
    '/api/v1/devices/:id/checks',
    { config: { roles: EVERYONE }, schema: { params: IdParams, response: { 200: CheckList } } },
    async ({ params, actor }) => {
      const device = await readDevice(db, params.id);
      const reads = (actor.kind === 'person' || actor.kind === 'token') && actor.role !== 'member';
      const own = actor.kind === 'person' && device?.personId === actor.personId;
      if (device === undefined || (!reads && !own)) {
        throw new FindingsError('device-unknown', 404, 'Cannot find device: no device of yours has this id');
      }
      await recordLook(actor, device.id, 'checks of the phone');
      return { items: await findChecks(db, [params.id]) };
    },
  );
  app.get(
    '/api/v1/devices/:id/traces',
    { config: { roles: READERS }, schema: { params: IdParams, response: { 200: DeviceTraces } } },
    async ({ params, actor }) => {
      const device = await readDevice(db, params.id);
      if (device === undefined) throw unknownDevice();
      await recordLook(actor, device.id, 'findings');
      return await readDeviceTraces(db, device.id);
    },
  );
  app.post(
    '/api/v1/devices/:id/another-phone',
    {
      config: { roles: CLEARERS, proof: 'passkey' },
      schema: { params: IdParams, body: AnotherPhoneBody, response: { 200: DeviceTraces } },
    },
    async ({ params, body, actor }) => await sayAnotherPhone(db, actor, params.id, body.reason, now()),
  );
  app.get(
    '/api/v1/me/checks',
    { config: { roles: EVERYONE }, schema: { response: { 200: CheckList } } },
    async (request) => {
      if (request.actor.kind !== 'person')
        throw new FindingsError('not-a-person', 403, 'Sign in as a person: a token owns no phone');
      return { items: await findChecks(db, await findDeviceIdsOf(db, request.actor.personId)) };
    },
  );
  app.get(
    '/api/v1/findings',
    { config: { roles: READERS }, schema: { querystring: FindingsQuery, response: { 200: FindingList } } },
    async ({ query, actor }) => {
      if (query.device !== undefined) await recordLook(actor, query.device, 'findings');
      return await listFindings(db, query);
    },
  );
  app.get(
    '/api/v1/findings/:id',
    { config: { roles: READERS }, schema: { params: IdParams, response: { 200: FindingItem } } },
    async ({ params, actor }) => {
      const finding = await readFinding(db, params.id);
      await recordLook(actor, finding.deviceId, 'findings');
      return finding;
    },
  );
  app.post(
    '/api/v1/findings/:id/clear',
    {
      config: { roles: CLEARERS, proof: 'passkey' },
      schema: { params: IdParams, body: ClearBody, response: { 200: FindingItem } },
    },
    async ({ params, body, actor }) => await clearFinding(db, actor, params.id, body, now()),
  );
  app.post(
    '/api/v1/findings/:id/reopen',
    {
      config: { roles: CLEARERS, proof: 'passkey' },
      schema: { params: IdParams, body: ReopenBody, response: { 200: FindingItem } },
    },
    async ({ params, body, actor }) => await reopenFinding(db, actor, params.id, body.reason, now()),
  );
  app.get(
    '/api/v1/clearing',
    { config: { roles: READERS }, schema: { response: { 200: Clearing } } },
    async () => await readClearing(db),
  );
  app.put(
    '/api/v1/clearing',
    { config: { roles: ['owner'], proof: 'passkey' }, schema: { body: ClearingBody, response: { 200: Clearing } } },
    async ({ body, actor }) => await setClearing(db, actor, body.twoPeople, now()),
  );
}
