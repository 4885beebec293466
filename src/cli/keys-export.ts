import { rm, writeFile } from 'node:fs/promises';
import { hasSealedKey } from '../audit/index.ts';
import { exportKasKeys } from '../files/index.ts';
import { openSecrets } from '../storage/index.ts';
import { environment } from './arguments.ts';
import { type CommandIo, runCommand } from './command.ts';
import { withDatabase } from './database.ts';

const HELP = `pavise keys export --out FILE --reason TEXT [--data DIR] [--json]
  For an emergency: writes the key server's private keys into a new file that only you can read, for "pavise open --kas-private-key FILE".
  Whoever has that file opens every protected file, without any decision. Runs on the server's machine, whether the server runs or not;
  it needs the root key; the audit log and everybody who owns a file are told, with your reason.
  --out FILE      must not be there yet; delete it when you are done
  --reason TEXT   why, at least 10 characters
  --data DIR      the server's data folder (default ./pavise-data); DATABASE_URL where the server uses it
`;

const OPTIONS = { out: { type: 'string' }, reason: { type: 'string' }, data: { type: 'string' } } as const;
const MIN_REASON_CHARS = 10;
const MOST_REASON_CHARS = 500;

/** `pavise keys export`: 0 written, 2 usage or input error. */
export function keysExport(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals }) => {
    const { out, reason = '' } = values;
    if (positionals.length > 0 || out === undefined)
      throw new Error('Name the file to write: pavise keys export --out FILE --reason TEXT');
    const why = reason.trim();
    if (why.length < MIN_REASON_CHARS || why.length > MOST_REASON_CHARS)
      throw new Error(
        `Say why by --reason, in ${MIN_REASON_CHARS} to ${MOST_REASON_CHARS} characters: the audit log keeps it`,
      );
    // Made first: an export that could not be written would stand in the log for nothing.
    await writeFile(out, '', { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw new Error(`Name a new file by --out: "${out}" is there already`);
      throw error;
    });
    try {
      const kids = await withDatabase(values.data, async ({ db, data }) => {
        const rootKeyFile = environment('PAVISE_ROOT_KEY_FILE');
        const secrets = await openSecrets(data, rootKeyFile, { sealedAlready: await hasSealedKey(db) });
        const keys = await exportKasKeys({ db, secrets, now: Date.now }, { kind: 'system' }, why);
        if (keys.length === 0) throw new Error('Start the server once: it has made no keys yet');
        await writeFile(out, `${JSON.stringify(keys, null, 2)}\n`);
        return keys.map(({ kid }) => kid);
      });
      if (values.json) io.out(`${JSON.stringify({ file: out, keys: kids })}\n`);
      else io.out(`${out}\n`);
      io.err(
        `Keep "${out}" away from everybody and delete it when you are done: it opens every protected file. The audit log and the owners of files are told\n`,
      );
      return 0;
    } catch (error) {
      await rm(out, { force: true });
      throw error;
    }
  });
}
