import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Actor, append, type Role } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { PolicyDraft } from '../policies/api.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { DecisionReply, FleetStates, PolicyPreview, ReplayReply, type Rules, RulesBody, RulesReply } from './api.ts';
import { currentRules, readDecision, replay } from './authorize.ts';
import { previewPolicy } from './preview.ts';
import { insertRules } from './store.ts';
import { findFleetStates } from './store-states.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const EDITORS: readonly Role[] = ['owner', 'administrator'];
const AUDITORS: readonly Role[] = ['owner', 'auditor'];
const Params = Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false });
/** Where the fleet stands, the rules, what a change of policy would do; kept decisions and their replay. */
export async function accessRoutes(plain: FastifyInstance, { db, now }: { db: Db; now: () => number }): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/access/devices',
    { config: { roles: READERS }, schema: { response: { 200: FleetStates } } },
    async () => ({ items: [...(await findFleetStates(db))] }),
  );

  app.post(
    '/api/v1/access/policy-preview',
    { config: { roles: EDITORS }, schema: { body: PolicyDraft, response: { 200: PolicyPreview } } },
    async (request) => previewPolicy(db, request.body, now()),
  );

  app.get('/api/v1/access/rules', { config: { roles: READERS }, schema: { response: { 200: RulesReply } } }, async () =>
    currentRules(db),
  );

  app.put(
    '/api/v1/access/rules',
    { config: { roles: ['owner'], proof: 'passkey' }, schema: { body: RulesBody, response: { 200: RulesReply } } },
    async (request) => saveRules(db, request.actor, request.body, now()),
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
