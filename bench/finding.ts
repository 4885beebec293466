/**
 * From a finding to the refusal: the time between sending the report of a check and the first answer that refuses, and until the live
 * event reaches a page. Limit: 1 s.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from './measure.ts';

const PORT = 8499;
const LIMIT_MS = 60_000;
const data = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
const base = `http://localhost:${PORT}`;
const server = spawn(process.execPath, [main, 'serve', '--data', data, '--port', `${PORT}`, '--demo'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
let printed = '';
server.stdout.on('data', (chunk: Buffer) => {
  printed += chunk.toString('utf8');
});

async function printedValue(pattern: RegExp): Promise<string> {
  for (const endAt = performance.now() + LIMIT_MS; performance.now() < endAt; await sleep(50)) {
    const found = pattern.exec(printed)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`the server did not print ${pattern}`);
}

const backup = await printedValue(/planted trace: (.*)/);
const indicators = await printedValue(/practice indicators: (.*)/);
const device = await printedValue(/device of that backup: (.*)/);
const run = (...args: string[]): string => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' }).stdout;
const token = run('token', 'create', '--role', 'investigator', '--data', data).trim();
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const report = run('check', backup, '--indicators', indicators, '--json', '-');
const refuses = async (): Promise<boolean> =>
  (await (await fetch(`${base}/api/v1/devices/${device}/access`, { headers })).text()).includes('threat.trace');
if (await refuses()) throw new Error('the device is refused for a trace before the check');

const events = await fetch(`${base}/api/v1/events`, { headers });
const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
let heardAtMs: number | undefined;
void (async () => {
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    if (part.value.includes('"topic":"access"') && part.value.includes(device)) heardAtMs ??= performance.now();
  }
})().catch(() => {}); // the stream ends with the server

await sleep(2000);
heardAtMs = undefined;
const sentAtMs = performance.now();
const sent = await fetch(`${base}/api/v1/devices/${device}/checks`, { method: 'POST', headers, body: report });
if (!sent.ok) throw new Error(`the report was refused: ${sent.status} ${await sent.text()}`);
while (!(await refuses())) if (performance.now() - sentAtMs > LIMIT_MS) throw new Error('no refusal');
const refusedMs = performance.now() - sentAtMs;
while (heardAtMs === undefined && performance.now() - sentAtMs < LIMIT_MS) await sleep(5);
publish('finding', [
  { figure: 'report sent to refusal, ms', value: Math.round(refusedMs), limit: 1000 },
  { figure: 'report sent to live event, ms', value: Math.round((heardAtMs ?? Number.NaN) - sentAtMs), limit: 1000 },
]);
server.kill('SIGINT');
await new Promise((done) => server.once('close', done));
rmSync(data, { recursive: true, force: true });
