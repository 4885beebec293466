import type { Actor } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import { partOf } from './part-of.ts';
import type { FileRecord } from './store.ts';

/** The owner of a file and administrators may change it; administrators only narrow. */
export function mayManage(file: FileRecord, actor: Actor): boolean {
  return (
    mayWiden(file, actor) ||
    ((actor.kind === 'person' || actor.kind === 'token') && (actor.role === 'owner' || actor.role === 'administrator'))
  );
}

/** Her who owns the file, and nobody by a role: an administrator who turns would make herself a recipient. No token is anybody. */
export function mayWiden(file: FileRecord, actor: Actor): boolean {
  return actor.kind === 'person' && file.ownerId === actor.personId;
}

/** Who manages it, those who may read all records, and its recipients. */
export async function maySee(db: Db, file: FileRecord, actor: Actor): Promise<boolean> {
  if (mayManage(file, actor) || ((actor.kind === 'person' || actor.kind === 'token') && actor.role !== 'member'))
    return true;
  return actor.kind === 'person' && (await partOf(db, file, actor.personId)) !== 'nobody';
}
