/**
 * `npm run bench -- check`: CPU seconds and memory of `pavise check` on a generated iPhone backup of 30,000 files, open and encrypted, with every
 * public indicator; beside it MVT where `mvt-ios` is installed (`pip install mvt`; MVT_IOS names the program).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LARGE, writeBackup, writeIndicators } from '../test/synthetic/ios-backup.ts';
import { PLANTED, type Plant } from '../test/synthetic/planted.data.ts';
import { bundleCli } from './bundle.ts';
import { median, publish, type Run, runMeasured } from './measure.ts';

const RUNS = 3;
const PASSWORD = 'correct horse';
const FEEDS = '../shared/data/indicators';
const folder = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
try {
  const plants = Object.keys(PLANTED).filter((name): name is Plant => name in PLANTED);
  const open = join(folder, 'open');
  const sealed = join(folder, 'sealed');
  writeBackup(open, { size: LARGE, seed: 7, plants });
  writeBackup(sealed, { size: LARGE, seed: 7, plants, password: PASSWORD });
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const main = await bundleCli();
  const feeds = [writeIndicators(folder), ...(existsSync(FEEDS) ? [FEEDS] : [])].flatMap((path) => [
    '--indicators',
    path,
  ]);
  const flags = [main, 'check'];
  const common = [...feeds, '--only-given', '--json', '-'];
  const rows = [
    await row('pavise, open', () => runMeasured(process.execPath, [...flags, open, ...common])),
    await row('pavise, encrypted', () =>
      runMeasured(process.execPath, [...flags, sealed, '--password-file', passwordFile, ...common]),
    ),
  ];
  const mvt = process.env['MVT_IOS'] ?? 'mvt-ios';
  if (spawnSync(mvt, ['version']).status === 0) {
    const stix = [join(folder, 'planted.stix2'), ...(existsSync(FEEDS) ? globSync(`${FEEDS}/**/*.{stix2,json}`) : [])];
    const output = join(folder, 'mvt');
    const args = [
      '--disable-update-check',
      '--disable-indicator-update-check',
      'check-backup',
      open,
      '--output',
      output,
    ];
    const run = await runMeasured(mvt, [...args, ...stix.flatMap((path) => ['--iocs', path])], {
      MVT_NETWORK_ACCESS_ALLOWED: 'false',
    });
    rows.push({
      what: 'mvt, open',
      'CPU s': run.cpuS,
      'RSS MiB': Math.round(run.rssBytes / 1048576),
      verdict: `exit ${run.status}`,
    });
  } else {
    console.log('MVT is not installed: pip install mvt');
  }
  publish('check', rows);
} finally {
  rmSync(folder, { recursive: true });
}

async function row(what: string, measure: () => Promise<Run>) {
  const runs: Run[] = [];
  for (let i = 0; i < RUNS; i++) runs.push(await measure());
  const [first] = runs;
  if (first === undefined || first.status !== 1)
    throw new Error(`check ended with ${first?.status}: no trace was found`);
  const report: { verdict: string } = JSON.parse(first.stdout);
  return {
    what,
    'CPU s': median(runs.map(({ cpuS }) => cpuS)),
    'RSS MiB': Math.round(median(runs.map(({ rssBytes }) => rssBytes)) / 1048576),
    verdict: report.verdict,
  };
}
