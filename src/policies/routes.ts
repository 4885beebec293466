import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Role } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import {
  CompiledReply,
  ControlsReply,
  type ControlView,
  PoliciesReply,
  PolicyReply,
  PolicyView,
  PutAssignmentBody,
  PutPolicyBody,
} from './api.ts';
import { BASELINES } from './baselines.data.ts';
import { CONTROLS } from './catalogue.data.ts';
import { compileAndroid } from './compile-android.ts';
import { compileApple } from './compile-apple.ts';
import { assignPolicy, requirePolicy, savePolicy } from './edit.ts';
import { findPolicies, findVersions } from './store.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const EDITORS: readonly Role[] = ['owner', 'administrator'];
const Params = Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false });

/** Policies, their versions and assignment, what they compile to, and the catalogue of controls. */
export async function policiesRoutes(
  plain: FastifyInstance,
  { db, organisation, now }: { db: Db; organisation: string; now: () => number },
): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/controls',
    { config: { roles: READERS }, schema: { response: { 200: ControlsReply } } },
    async () => ({
      items: CONTROLS.map(({ apple, android, fact, attestable, only, ...view }): ControlView => view),
      baselines: BASELINES.map((baseline) => ({ ...baseline, settings: { ...baseline.settings } })),
    }),
  );

  app.get(
    '/api/v1/policies',
    { config: { roles: READERS }, schema: { response: { 200: PoliciesReply } } },
    async () => ({
      items: [...(await findPolicies(db))],
    }),
  );

  app.get(
    '/api/v1/policies/:id',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: PolicyReply } } },
    async (request) => {
      const policy = await requirePolicy(db, request.params.id);
      const versions = await findVersions(db, request.params.id);
      return { ...policy, versions: versions.map((version) => ({ ...version, settings: { ...version.settings } })) };
    },
  );

  app.get(
    '/api/v1/policies/:id/compiled',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: CompiledReply } } },
    async (request) => {
      const { settings } = await requirePolicy(db, request.params.id);
      return {
        apple: compileApple(settings, { platform: 'apple', ownership: 'organisation', supervised: true }, organisation),
        android: compileAndroid(settings, { platform: 'android', ownership: 'organisation', supervised: false }),
      };
    },
  );

  app.put(
    '/api/v1/policies/:id',
    {
      config: { roles: EDITORS, proof: 'passkey-or-token' },
      schema: { params: Params, body: PutPolicyBody, response: { 200: PolicyView } },
    },
    async (request) => savePolicy(db, request.actor, request.params.id, request.body, now()),
  );

  app.put(
    '/api/v1/policies/:id/assignment',
    {
      config: { roles: EDITORS, proof: 'passkey-or-token' },
      schema: { params: Params, body: PutAssignmentBody, response: { 200: PolicyView } },
    },
    async (request) => assignPolicy(db, request.actor, request.params.id, request.body, now()),
  );
}
