import { append } from '../audit/index.ts';
import { FormatError } from '../base/index.ts';
import { parsePolicy, readContainer } from '../formats/tdf/index.ts';
import { enqueue } from '../jobs/index.ts';
import { type Blobs, type Db, transaction } from '../storage/index.ts';
import { findUnreadLabels, readFile, setLabels } from './store.ts';

const JOB = 'files.read-labels';
const BATCH = 100;

/** At each start: files that a version kept which read no labels are read by the job, if there are any. */
export async function startReadingLabels(db: Db): Promise<void> {
  if ((await findUnreadLabels(db, 1)).length > 0) await enqueue(db, JOB, {}, { jobKey: JOB });
}

/** The job that reads them, and writes into the audit log whose recipients are refused for a label. */
export async function readLabelsJob({ db, blobs }: { readonly db: Db; readonly blobs: Blobs }): Promise<void> {
  for (;;) {
    const files = await findUnreadLabels(db, BATCH);
    for (const { id, sha256 } of files) await keepLabels(db, id, await labelsOf(blobs, sha256));
    if (files.length < BATCH) return;
  }
}

/** None of a content that is not here or not to be read any more: what decides is the policy that a key request proves. */
async function labelsOf(blobs: Blobs, sha256: string): Promise<readonly string[]> {
  const blob = await blobs.open(sha256);
  if (blob === undefined) return [];
  try {
    const { manifest } = await readContainer(blob.readAt, blob.sizeBytes);
    return parsePolicy(manifest.policy).attributes;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [];
  } finally {
    await blob.close();
  }
}

async function keepLabels(db: Db, id: string, labels: readonly string[]): Promise<void> {
  await transaction(db, async (tx) => {
    const file = await readFile(tx, id);
    if (!(await setLabels(tx, id, labels)) || labels.length === 0) return;
    const detail = { labels: labels.length, recipients: file?.recipientIds.length ?? 0 };
    await append(tx, {
      actor: { kind: 'system' },
      action: 'file.labels.unknown',
      object: { type: 'file', id },
      detail,
    });
  });
}
