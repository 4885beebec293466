/**
 * `npm run bench -- indicators`: CPU seconds to load and compile every public indicator file of `test/vectors/public/indicators`, from files and from
 * the signed store, each in a process of its own. Limit: 0.3 s.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, publish } from './measure.ts';

const RUNS = 7;
const LIMIT_S = 0.3;
const data = join(import.meta.dirname, '../test/vectors/public/indicators');
const load = join(import.meta.dirname, '../src/cli/indicator-store/load.ts');
const main = join(import.meta.dirname, '../src/cli/main.ts');

/** Imports first, so that the figure is the loading itself; the process prints what it used. */
const program = `
  const { loadIndicators } = await import(${JSON.stringify(load)});
  const before = process.cpuUsage();
  const { index } = loadIndicators({ given: JSON.parse(process.argv[1]), onlyGiven: false, store: process.argv[2], nowMs: Date.now() });
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpuS: (user + system) / 1e6, count: index.count, rssMiB: process.memoryUsage.rss() / 1048576 }));
`;

if (!existsSync(data)) {
  console.log('skipped: test/vectors/public/indicators is not there');
} else {
  const store = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
  try {
    const empty = join(store, 'empty');
    mkdirSync(empty);
    const full = join(store, 'full');
    spawnSync(process.execPath, [main, 'indicators', 'add', data, '--name', 'public', '--store', full], {
      stdio: 'inherit',
    });
    const rows = [
      { from: 'files', ...measure([data], empty) },
      { from: 'signed store', ...measure([], full) },
    ];
    publish('indicators', rows);
    if (rows.some((row) => row['CPU s (median)'] > LIMIT_S)) process.exitCode = 1;
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

function measure(given: readonly string[], store: string) {
  const runs = Array.from({ length: RUNS }, () => {
    const args = ['--input-type=module', '--eval', program, JSON.stringify(given), store];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { cpuS: number; count: number; rssMiB: number };
  });
  return {
    indicators: runs[0]?.count ?? 0,
    'CPU s (median)': median(runs.map(({ cpuS }) => cpuS)),
    'CPU s (worst)': Math.max(...runs.map(({ cpuS }) => cpuS)),
    'RSS MiB': Math.round(median(runs.map(({ rssMiB }) => rssMiB))),
    limit: LIMIT_S,
  };
}
