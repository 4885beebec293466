import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { EVERYONE } from '../audit/index.ts';
import { LessonReply, type LessonSummary, LessonsReply, QuizBody, QuizReply } from './api.ts';
import { requireLesson, takeQuiz } from './grade.ts';
import { learnerOf } from './learner-of.ts';
import { LESSONS, type Lesson } from './lessons.data.ts';
import { readTrainingFacts, type TrainingFacts } from './read-training-facts.ts';
import type { TrainingServices } from './services.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) }, { additionalProperties: false });
const everyone = { roles: EVERYONE };

/** Lessons and their quizzes, for everyone. */
export function lessonRoutes(plain: FastifyInstance, { db, now }: TrainingServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/api/v1/me/lessons', { config: everyone, schema: { response: { 200: LessonsReply } } }, async (request) => {
    const facts = await readTrainingFacts(db, learnerOf(request.actor));
    return { items: LESSONS.map((lesson) => summaryOf(lesson, facts)) };
  });

  app.get(
    '/api/v1/me/lessons/:id',
    { config: everyone, schema: { params: Params, response: { 200: LessonReply } } },
    async (request) => {
      const lesson = requireLesson(request.params.id);
      const facts = await readTrainingFacts(db, learnerOf(request.actor));
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
    async (request) => takeQuiz(db, request.actor, learnerOf(request.actor), request.params.id, request.body, now()),
  );
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
