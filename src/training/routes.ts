import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Actor, append, EVERYONE, type Role } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { peoplePage, readPerson } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { AGREEMENTS } from './agreements.data.ts';
import {
  AgreementsReply,
  AssignmentBody,
  ChallengeReply,
  GroupDueDate,
  GroupDueList,
  GroupDueParams,
  LessonReply,
  type LessonSummary,
  LessonsReply,
  ProgressQuery,
  ProgressReply,
  QuizBody,
  QuizReply,
  SignatureBody,
  SignatureReply,
} from './api.ts';
import { requireLesson, takeQuiz } from './grade.ts';
import { removeGroupDue, setGroupDue, showGroupDue } from './group-due-dates.ts';
import { LESSONS, type Lesson } from './lessons.data.ts';
import { readTrainingFacts, type TrainingFacts, textSha256 } from './read-training-facts.ts';
import { beginSigning, signText, type VerifyPasskey } from './sign.ts';
import { saveAssignment } from './store.ts';
import { TrainingError } from './training-error.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) }, { additionalProperties: false });
const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const EDITORS: readonly Role[] = ['owner', 'administrator'];
const PROGRESS_PAGE = 100;

/** Lessons, quizzes and texts to sign for everyone; progress and due dates for administrators. */
export async function trainingRoutes(
  plain: FastifyInstance,
  services: { db: Db; verifyPasskey: VerifyPasskey; now: () => number },
): Promise<void> {
  const { db, now } = services;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const everyone = { roles: EVERYONE };

  app.get('/api/v1/me/lessons', { config: everyone, schema: { response: { 200: LessonsReply } } }, async (request) => {
    const facts = await readTrainingFacts(db, personOf(request.actor));
    return { items: LESSONS.map((lesson) => summaryOf(lesson, facts)) };
  });

  app.get(
    '/api/v1/me/lessons/:id',
    { config: everyone, schema: { params: Params, response: { 200: LessonReply } } },
    async (request) => {
      const lesson = requireLesson(request.params.id);
      const facts = await readTrainingFacts(db, personOf(request.actor));
      return {
        ...summaryOf(lesson, facts),
        screens: lesson.screens.map(({ title, paragraphs }) => ({ title, paragraphs: [...paragraphs] })),
        questions: lesson.questions.map(({ id, text, choices }) => ({ id, text, choices: [...choices] })),
        passMark: lesson.passMark,
      };
    },
  );

  app.post(
    '/api/v1/me/lessons/:id/quiz',
    { config: everyone, schema: { params: Params, body: QuizBody, response: { 200: QuizReply } } },
    async (request) => takeQuiz(db, request.actor, personOf(request.actor), request.params.id, request.body, now()),
  );

  app.get(
    '/api/v1/me/agreements',
    { config: everyone, schema: { response: { 200: AgreementsReply } } },
    async (request) => {
      const facts = await readTrainingFacts(db, personOf(request.actor));
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
    async (request) => beginSigning(db, personOf(request.actor), request.params.id, now()),
  );

  app.post(
    '/api/v1/me/agreements/:id/signature',
    { config: everyone, schema: { params: Params, body: SignatureBody, response: { 200: SignatureReply } } },
    async (request) =>
      signText(services, request.actor, personOf(request.actor), request.params.id, request.body, now()),
  );

  app.get(
    '/api/v1/training/progress',
    { config: { roles: READERS }, schema: { querystring: ProgressQuery, response: { 200: ProgressReply } } },
    async ({ query: { after, limit = PROGRESS_PAGE } }) => {
      const { people, ...more } = await peoplePage(db, { state: 'active', after }, limit);
      const items = [];
      for (const person of people) {
        const { lessons, agreements } = await readTrainingFacts(db, person.id);
        items.push({
          personId: person.id,
          displayName: person.displayName,
          lessons: [...lessons],
          agreements: [...agreements],
        });
      }
      return { items, ...more };
    },
  );

  app.put(
    '/api/v1/training/assignments',
    {
      config: { roles: EDITORS, proof: 'passkey-or-token' },
      schema: { body: AssignmentBody, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await assignLesson(db, request.actor, request.body);
      return reply.code(204).send(null);
    },
  );

  groupRoutes(plain, db);
}

function groupRoutes(plain: FastifyInstance, db: Db): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const url = '/api/v1/training/group-due-dates';

  app.get(url, { config: { roles: READERS }, schema: { response: { 200: GroupDueList } } }, async () =>
    showGroupDue(db),
  );

  app.put(
    url,
    {
      config: { roles: EDITORS, proof: 'passkey-or-token' },
      schema: { body: GroupDueDate, response: { 204: Type.Null() } },
    },
    async ({ actor, body }, reply) => {
      await setGroupDue(db, actor, body);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${url}/:groupId/:kind/:itemId`,
    {
      config: { roles: EDITORS, proof: 'passkey-or-token' },
      schema: { params: GroupDueParams, response: { 204: Type.Null() } },
    },
    async ({ actor, params }, reply) => {
      await removeGroupDue(db, actor, params);
      return reply.code(204).send(null);
    },
  );
}

async function assignLesson(db: Db, actor: Actor, { personId, lessonId, dueAtMs }: AssignmentBody): Promise<void> {
  requireLesson(lessonId);
  await transaction(db, async (tx) => {
    if ((await readPerson(tx, personId)) === undefined) {
      throw new TrainingError('training-person', 404, 'Choose another person: this one does not exist');
    }
    await saveAssignment(tx, personId, lessonId, dueAtMs);
    await append(tx, {
      actor,
      action: 'training.lesson.assigned',
      object: { type: 'person', id: personId },
      detail: { lessonId, dueAtMs },
    });
    await requestReassess(tx, { personId });
  });
}

function summaryOf({ id, version, title, summary, minutes }: Lesson, facts: TrainingFacts): LessonSummary {
  const fact = facts.lessons.find((candidate) => candidate.id === id);
  return {
    id,
    version,
    title,
    summary,
    minutes,
    dueAtMs: fact?.dueAtMs ?? 0,
    completedAtMs: fact?.completedAtMs ?? null,
  };
}

function personOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  throw new TrainingError('training-no-person', 403, 'Sign in as a person: a token cannot learn or sign');
}
