import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

type TrainingTables = {
  training_assignments: { person_id: string; lesson_id: string; due_at: Date };
  training_attempts: {
    id: string;
    person_id: string;
    lesson_id: string;
    lesson_version: number;
    answers: unknown;
    right_count: number;
    passed: boolean;
    at: Date;
  };
  training_completions: {
    person_id: string;
    lesson_id: string;
    lesson_version: number;
    attempt_id: string;
    completed_at: Date;
  };
  training_challenges: { nonce: string; person_id: string; text_id: string; text_version: string; expires_at: Date };
  training_signatures: {
    person_id: string;
    text_id: string;
    text_version: string;
    text_sha256: string;
    language: string;
    nonce: string;
    credential_id: string;
    public_key: Buffer;
    authenticator_data: Buffer;
    client_data_json: Buffer;
    signature: Buffer;
    signed_at: Date;
  };
};

const tables = (db: Db) => db.withTables<TrainingTables>();

/** What a person has done: due dates of her own, completions and signatures by "id@version". */
export interface TrainingRecord {
  readonly dueAtMs: ReadonlyMap<string, number>;
  readonly completedAtMs: ReadonlyMap<string, number>;
  readonly signedAtMs: ReadonlyMap<string, number>;
}

export async function findRecord(db: Db, personId: string): Promise<TrainingRecord> {
  const due = await tables(db)
    .selectFrom('training_assignments')
    .select(['lesson_id', 'due_at'])
    .where('person_id', '=', personId)
    .execute();
  const completed = await tables(db)
    .selectFrom('training_completions')
    .select(['lesson_id', 'lesson_version', 'completed_at'])
    .where('person_id', '=', personId)
    .execute();
  const signed = await tables(db)
    .selectFrom('training_signatures')
    .select(['text_id', 'text_version', 'text_sha256', 'signed_at'])
    .where('person_id', '=', personId)
    .execute();
  return {
    dueAtMs: new Map(due.map((row) => [row.lesson_id, row.due_at.getTime()])),
    completedAtMs: new Map(
      completed.map((row) => [`${row.lesson_id}@${row.lesson_version}`, row.completed_at.getTime()]),
    ),
    signedAtMs: new Map(
      signed.map((row) => [`${row.text_id}@${row.text_version}#${row.text_sha256}`, row.signed_at.getTime()]),
    ),
  };
}

export async function saveAssignment(tx: Db, personId: string, lessonId: string, dueAtMs: number): Promise<void> {
  const due_at = new Date(dueAtMs);
  await tables(tx)
    .insertInto('training_assignments')
    .values({ person_id: personId, lesson_id: lessonId, due_at })
    .onConflict((c) => c.columns(['person_id', 'lesson_id']).doUpdateSet({ due_at }))
    .execute();
}

/** Holds a person's quiz for this transaction, so that attempts are counted one after another. */
export async function lockQuiz(tx: Db, personId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`training.quiz ${personId}`}, 0))`.execute(tx);
}

export async function countAttempts(tx: Db, personId: string, lessonId: string, sinceMs: number): Promise<number> {
  const row = await tables(tx)
    .selectFrom('training_attempts')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('person_id', '=', personId)
    .where('lesson_id', '=', lessonId)
    .where('at', '>', new Date(sinceMs))
    .executeTakeFirstOrThrow();
  return row.n;
}

export async function insertAttempt(
  tx: Db,
  attempt: {
    personId: string;
    lessonId: string;
    version: number;
    answers: object;
    right: number;
    passed: boolean;
    nowMs: number;
  },
): Promise<void> {
  const id = crypto.randomUUID();
  const at = new Date(attempt.nowMs);
  const { personId: person_id, lessonId: lesson_id, version: lesson_version, passed } = attempt;
  await tables(tx)
    .insertInto('training_attempts')
    .values({
      id,
      person_id,
      lesson_id,
      lesson_version,
      answers: JSON.stringify(attempt.answers),
      right_count: attempt.right,
      passed,
      at,
    })
    .execute();
  if (!passed) return;
  await tables(tx)
    .insertInto('training_completions')
    .values({ person_id, lesson_id, lesson_version, attempt_id: id, completed_at: at })
    .onConflict((c) => c.columns(['person_id', 'lesson_id', 'lesson_version']).doNothing())
    .execute();
}

export async function insertChallenge(
  tx: Db,
  challenge: { nonce: string; personId: string; textId: string; version: string; expiresAtMs: number; nowMs: number },
): Promise<void> {
  await tables(tx).deleteFrom('training_challenges').where('expires_at', '<', new Date(challenge.nowMs)).execute();
  await tables(tx)
    .insertInto('training_challenges')
    .values({
      nonce: challenge.nonce,
      person_id: challenge.personId,
      text_id: challenge.textId,
      text_version: challenge.version,
      expires_at: new Date(challenge.expiresAtMs),
    })
    .execute();
}

/** Uses up a challenge; false when it is not this person's for this text, was used, or is too old. */
export async function takeChallenge(
  tx: Db,
  challenge: { nonce: string; personId: string; textId: string; version: string; nowMs: number },
): Promise<boolean> {
  const row = await tables(tx)
    .deleteFrom('training_challenges')
    .where('nonce', '=', challenge.nonce)
    .where('person_id', '=', challenge.personId)
    .where('text_id', '=', challenge.textId)
    .where('text_version', '=', challenge.version)
    .where('expires_at', '>', new Date(challenge.nowMs))
    .returning('nonce')
    .executeTakeFirst();
  return row !== undefined;
}

/** A signature with everything that verifies it again. */
export interface StoredSignature {
  readonly personId: string;
  readonly textId: string;
  readonly version: string;
  readonly sha256: string;
  readonly language: string;
  readonly nonce: string;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  readonly signature: Uint8Array;
  readonly signedAtMs: number;
}

/** Keeps a signature; a second one under the same version changes nothing. */
export async function insertSignature(tx: Db, signed: StoredSignature): Promise<void> {
  await tables(tx)
    .insertInto('training_signatures')
    .values({
      person_id: signed.personId,
      text_id: signed.textId,
      text_version: signed.version,
      text_sha256: signed.sha256,
      language: signed.language,
      nonce: signed.nonce,
      credential_id: signed.credentialId,
      public_key: Buffer.from(signed.publicKey),
      authenticator_data: Buffer.from(signed.authenticatorData),
      client_data_json: Buffer.from(signed.clientDataJSON),
      signature: Buffer.from(signed.signature),
      signed_at: new Date(signed.signedAtMs),
    })
    .onConflict((c) => c.columns(['person_id', 'text_id', 'text_version']).doNothing())
    .execute();
}
