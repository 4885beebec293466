import { type Actor, append } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { QuizBody, QuizReply } from './api.ts';
import { LESSONS, type Lesson } from './lessons.data.ts';
import { countAttempts, insertAttempt, lockQuiz } from './store.ts';
import { TrainingError } from './training-error.ts';

// Guessing five questions blindly takes some dozens of tries; five in ten minutes leave reading as the faster way.
const MAX_ATTEMPTS = 5;
const ATTEMPTS_WINDOW_MS = 600_000;

/** Grades a quiz, keeps the attempt, and completes the lesson when it passes. */
export async function takeQuiz(
  db: Db,
  actor: Actor,
  personId: string,
  lessonId: string,
  body: QuizBody,
  nowMs: number,
): Promise<QuizReply> {
  const lesson = requireLesson(lessonId);
  if (lesson.version !== body.version) {
    throw new TrainingError('training-version', 409, 'Open the lesson again: a newer version is out');
  }
  const graded = gradeQuiz(lesson, body.answers);
  await transaction(db, async (tx) => {
    await lockQuiz(tx, personId);
    if ((await countAttempts(tx, personId, lessonId, nowMs - ATTEMPTS_WINDOW_MS)) >= MAX_ATTEMPTS) {
      throw new TrainingError(
        'training-too-many-attempts',
        429,
        'Read the lesson again and wait ten minutes: too many attempts',
      );
    }
    const { right, passed } = graded;
    await insertAttempt(tx, {
      personId,
      lessonId,
      version: lesson.version,
      answers: body.answers,
      right,
      passed,
      nowMs,
    });
    const detail = { version: lesson.version, right, total: graded.total };
    await append(tx, {
      actor,
      action: passed ? 'training.lesson.passed' : 'training.lesson.failed',
      object: { type: 'lesson', id: lessonId },
      detail,
    });
    if (passed) {
      await requestReassess(tx, { personId });
      await notify(tx, 'training', { personId });
    }
  });
  return { ...graded, completedAtMs: graded.passed ? nowMs : null };
}

/** Pure: what a set of answers is worth. An unanswered question is wrong. */
export function gradeQuiz(lesson: Lesson, answers: Readonly<Record<string, number>>): Omit<QuizReply, 'completedAtMs'> {
  const results = lesson.questions.map((question) => ({
    questionId: question.id,
    right: Object.hasOwn(answers, question.id) && answers[question.id] === question.right,
    explanation: question.explanation,
  }));
  const right = results.filter((result) => result.right).length;
  return { passed: right >= lesson.passMark, right, total: results.length, passMark: lesson.passMark, results };
}

/** The lesson of an id; error `training-unknown`. */
export function requireLesson(id: string): Lesson {
  const lesson = LESSONS.find((candidate) => candidate.id === id);
  if (lesson === undefined)
    throw new TrainingError('training-unknown', 404, 'Choose another lesson: this one does not exist');
  return lesson;
}
