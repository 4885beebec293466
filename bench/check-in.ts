/** Server CPU per idle check-in over loopback HTTP, signature verified each time. Limit: 0.5 ms. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simulateIphone } from '../src/demo/iphone.ts';
import { PHONES } from '../src/demo/organisation.data.ts';
import { cpuSeconds, median, publish } from './measure.ts';

const ROUNDS = 5;
const PER_ROUND = 1000;
const PORT = 8498;
const data = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
const baseUrl = new URL(`http://localhost:${PORT}`);
const server = spawn(process.execPath, [main, 'serve', '--data', data, '--port', `${PORT}`], { stdio: 'ignore' });
while (
  !(await fetch(new URL('/readyz', baseUrl)).then(
    (reply) => reply.ok,
    () => false,
  ))
)
  await sleep(50);
const made = spawnSync(process.execPath, [main, 'token', 'create', '--role', 'administrator', '--data', data], {
  encoding: 'utf8',
});
const authorization = `Bearer ${made.stdout.trim()}`;

async function call(method: string, path: string, body: object): Promise<{ readonly [key: string]: unknown }> {
  const headers = { authorization, 'content-type': 'application/json' };
  const reply = await fetch(new URL(path, baseUrl), { method, headers, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as { readonly [key: string]: unknown }; // the fields that are used are checked by their use
}

const invited = await call('POST', '/api/v1/people/invitations', {
  displayName: 'Bench',
  email: 'bench@example.org',
  role: 'member',
});
const personId = (invited['person'] as { id?: string } | undefined)?.id ?? invited['personId'];
const enrolment = await call('POST', '/api/v1/enrolments', { personId, platform: 'apple', ownership: 'organisation' });
const token = new URL(`${enrolment['url']}`, baseUrl).searchParams.get('token') ?? '';
const make = PHONES[0];
if (make === undefined) throw new Error('no practice phone');
const phone = simulateIphone({ make, seed: 'bench', baseUrl, now: () => Date.now(), lockedAt: () => false });
await phone.enrol(token);
while ((await phone.connect()) > 0);
for (let i = 0; i < 500; i++) await phone.connect();

const perCheckInMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const before = cpuSeconds(server.pid ?? 0);
  for (let i = 0; i < PER_ROUND; i++) await phone.connect();
  perCheckInMs.push(((cpuSeconds(server.pid ?? 0) - before) * 1000) / PER_ROUND);
}
publish('check-in', [
  { figure: 'idle check-in, server CPU ms (median)', value: Number(median(perCheckInMs).toFixed(3)), limit: 0.5 },
]);
server.kill('SIGINT');
await new Promise((done) => server.once('close', done));
rmSync(data, { recursive: true, force: true });
