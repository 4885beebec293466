import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from './storage-error.ts';
import { writeDurably } from './write-durably.ts';

/** What the two roles of the bundled database sign in with. */
export interface DatabasePasswords {
  /** Of `pavise_owner`, whose tables they are: migrations, backup, restore. */
  readonly owner: string;
  /** Of `pavise_server`, which reads and writes rows and changes no table. */
  readonly server: string;
}

const FORM = /^[0-9a-f]{64}$/;

function fileOf(data: string, role: keyof DatabasePasswords): string {
  return join(data, 'secrets', `database-${role}`);
}

/**
 * Reads the passwords from the data folder's secrets; undefined where one is missing or none of ours, so that both are made anew.
 *
 * They are in no backup: a restored folder gets its own.
 */
export async function readDatabasePasswords(data: string): Promise<DatabasePasswords | undefined> {
  const read = async (role: keyof DatabasePasswords): Promise<string | undefined> => {
    const text = await readFile(fileOf(data, role), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new StorageError(
        'storage-roles',
        `Run this as the user who runs the server: ${fileOf(data, role)} cannot be read (${error.code ?? error.message})`,
      );
    });
    return FORM.test(text.trim()) ? text.trim() : undefined;
  };
  const [owner, server] = [await read('owner'), await read('server')];
  return owner === undefined || server === undefined ? undefined : { owner, server };
}

/** Makes new passwords and keeps them in the data folder's secrets, mode 0600. */
export async function makeDatabasePasswords(data: string): Promise<DatabasePasswords> {
  const made: DatabasePasswords = { owner: randomBytes(32).toString('hex'), server: randomBytes(32).toString('hex') };
  await writeDurably(fileOf(data, 'owner'), `${made.owner}\n`);
  await writeDurably(fileOf(data, 'server'), `${made.server}\n`);
  return made;
}
