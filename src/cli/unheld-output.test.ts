import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SCRIPT = `
  import { unheldOutput } from ${JSON.stringify(join(import.meta.dirname, 'unheld-output.ts'))};
  const output = unheldOutput(1, process.stdout);
  for (let n = 1; n <= 2000; n++) output.write(\`\${n} \${'x'.repeat(1000)}\\n\`);
  process.send('free');
  process.on('message', () => {
    output.write('the last\\n');
    process.disconnect();
    setTimeout(() => {}, 200);
  });`;

function start(out: 'pipe' | number) {
  return spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: ['ignore', out, 'inherit', 'ipc'] });
}

describe('unheldOutput()', () => {
  it('holds nobody up when nobody reads, and says later how much was left out', async () => {
    const child = start('pipe');
    let heard = '';
    await new Promise((done) => child.once('message', done)); // it would wait here for ever
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    await expect.poll(() => heard.length).toBeGreaterThan(200_000);
    child.send('go on');
    await new Promise((done) => child.once('close', done));
    const lines = heard.trimEnd().split('\n');
    const kept = lines.filter((line) => line.endsWith('x')).length;
    expect(lines.slice(-2)).toEqual([`${2000 - kept} lines were left out: nobody read them`, 'the last']);
    expect(kept).toBeLessThan(1000);
    expect(lines.slice(0, kept).map((line) => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: kept }, (_, i) => i + 1),
    );
  });

  it('writes to a file whatever there is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pavise-output-'));
    const file = openSync(join(folder, 'log'), 'w');
    const child = start(file);
    closeSync(file);
    child.once('message', () => child.send('go on'));
    await new Promise((done) => child.once('close', done));
    expect(readFileSync(join(folder, 'log'), 'utf8').split('\n')).toHaveLength(2002);
    rmSync(folder, { recursive: true });
  });
});
