import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import { createToken, listTokens, revokeToken } from '../people/index.ts';
import { type CommandIo, onlyOne, runCommand } from './command.ts';
import { withDatabase } from './database.ts';

const DATA_HELP = `  --data DIR    the server's data folder (default ./pavise-data); DATABASE_URL where the server uses it
`;

const CREATE_HELP = `pavise token create --role ROLE [--name NAME] [--days 30] [--data DIR] [--json]
  Makes an API token on the machine where the server runs, and prints it once.
  --role ROLE   ${EVERYONE.join(', ')}
${DATA_HELP}`;

const LIST_HELP = `pavise token list [--data DIR] [--json]
  Lists the API tokens: id, role, end, last use, name. What was made with them, the audit log says.
${DATA_HELP}`;

const REMOVE_HELP = `pavise token remove ID [--data DIR] [--json]
  Revokes an API token at once; "pavise token list" gives its ID.
${DATA_HELP}`;

const MOST_DAYS = 365;
const SYSTEM: Actor = { kind: 'system' };
const DATA = { data: { type: 'string' } } as const;
const OPTIONS = { ...DATA, role: { type: 'string' }, name: { type: 'string' }, days: { type: 'string' } } as const;

/** `pavise token create`: 0 made, 2 usage or input error. */
export function tokenCreate(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: CREATE_HELP, options: OPTIONS }, async ({ values, positionals }) => {
    refuseMore(positionals, 'create');
    const role = EVERYONE.find((known): known is Role => known === values.role);
    if (role === undefined)
      throw new Error(`Give --role one of ${EVERYONE.join(', ')}: "${values.role ?? ''}" is none`);
    const days = Number(values.days ?? '30');
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
      throw new Error(`Give --days a number from 1 to ${MOST_DAYS}: "${values.days}" is none`);
    return await withDatabase(values.data, async ({ db }) => {
      const wanted = { name: values.name ?? `${role} token`, role, expiresInDays: days };
      const made = await createToken({ db, now: () => Date.now() }, SYSTEM, wanted);
      io.out(values.json ? `${JSON.stringify(made)}\n` : `${made.token}\n`);
      return 0;
    });
  });
}

/** `pavise token list`: 0 listed, 2 usage or input error. */
export function tokenList(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: LIST_HELP, options: DATA }, async ({ values, positionals }) => {
    refuseMore(positionals, 'list');
    const items = await withDatabase(values.data, ({ db }) => listTokens(db));
    if (values.json) io.out(`${JSON.stringify({ items })}\n`);
    else if (items.length === 0) io.out('No API tokens.\n');
    for (const { id, role, expiresAtMs, lastUsedAtMs, name } of values.json ? [] : items)
      io.out(`${id}  ${role.padEnd(13)}  until ${day(expiresAtMs)}  used ${day(lastUsedAtMs)}  ${name}\n`);
    return 0;
  });
}

/** `pavise token remove`: 0 revoked, 2 usage or input error. */
export function tokenRemove(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: REMOVE_HELP, options: DATA }, async ({ values, positionals }) => {
    const id = onlyOne(positionals, 'Name one token by its ID: pavise token remove ID');
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
      throw new Error(`Give the ID that "pavise token list" shows, not the token itself: "${id.slice(0, 4)}…" is none`);
    await withDatabase(values.data, ({ db }) => revokeToken({ db }, SYSTEM, id));
    io.out(values.json ? `${JSON.stringify({ id })}\n` : `Revoked ${id}\n`);
    return 0;
  });
}

function refuseMore(positionals: readonly string[], command: string): void {
  if (positionals.length > 0)
    throw new Error(`Leave out "${positionals[0]}": pavise token ${command} takes options only`);
}

function day(atMs: number | null): string {
  return atMs === null ? 'never     ' : new Date(atMs).toISOString().slice(0, 10);
}
