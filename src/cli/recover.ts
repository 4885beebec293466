import { findPersonByEmail, listPeople, type Person, personLink, setupLink } from '../people/index.ts';
import { type Db, readPublicUrl } from '../storage/index.ts';
import { type CommandIo, runCommand } from './command.ts';
import { withDatabase } from './database.ts';

const HELP = `pavise recover --owner EMAIL [--data DIR] [--json]
  For an owner who lost her passkey: prints a link for one use within a day, by which she makes a new one. It ends her sessions now and her
  other passkeys when it is used. Runs on the server's machine, whether the server runs or not; the audit log tells it.
  --owner EMAIL      whose account; everybody else gets a link from an owner or administrator, on the person's page in the console
  --data DIR         the server's data folder (default ./pavise-data); DATABASE_URL where the server uses it
  --public-url URL   how people reach the server (default: as it was last started)
`;

const MOST_PEOPLE = 200;

/** `pavise recover`: 0 a link was printed, 2 usage or input error. */
export function recover(args: string[], io: CommandIo): Promise<number> {
  const options = { owner: { type: 'string' }, data: { type: 'string' }, 'public-url': { type: 'string' } } as const;
  return runCommand(args, io, { help: HELP, options }, async ({ values, positionals }) => {
    if (positionals.length > 0 || values.owner === undefined)
      throw new Error('Say whose passkey is lost: pavise recover --owner EMAIL');
    const email = values.owner;
    return await withDatabase(values.data, async ({ db, data }) => {
      const publicUrl = await urlOf(data, values['public-url']);
      const services = { db, publicUrl, now: () => Date.now() };
      const owner = await ownerOf(db, email);
      if (owner === 'none') {
        const link = await setupLink(services);
        throw new Error(
          `Open the setup link, this installation has no owner yet: ${link ?? 'start the server for one'}`,
        );
      }
      const made = await personLink(services, { kind: 'system' }, owner.id);
      if (values.json) io.out(`${JSON.stringify({ link: made.link, expiresAtMs: made.expiresAtMs })}\n`);
      else
        io.out(
          `${made.link}\nFor one use, until ${new Date(made.expiresAtMs).toISOString()}. Her sessions have ended.\n`,
        );
      return 0;
    });
  });
}

async function urlOf(data: string, given: string | undefined): Promise<URL> {
  const text = given ?? (await readPublicUrl(data));
  if (text === undefined || !URL.canParse(text))
    throw new Error('Give --public-url, the address by which people reach the server: it was never started here');
  return new URL(text);
}

async function ownerOf(db: Db, email: string): Promise<Person | 'none'> {
  const person = await findPersonByEmail(db, email);
  if (person?.role === 'owner' && person.state !== 'suspended') return person;
  const owners = (await listPeople(db, {}, MOST_PEOPLE)).filter(
    ({ role, state }) => role === 'owner' && state === 'active',
  );
  if (owners.length === 0) return 'none';
  // Whoever runs this holds the machine, and could read the addresses from the database.
  throw new Error(`Give --owner one of ${owners.map((owner) => owner.email).join(', ')}: "${email}" is no owner`);
}
