import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { EVERYONE } from '../audit/index.ts';
import { AGREEMENTS } from './agreements.data.ts';
import { AgreementsReply, ChallengeReply, SignatureBody, SignatureReply } from './api.ts';
import { learnerOf } from './learner-of.ts';
import { readTrainingFacts, textSha256 } from './read-training-facts.ts';
import type { TrainingServices } from './services.ts';
import { beginSigning, signText } from './sign.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) }, { additionalProperties: false });
const everyone = { roles: EVERYONE };

/** Texts to sign, for everyone. */
export function agreementRoutes(plain: FastifyInstance, services: TrainingServices): void {
  const { db, now } = services;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/me/agreements',
    { config: everyone, schema: { response: { 200: AgreementsReply } } },
    async (request) => {
      const facts = await readTrainingFacts(db, learnerOf(request.actor));
      return {
        items: AGREEMENTS.map((text) => {
          const fact = facts.agreements.find(({ id, version }) => id === text.id && version === text.version);
          const { dueAtMs = null, signedAtMs = null } = fact ?? {};
          return { ...text, sha256: textSha256(text), dueAtMs, signedAtMs };
        }),
      };
    },
  );

  app.post(
    '/api/v1/me/agreements/:id/challenge',
    { config: everyone, schema: { params: Params, response: { 200: ChallengeReply } } },
    async (request) => beginSigning(db, learnerOf(request.actor), request.params.id, now()),
  );

  app.post(
    '/api/v1/me/agreements/:id/signature',
    { config: everyone, schema: { params: Params, body: SignatureBody, response: { 200: SignatureReply } } },
    async (request) =>
      signText(services, request.actor, learnerOf(request.actor), request.params.id, request.body, now()),
  );
}
