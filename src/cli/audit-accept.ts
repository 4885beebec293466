import { acceptLog } from '../audit/index.ts';
import { type CommandIo, runCommand } from './command.ts';
import { withDatabase } from './database.ts';

const HELP = `pavise audit accept --reason TEXT [--data DIR] [--json]
  After an alarm of the audit log whose cause is known, such as a database that was put back by other means than "pavise restore": takes the
  log as it stands, so that the server seals and signs it on. The log tells what was accepted, in place of what, and why; heads that were
  kept elsewhere go on showing what was lost. Runs on the server's machine, whether the server runs or not. docs/guides/audit-alarm.md
  --reason TEXT   why, at least 10 characters
  --data DIR      the server's data folder (default ./pavise-data); DATABASE_URL where the server uses it
`;

const OPTIONS = { reason: { type: 'string' }, data: { type: 'string' } } as const;
const MIN_REASON_CHARS = 10;
const MOST_REASON_CHARS = 500;

/** `pavise audit accept`: 0 accepted, 2 usage or input error. */
export function auditAccept(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals }) => {
    if (positionals.length > 0) throw new Error('Leave out all but options: pavise audit accept --reason TEXT');
    const why = (values.reason ?? '').trim();
    if (why.length < MIN_REASON_CHARS || why.length > MOST_REASON_CHARS)
      throw new Error(
        `Say why by --reason, in ${MIN_REASON_CHARS} to ${MOST_REASON_CHARS} characters: the audit log keeps it`,
      );
    const accepted = await withDatabase(values.data, ({ db, data }) => acceptLog({ db, data, now: Date.now }, why));
    if (accepted === undefined) throw new Error('Start the server once: it has made no key for its audit log yet');
    const { from, to } = accepted;
    if (values.json) io.out(`${JSON.stringify(accepted)}\n`);
    else {
      io.out(`Accepted: ${to.size} entries, hash ${to.hash}\n`);
      io.out(
        from === null
          ? 'In place of nothing that could be read\n'
          : `In place of ${from.size} entries, hash ${from.hash}\n`,
      );
    }
    return 0;
  });
}
