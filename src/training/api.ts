/** What the training room says over HTTP: schemas and their types, safe to import in a browser. */
import { type Static, Type } from 'typebox';
import { AssertionResponseSchema } from '../people/api.ts';

const Screen = Type.Object({ title: Type.String(), paragraphs: Type.Array(Type.String()) });

/** A question as the learner sees it: which choice is right stays on the server. */
const QuestionView = Type.Object({ id: Type.String(), text: Type.String(), choices: Type.Array(Type.String()) });

export const LessonSummary = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  summary: Type.String(),
  minutes: Type.Number(),
  dueAtMs: Type.Number(),
  completedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type LessonSummary = Static<typeof LessonSummary>;

export const LessonsReply = Type.Object({ items: Type.Array(LessonSummary) });
export type LessonsReply = Static<typeof LessonsReply>;

export const LessonReply = Type.Intersect([
  LessonSummary,
  Type.Object({ screens: Type.Array(Screen), questions: Type.Array(QuestionView), passMark: Type.Integer() }),
]);
export type LessonReply = Static<typeof LessonReply>;

/** `POST /api/v1/me/lessons/:id/quiz`: one chosen index per question id. */
export const QuizBody = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    answers: Type.Record(Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0, maximum: 20 })),
  },
  { additionalProperties: false },
);
export type QuizBody = Static<typeof QuizBody>;

export const QuizReply = Type.Object({
  passed: Type.Boolean(),
  right: Type.Integer(),
  total: Type.Integer(),
  passMark: Type.Integer(),
  completedAtMs: Type.Union([Type.Number(), Type.Null()]),
  results: Type.Array(Type.Object({ questionId: Type.String(), right: Type.Boolean(), explanation: Type.String() })),
});
export type QuizReply = Static<typeof QuizReply>;

export const AgreementView = Type.Object({
  id: Type.String(),
  version: Type.String(),
  title: Type.String(),
  language: Type.String(),
  markdown: Type.String(),
  /** Hex SHA-256 over the UTF-8 bytes of `markdown`. */
  sha256: Type.String(),
  /** Null without a due date: it is asked for at once. */
  dueAtMs: Type.Union([Type.Number(), Type.Null()]),
  signedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type AgreementView = Static<typeof AgreementView>;

export const AgreementsReply = Type.Object({ items: Type.Array(AgreementView) });
export type AgreementsReply = Static<typeof AgreementsReply>;

/** `POST /api/v1/me/agreements/:id/challenge`: what the passkey has to sign. */
export const ChallengeReply = Type.Object({
  textId: Type.String(),
  version: Type.String(),
  sha256: Type.String(),
  nonce: Type.String(),
  /** base64url SHA-256 over the canonical JSON of { textId, version, sha256, personId, nonce }. */
  challenge: Type.String(),
  expiresAtMs: Type.Number(),
});
export type ChallengeReply = Static<typeof ChallengeReply>;

/** `POST /api/v1/me/agreements/:id/signature`: the assertion as `@simplewebauthn/browser` returns it. */
export const SignatureBody = Type.Object(
  {
    nonce: Type.String({ minLength: 16, maxLength: 128 }),
    response: AssertionResponseSchema,
  },
  { additionalProperties: false },
);
export type SignatureBody = Static<typeof SignatureBody>;

export const SignatureReply = Type.Object({ id: Type.String(), version: Type.String(), signedAtMs: Type.Number() });
export type SignatureReply = Static<typeof SignatureReply>;

const PersonProgress = Type.Object({
  personId: Type.String(),
  displayName: Type.String(),
  lessons: Type.Array(
    Type.Object({ id: Type.String(), dueAtMs: Type.Number(), completedAtMs: Type.Union([Type.Number(), Type.Null()]) }),
  ),
  agreements: Type.Array(
    Type.Object({
      id: Type.String(),
      version: Type.String(),
      dueAtMs: Type.Union([Type.Number(), Type.Null()]),
      signedAtMs: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
});

/** `GET /api/v1/training/progress`: active people by name; `next` goes on where the page ended. */
export const ProgressQuery = Type.Object(
  {
    after: Type.Optional(Type.String({ maxLength: 400 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  { additionalProperties: false },
);
export const ProgressReply = Type.Object({ items: Type.Array(PersonProgress), next: Type.Optional(Type.String()) });
export type ProgressReply = Static<typeof ProgressReply>;

/** `PUT /api/v1/training/assignments`: a due date of one person's own. */
export const AssignmentBody = Type.Object(
  {
    personId: Type.String({ format: 'uuid' }),
    lessonId: Type.String({ maxLength: 64 }),
    dueAtMs: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
  },
  { additionalProperties: false },
);
export type AssignmentBody = Static<typeof AssignmentBody>;

const ItemKind = Type.Union([Type.Literal('lesson'), Type.Literal('text')]);
export type ItemKind = Static<typeof ItemKind>;
const dueOfGroup = { groupId: Type.String({ format: 'uuid' }), kind: ItemKind, itemId: Type.String({ maxLength: 64 }) };

/** Until when a group's people finish a lesson or sign a text: the body of `PUT /api/v1/training/group-due-dates`. */
export const GroupDueDate = Type.Object(
  { ...dueOfGroup, dueAtMs: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }) },
  { additionalProperties: false },
);
export type GroupDueDate = Static<typeof GroupDueDate>;
export const GroupDueParams = Type.Object(dueOfGroup, { additionalProperties: false });

/** `GET /api/v1/training/group-due-dates`: earliest first, with what a due date can be set for. */
export const GroupDueList = Type.Object({
  choices: Type.Array(Type.Object({ kind: ItemKind, itemId: Type.String(), title: Type.String() })),
  items: Type.Array(GroupDueDate),
});
export type GroupDueList = Static<typeof GroupDueList>;
