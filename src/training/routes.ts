import type { FastifyInstance } from 'fastify';
import { agreementRoutes } from './routes-agreements.ts';
import { lessonRoutes } from './routes-lessons.ts';
import { progressRoutes } from './routes-progress.ts';
import type { TrainingServices } from './services.ts';

/** Lessons, quizzes and texts to sign for everyone; progress and due dates for administrators. */
export async function trainingRoutes(app: FastifyInstance, services: TrainingServices): Promise<void> {
  lessonRoutes(app, services);
  agreementRoutes(app, services);
  progressRoutes(app, services);
}
