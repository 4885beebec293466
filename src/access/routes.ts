import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Actor, append, EVERYONE, type Role } from '../audit/index.ts';
import { findDeviceByKeyThumbprint } from '../devices/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { PolicyDraft } from '../policies/api.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { AccessError } from './access-error.ts';
import {
  DecisionReply,
  DeviceAccess,
  DevicePolicyReply,
  FleetStates,
  MyAccessReply,
  OverviewReply,
  PolicyPreview,
  PrivacyReply,
  ReplayReply,
  type Rules,
  RulesBody,
  RulesReply,
} from './api.ts';
import { currentRules, readDecision, replay } from './authorize.ts';
import { previewPolicy } from './preview.ts';
import { insertRules } from './store.ts';
import { findFleetStates } from './store-states.ts';
import { deviceAccess, devicePolicy, myAccess, overview, privacy, recordView, requireDevice } from './views.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const EDITORS: readonly Role[] = ['owner', 'administrator'];
const AUDITORS: readonly Role[] = ['owner', 'auditor'];
const Params = Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false });
const MyQuery = Type.Object(
  { thumbprint: Type.Optional(Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' })) },
  { additionalProperties: false },
);

/** What one may do and why not: for oneself, for a device, for the fleet; the rules; kept decisions and their replay. */
export async function accessRoutes(plain: FastifyInstance, { db }: { db: Db }): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  // The thumbprint only chooses which of the person's own devices to explain; a key is released on proof of possession alone.
  app.get(
    '/api/v1/me/access',
    { config: { roles: EVERYONE }, schema: { querystring: MyQuery, response: { 200: MyAccessReply } } },
    async (request) => {
      const personId = personOf(request.actor);
      const { thumbprint } = request.query;
      const bound = thumbprint === undefined ? undefined : await findDeviceByKeyThumbprint(db, thumbprint);
      return myAccess(db, personId, bound?.personId === personId ? bound.id : null, Date.now());
    },
  );

  app.get(
    '/api/v1/me/privacy',
    { config: { roles: EVERYONE }, schema: { response: { 200: PrivacyReply } } },
    async (request) => privacy(db, personOf(request.actor)),
  );

  app.get(
    '/api/v1/devices/:id/access',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: DeviceAccess } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'state and reasons', Date.now());
      return deviceAccess(db, device.personId, device.id, Date.now());
    },
  );

  // What its owner reads on her own page, for whoever has to explain it to her.
  app.get(
    '/api/v1/devices/:id/privacy',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: PrivacyReply } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'what you see on your privacy page', Date.now());
      return privacy(db, device.personId, device.id);
    },
  );

  app.get(
    '/api/v1/devices/:id/policy',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: DevicePolicyReply } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'policy and reported values', Date.now());
      return devicePolicy(db, device, Date.now());
    },
  );

  app.get(
    '/api/v1/access/devices',
    { config: { roles: READERS }, schema: { response: { 200: FleetStates } } },
    async () => ({ items: [...(await findFleetStates(db))] }),
  );

  app.post(
    '/api/v1/access/policy-preview',
    { config: { roles: EDITORS }, schema: { body: PolicyDraft, response: { 200: PolicyPreview } } },
    async (request) => previewPolicy(db, request.body, Date.now()),
  );

  app.get('/api/v1/overview', { config: { roles: READERS }, schema: { response: { 200: OverviewReply } } }, async () =>
    overview(db, Date.now()),
  );

  app.get('/api/v1/access/rules', { config: { roles: READERS }, schema: { response: { 200: RulesReply } } }, async () =>
    currentRules(db),
  );

  app.put(
    '/api/v1/access/rules',
    { config: { roles: ['owner'] }, schema: { body: RulesBody, response: { 200: RulesReply } } },
    async (request) => saveRules(db, request.actor, request.body, Date.now()),
  );

  app.get(
    '/api/v1/decisions/:id',
    { config: { roles: AUDITORS }, schema: { params: Params, response: { 200: DecisionReply } } },
    async (request) => {
      const { decision, posture } = await readDecision(db, request.params.id);
      const { attributes, ...shown } = decision;
      return { ...shown, reasons: [...decision.reasons], posture };
    },
  );

  app.post(
    '/api/v1/decisions/:id/replay',
    { config: { roles: AUDITORS }, schema: { params: Params, response: { 200: ReplayReply } } },
    async (request) => {
      const { same, allow, reasons } = await replay(db, request.params.id);
      return { same, allow, reasons: [...reasons] };
    },
  );
}

async function saveRules(db: Db, actor: Actor, rules: Rules, nowMs: number): Promise<RulesReply> {
  return transaction(db, async (tx) => {
    const version = (await currentRules(tx)).version + 1;
    await insertRules(tx, version, rules, nowMs);
    await append(tx, {
      actor,
      action: 'access.rules.saved',
      object: { type: 'rules', id: String(version) },
      detail: { ...rules, graceMs: { ...rules.graceMs } },
    });
    await requestReassess(tx, 'everyone');
    await notify(tx, 'rules', {});
    return { version, rules };
  });
}

function personOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  throw new AccessError('access-no-person', 403, 'Sign in as a person: a token has no devices');
}
