import { transaction } from '../storage/index.ts';
import type { FilesServices } from './services.ts';
import { isContentUsed, lockContent } from './store.ts';

/** Removes a content that no file has, or has any more. */
export function discardContent({ db, blobs }: Pick<FilesServices, 'db' | 'blobs'>, hash: string): Promise<void> {
  return transaction(db, async (tx) => {
    await lockContent(tx, hash);
    if (!(await isContentUsed(tx, hash))) await blobs.remove(hash);
  });
}
