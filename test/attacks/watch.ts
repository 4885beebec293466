/** A thread that watches a server while another sends: memory and `/healthz`, once at the start and then until it is told to stop. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** What it tells at its end. */
export interface Watched {
  readonly grewBytes: number;
  readonly quietMs: number;
  readonly healthzMs: readonly number[];
}

const { url, pid }: { url: string; pid: number } = workerData;
let over = false;
parentPort?.once('message', () => {
  over = true;
});

const rssBytes = (): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
const health = async (): Promise<number> => {
  const from = performance.now();
  await (await fetch(new URL('/healthz', url))).text();
  return performance.now() - from;
};

await health(); // the first opens the connection
const quietMs = await health();
const before = rssBytes();
let most = before;
const healthzMs: number[] = [];
const ask = async (): Promise<void> => {
  while (!over) {
    healthzMs.push(await health());
    await sleep(20);
  }
};
parentPort?.postMessage('ready');
const asking = ask();
while (!over) {
  most = Math.max(most, rssBytes());
  await sleep(5);
}
most = Math.max(most, rssBytes());
await asking;
parentPort?.postMessage({ grewBytes: most - before, quietMs, healthzMs } satisfies Watched);
