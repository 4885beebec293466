import { EVERYONE, type Role } from '../audit/index.ts';
import { createToken } from '../people/index.ts';
import { openDb, openPool, placeData, runningConnection } from '../storage/index.ts';
import { type CommandIo, runCommand } from './command.ts';

const HELP = `pavise token create --role ROLE [--name NAME] [--days 30] [--data DIR] [--json]
  Makes an API token on the machine where the server runs, and prints it once.
  --role ROLE   ${EVERYONE.join(', ')}
  --data DIR    the running server's data folder (default ./pavise-data); DATABASE_URL where the server uses it
`;

const MOST_DAYS = 366;
const OPTIONS = {
  role: { type: 'string' },
  name: { type: 'string' },
  days: { type: 'string' },
  data: { type: 'string' },
} as const;

/** `pavise token create`: 0 made, 2 usage or input error. */
export function tokenCreate(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals }) => {
    if (positionals.length > 0)
      throw new Error(`Leave out "${positionals[0]}": pavise token create takes options only`);
    const role = EVERYONE.find((known): known is Role => known === values.role);
    if (role === undefined)
      throw new Error(`Give --role one of ${EVERYONE.join(', ')}: "${values.role ?? ''}" is none`);
    const days = Number(values.days ?? '30');
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
      throw new Error(`Give --days a number from 1 to ${MOST_DAYS}: "${values.days}" is none`);
    const { data } = await placeData(values.data);
    const url = process.env['DATABASE_URL'];
    const pool = openPool(url === undefined ? await runningConnection(data) : { connectionString: url }, 1);
    const db = openDb(pool);
    try {
      const services = { db, now: () => Date.now() };
      const made = await createToken(
        services,
        { kind: 'system' },
        { name: values.name ?? `${role} token`, role, expiresInDays: days },
      );
      io.out(values.json ? `${JSON.stringify(made)}\n` : `${made.token}\n`);
      return 0;
    } finally {
      await db.destroy();
    }
  });
}
