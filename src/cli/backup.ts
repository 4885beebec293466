import { headLine } from '../audit/index.ts';
import { placeData, writeBackup } from '../storage/index.ts';
import { type CommandIo, onlyOne, runCommand } from './command.ts';
import { outsideOwnerUrl } from './database.ts';

const HELP = `pavise backup FILE [--data DIR] [--logical] [--json]
  Writes the database and the blobs into one new file while the server runs. The root key is not in it: keep DIR/secrets/root.key
  elsewhere, without it a restored installation cannot open its own keys.
  --data DIR   the running server's data folder (default ./pavise-data)
  --logical    copies rows instead of files, to move to another PostgreSQL; always so with DATABASE_URL, as PAVISE_MIGRATION_URL
               where the server has one
`;

/** `pavise backup`: 0 written, 2 usage or input error. */
export function backup(args: string[], io: CommandIo): Promise<number> {
  return runCommand(
    args,
    io,
    { help: HELP, options: { data: { type: 'string' }, logical: { type: 'boolean' } } },
    async ({ values, positionals }) => {
      const file = onlyOne(positionals, 'Name one new file: pavise backup FILE');
      const { data } = await placeData(values.data);
      const summary = await writeBackup({
        data,
        file,
        databaseUrl: outsideOwnerUrl(),
        logical: values.logical === true,
      });
      if (values.json) io.out(`${JSON.stringify({ file, ...summary })}\n`);
      else {
        io.out(`${file}: ${summary.files} files, ${summary.sizeBytes} bytes, ${summary.kind}\n`);
        if (summary.auditHead !== null) io.out(`${headLine(summary.auditHead)}\n`);
        io.out('Keep the root key elsewhere: it is not in this file\n');
      }
      return 0;
    },
  );
}
