import { createHash } from 'node:crypto';
import { readPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { AGREEMENTS, type AgreementText } from './agreements.data.ts';
import { LESSONS } from './lessons.data.ts';
import { findRecord } from './store.ts';

export interface TrainingFacts {
  readonly lessons: readonly { readonly id: string; readonly dueAtMs: number; readonly completedAtMs: number | null }[];
  readonly agreements: readonly { readonly id: string; readonly version: string; readonly signedAtMs: number | null }[];
}

const DEFAULT_DUE_MS = 14 * 86_400_000;

/**
 * Reads what a person has learnt and signed, for the versions that hold now.
 *
 * A lesson is due 14 days after joining unless an assignment says otherwise. Who has not joined owes no lesson yet: the account itself is
 * not active, and that refuses.
 */
export async function readTrainingFacts(db: Db, personId: string): Promise<TrainingFacts> {
  const person = await readPerson(db, personId);
  const record = await findRecord(db, personId);
  const joinedAtMs = person?.joinedAtMs ?? null;
  return {
    lessons: LESSONS.flatMap(({ id, version }) => {
      const dueAtMs = record.dueAtMs.get(id) ?? (joinedAtMs === null ? null : joinedAtMs + DEFAULT_DUE_MS);
      const completedAtMs = record.completedAtMs.get(`${id}@${version}`) ?? null;
      return dueAtMs === null ? [] : [{ id, dueAtMs, completedAtMs }];
    }),
    agreements: AGREEMENTS.map((text) => ({
      id: text.id,
      version: text.version,
      signedAtMs: record.signedAtMs.get(`${text.id}@${text.version}#${textSha256(text)}`) ?? null,
    })),
  };
}

/** Hex SHA-256 over the text's UTF-8 bytes. */
export function textSha256(text: AgreementText): string {
  return createHash('sha256').update(text.markdown, 'utf8').digest('hex');
}
