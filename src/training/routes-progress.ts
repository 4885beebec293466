import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Actor, append, type Role } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { peoplePage, readPerson } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { AssignmentBody, GroupDueDate, GroupDueList, GroupDueParams, ProgressQuery, ProgressReply } from './api.ts';
import { requireLesson } from './grade.ts';
import { removeGroupDue, setGroupDue, showGroupDue } from './group-due-dates.ts';
import { readTrainingFacts } from './read-training-facts.ts';
import type { TrainingServices } from './services.ts';
import { saveAssignment } from './store.ts';
import { TrainingError } from './training-error.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const EDITORS: readonly Role[] = ['owner', 'administrator'];
const PROGRESS_PAGE = 100;

/** How far people are, and when they are to have learned and signed, for staff. */
export function progressRoutes(plain: FastifyInstance, { db }: TrainingServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

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

  dueDateRoutes(plain, db);
}

function dueDateRoutes(plain: FastifyInstance, db: Db): void {
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
