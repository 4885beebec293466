import { createHash } from 'node:crypto';
import { readPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { AGREEMENTS, type AgreementText } from './agreements.data.ts';
import { LESSONS } from './lessons.data.ts';
import { findRecord } from './store.ts';
import { findGroupDue } from './store-groups.ts';

export interface TrainingFacts {
  readonly lessons: readonly { readonly id: string; readonly dueAtMs: number; readonly completedAtMs: number | null }[];
  readonly agreements: readonly {
    readonly id: string;
    readonly version: string;
    /** Null without a due date: the signature is asked for at once. */
    readonly dueAtMs: number | null;
    readonly signedAtMs: number | null;
  }[];
}

const DEFAULT_DUE_MS = 14 * 86_400_000;

/**
 * Reads what a person has learnt and signed, for the versions that hold now.
 *
 * A lesson is due on the person's own date, else on the earliest of her groups, else 14 days after joining; a text on the earliest date of
 * her groups, else at once. Who has not joined owes no lesson without a date: the account itself is not active, and that refuses.
 */
export async function readTrainingFacts(db: Db, personId: string): Promise<TrainingFacts> {
  const person = await readPerson(db, personId);
  const record = await findRecord(db, personId);
  const groupDue = await findGroupDue(
    db,
    (person?.groups ?? []).map((group) => group.id),
  );
  const joinedAtMs = person?.joinedAtMs ?? null;
  return {
    lessons: LESSONS.flatMap(({ id, version }) => {
      const byDefault = joinedAtMs === null ? null : joinedAtMs + DEFAULT_DUE_MS;
      const dueAtMs = record.dueAtMs.get(id) ?? groupDue.get(`lesson:${id}`) ?? byDefault;
      const completedAtMs = record.completedAtMs.get(`${id}@${version}`) ?? null;
      return dueAtMs === null ? [] : [{ id, dueAtMs, completedAtMs }];
    }),
    agreements: AGREEMENTS.map((text) => ({
      id: text.id,
      version: text.version,
      dueAtMs: groupDue.get(`text:${text.id}`) ?? null,
      signedAtMs: record.signedAtMs.get(`${text.id}@${text.version}#${textSha256(text)}`) ?? null,
    })),
  };
}

/** Hex SHA-256 over the text's UTF-8 bytes. */
export function textSha256(text: AgreementText): string {
  return createHash('sha256').update(text.markdown, 'utf8').digest('hex');
}
