import type { Actor } from '../audit/index.ts';
import { noSuchFile } from './files-error.ts';
import { maySee } from './may-manage.ts';
import type { FilesServices } from './services.ts';
import { type FileRecord, readFile } from './store.ts';

/** The record of a file that the caller may see; to all others there is none. */
export async function visibleFile({ db }: FilesServices, id: string, actor: Actor): Promise<FileRecord> {
  const file = await readFile(db, id);
  if (file === undefined || !(await maySee(db, file, actor))) throw noSuchFile();
  return file;
}
