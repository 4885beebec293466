import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints a table and writes it as JSON to `bench/results/<name>.json`. */
export function publish(name: string, rows: readonly Record<string, string | number>[]): void {
  console.table(rows);
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, `${name}.json`),
    `${JSON.stringify({ name, at: new Date().toISOString(), rows }, null, 2)}\n`,
  );
}

/** Proportional set size of a process in bytes, from `/proc/PID/smaps_rollup`. */
export function pssBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** User and system CPU seconds of a process so far, from `/proc/PID/stat`. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly cpuS: number;
  readonly rssBytes: number;
}

/** Runs a command to its end and measures it from outside, with its children's CPU time left out: user and system seconds, peak RSS. */
export async function runMeasured(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let [stdout, cpuS, rssBytes] = ['', 0, 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const look = (): void => {
    try {
      cpuS = Math.max(cpuS, cpuSeconds(child.pid ?? 0));
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      rssBytes = Math.max(rssBytes, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // The process has ended between two looks.
    }
  };
  const timer = setInterval(look, 20);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  return { status, stdout, cpuS, rssBytes };
}
