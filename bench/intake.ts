/** A hundred bodies of 8 MiB that nobody signed: by how much the server's memory grows, and how late `/healthz` answers meanwhile. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flood } from '../test/attacks/flood.ts';
import { publish } from './measure.ts';

const PORT = 8496;
const ROUNDS = 5;
const MIB = 1024 * 1024;
const data = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
const url = new URL(`http://localhost:${PORT}`);
const server = spawn(process.execPath, [main, 'serve', '--data', data, '--port', `${PORT}`], { stdio: 'ignore' });
const ready = () =>
  fetch(new URL('/readyz', url)).then(
    (reply) => reply.ok,
    () => false, // not listening yet
  );
while (!(await ready())) await sleep(50);
let [grewBytes, healthzMs] = [0, 0];
for (let round = 0; round <= ROUNDS; round++) {
  const flooded = await flood(
    { url, pid: server.pid ?? 0 },
    { method: 'PUT', path: '/mdm/apple', bytes: 8 * MIB },
    100,
  );
  if (round === 0) continue; // what is loaded and compiled once is no memory of a body
  grewBytes = Math.max(grewBytes, flooded.grewBytes);
  healthzMs = Math.max(healthzMs, ...flooded.healthzMs);
}
publish('intake', [
  {
    figure: 'memory under 100 unsigned bodies of 8 MiB, MiB more (most of 5)',
    value: Number((grewBytes / MIB).toFixed(1)),
    limit: 64,
  },
  { figure: '/healthz meanwhile, ms (slowest)', value: Number(healthzMs.toFixed(1)), limit: 200 },
]);
server.kill('SIGINT');
await new Promise((done) => server.once('close', done));
rmSync(data, { recursive: true, force: true });
