/**
 * Proves Apple's protocol against a client that was not written here: mdmb enrols five devices against `pavise serve
 * --scep-legacy-des` and connects 100 times. Run it with `npx node test/interop/mdmb.ts`; it needs Go, or `MDMB=/path/to/mdmb`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPerson, createToken } from '../../src/people/index.ts';
import { readConfig } from '../../src/server/config.ts';
import { startServer } from '../../src/server/main.ts';
import { enrolAndConnect, findMdmb } from './mdmb-run.ts';

const DEVICES = 5;
const ROUNDS = 20;

const mdmb = await findMdmb();
const data = await mkdtemp(join(tmpdir(), 'pavise-mdmb-'));
const config = readConfig(['--data', data, '--port', '8429', '--scep-legacy-des'], process.env);
const server = await startServer(config, () => {});
try {
  const { services } = server;
  const system = { kind: 'system' } as const;
  const { person } = await createPerson(services, system, {
    displayName: 'Ada',
    email: 'ada@example.org',
    role: 'member',
  });
  const { token } = await createToken(services, system, { name: 'mdmb', role: 'administrator', expiresInDays: 1 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const profile = async (): Promise<Uint8Array> => {
    const body = JSON.stringify({ personId: person.id, platform: 'apple' });
    const invited = await fetch(new URL('/api/v1/enrolments', server.url), { method: 'POST', headers, body });
    const { url }: { url: string } = await invited.json();
    return new Uint8Array(await (await fetch(`${url}&unsigned=1`)).arrayBuffer());
  };
  await enrolAndConnect(mdmb, profile, DEVICES, ROUNDS);
  const listed = await fetch(new URL('/api/v1/devices?state=enrolled', server.url), { headers });
  const { items }: { items: unknown[] } = await listed.json();
  if (items.length !== DEVICES) throw new Error(`${items.length} devices enrolled, ${DEVICES} expected`);
  console.log(`mdmb: ${DEVICES} devices enrolled, ${DEVICES * ROUNDS} connects without an error`);
} finally {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}
