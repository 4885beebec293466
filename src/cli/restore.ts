import { join } from 'node:path';
import { keepRestored } from '../audit/index.ts';
import { prepareJobs } from '../jobs/index.ts';
import { placeData, restoreBackup } from '../storage/index.ts';
import { type CommandIo, onlyOne, runCommand } from './command.ts';
import { outsideOwnerUrl } from './database.ts';

const HELP = `pavise restore FILE [--data DIR] [--json]
  Puts a backup into an empty folder (default ./pavise-data), checks every hash, starts the database once to prove it, and stops it.
  The first start there tells the restore in the audit log.
  Refuses while a server runs there. With DATABASE_URL the rows of a logical backup go into that empty database, as
  PAVISE_MIGRATION_URL where the server has one.
  Afterwards put the root key that was kept elsewhere into DIR/secrets/root.key (mode 0600) and start the server.
`;

/** `pavise restore`: 0 restored and proved, 2 usage error, damaged backup, or a place that is not free. */
export function restore(args: string[], io: CommandIo): Promise<number> {
  return runCommand(
    args,
    io,
    { help: HELP, options: { data: { type: 'string' } } },
    async ({ values, positionals }) => {
      const file = onlyOne(positionals, 'Name one backup: pavise restore FILE');
      const { data } = await placeData(values.data);
      const manifest = await restoreBackup({
        data,
        file,
        databaseUrl: outsideOwnerUrl(),
        prepareJobs,
        // The audit log need not continue what was signed since the backup, and tells of the restore.
        whenProven: (manifest) => keepRestored(data, manifest, Date.now()),
      });
      const { kind, createdAt, auditHead } = manifest;
      if (values.json)
        io.out(`${JSON.stringify({ data, kind, createdAt, auditHead, files: manifest.files.length })}\n`);
      else {
        io.out(`Restored the backup of ${createdAt} into ${data}: every hash is right, the database starts\n`);
        io.out(
          `Now put the root key into ${join(data, 'secrets', 'root.key')} (mode 0600), or set PAVISE_ROOT_KEY_FILE, and start the server\n`,
        );
      }
      return 0;
    },
  );
}
