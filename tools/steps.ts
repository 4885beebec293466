import { spawn } from 'node:child_process';

/** Runs a command; resolves with its exit code and what it printed, which it also shows. */
export async function runStep(
  name: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; output: string }> {
  console.log(`── ${name}`);
  const [program, ...args] = command;
  if (program === undefined) throw new Error('empty command');
  const child = spawn(program, args, {
    env: { ...env, FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      process.stdout.write(chunk);
    });
  }
  const code = await new Promise<number>((done, fail) => {
    child.on('error', fail);
    child.on('close', (exit) => done(exit ?? 1));
  });
  return { code, output };
}

/** The static gates, in the order of their speed. */
export const GATES: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['tsc', '--noEmit']],
  ['lint and format', ['biome', 'check', '.']],
  ['walls between rooms', ['node', 'tools/walls.ts']],
  ['unused code', ['knip']],
];
