/** Start to `/readyz` after the first run, and idle memory of server plus database (PSS). Limits: 3 s, 250 MB. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, pssBytes, publish } from './measure.ts';

const RUNS = 5;
const PORT = 8497;
const data = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');

async function once(): Promise<{ readyMs: number; pss: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main, 'serve', '--data', data, '--port', `${PORT}`], { stdio: 'ignore' });
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${PORT}/readyz`).then(
      (reply) => reply.ok,
      () => false, // not listening yet
    );
    if (ready) break;
    await sleep(20);
  }
  const readyMs = performance.now() - startedAt;
  await sleep(4000);
  const pids = [child.pid ?? 0, ...postgresOf(data)];
  const pss = pids.reduce((sum, pid) => sum + pssBytes(pid), 0);
  child.kill('SIGINT');
  await new Promise((done) => child.once('close', done));
  return { readyMs, pss };
}

/** The database's postmaster and its children. */
function postgresOf(folder: string): number[] {
  const postmaster = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === `${postmaster}`;
    } catch {
      return false; // ended meanwhile
    }
  });
  return [postmaster, ...children.map(Number)];
}

const first = await once();
const runs = [];
for (let i = 0; i < RUNS; i++) runs.push(await once());
publish('start', [
  { figure: 'first start to /readyz, ms', value: Math.round(first.readyMs), limit: '-' },
  { figure: 'later start to /readyz, ms (median)', value: Math.round(median(runs.map((r) => r.readyMs))), limit: 3000 },
  {
    figure: 'idle PSS server + database, MB (median)',
    value: Math.round(median(runs.map((r) => r.pss)) / 1e6),
    limit: 250,
  },
]);
rmSync(data, { recursive: true, force: true });
