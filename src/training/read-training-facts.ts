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
 * A lesson is due 14 days after joining unless an assignment says otherwise; who has not joined is due at once.
 */
export async function readTrainingFacts(db: Db, personId: string): Promise<TrainingFacts> {
  const person = await readPerson(db, personId);
  const record = await findRecord(db, personId);
  const defaultDueAtMs = (person?.joinedAtMs ?? 0) + DEFAULT_DUE_MS;
  return {
    lessons: LESSONS.map(({ id, version }) => ({
      id,
      dueAtMs: record.dueAtMs.get(id) ?? defaultDueAtMs,
      completedAtMs: record.completedAtMs.get(`${id}@${version}`) ?? null,
    })),
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
