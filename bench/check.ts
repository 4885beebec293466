/** `npm run bench -- check`: CPU seconds and memory of `pavise check` on a generated backup, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePracticeBackup } from '../src/demo/backup.ts';
import { publish } from './measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const device = { productType: 'iPhone15,2', osVersion: '18.6', udid: '00008120-00000000000000BE', name: 'Bench' };
try {
  const size = { messages: 300_000, visits: 200_000, files: 20_000 };
  const { backup, indicators } = writePracticeBackup(folder, { withTrace: true, device, size });
  const main = join(import.meta.dirname, '../bin/pavise.mjs');
  const args = [main, 'check', backup, '--indicators', indicators, '--json', '-'];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 1) throw new Error(`check ended with ${status}: the planted trace was not found`);
  const { stats, verdict } = JSON.parse(stdout);
  publish('check', [
    {
      verdict,
      files: stats.files,
      MiB: Math.round(stats.bytesRead / 1048576),
      'CPU s': stats.cpuMs / 1000,
      'RSS MiB': Math.round(stats.maxRssBytes / 1048576),
    },
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
