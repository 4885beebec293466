/**
 * `npm run bench -- check`: CPU seconds and memory of `pavise check` on a generated iPhone backup of 30,000 files, open and encrypted, with every
 * public indicator; beside it MVT where `mvt-ios` is installed (`pip install mvt`; MVT_IOS names the program). Fails unless every planted trace is in
 * the report, by its own indicator, and a healthy phone of that size is told nothing high. RUNS sets how often each is measured.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckReport } from '../src/detection/api.ts';
import { LARGE, writeBackup, writeIndicators } from '../test/synthetic/ios-backup.ts';
import { IOS_TRACES } from '../test/synthetic/ios-traces.data.ts';
import { PLANTED, type Plant } from '../test/synthetic/planted.data.ts';
import { bundleCli } from './bundle.ts';
import { median, publish, type Run, runMeasured } from './measure.ts';

type Report = Pick<CheckReport, 'verdict' | 'findings' | 'more'>;

const RUNS = Number(process.env['RUNS'] ?? 3);
const PASSWORD = 'correct horse';
/** Of what is kept of one check of a large phone. */
const MAX_SIGHTINGS_BYTES = 5_000_000;
const FEEDS = 'test/vectors/public/indicators';
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
    await sending((to) =>
      row('pavise, open, sends sightings', () => runMeasured(process.execPath, [...flags, open, ...common, ...to])),
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
      findings: 0,
      counted: 0,
    });
  } else {
    console.log('MVT is not installed: pip install mvt');
  }
  rmSync(sealed, { recursive: true });
  rmSync(open, { recursive: true });
  writeBackup(open, { size: LARGE, seed: 7, plants: [] });
  const healthy = await runMeasured(process.execPath, [...flags, open, ...common]);
  const alarms = findingsOf(healthy).filter(({ level }) => level === 'critical' || level === 'high');
  if (alarms.length > 0) {
    const told = alarms.map(({ level, artefact, value }) => `${level} ${artefact} ${value}`);
    throw new Error(`a healthy phone is told ${told.join('; ')}`);
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
  const report: Report = JSON.parse(first.stdout);
  const missing = missedIn(report);
  if (missing.length > 0) throw new Error(`${what}: the report misses ${missing.join(', ')}`);
  return {
    what,
    'CPU s': median(runs.map(({ cpuS }) => cpuS)),
    'RSS MiB': Math.round(median(runs.map(({ rssBytes }) => rssBytes)) / 1048576),
    verdict: report.verdict as string,
    findings: report.findings.length,
    counted: (report.more ?? []).reduce((sum, { count }) => sum + count, 0),
  };
}

/** Planted traces that no finding tells by its own indicator, or by a heuristic as it must be told. */
function missedIn({ findings }: Report): readonly string[] {
  return Object.entries(IOS_TRACES).flatMap(([name, { told, indicator }]) => {
    const found = findings.some(({ level, verdict, artefact, indicator: known }) =>
      indicator === undefined
        ? known === null && told === `${level} ${verdict} ${artefact}`
        : known?.value === indicator[1] && told.endsWith(` ${artefact}`),
    );
    return found ? [] : [name];
  });
}

function findingsOf(run: Run): Report['findings'] {
  const report: Report = JSON.parse(run.stdout);
  return report.findings;
}

/** Measures beside a server that takes everything, and adds the size of the sightings that it was sent. */
async function sending<T>(
  measure: (flags: readonly string[]) => Promise<T>,
): Promise<T & { 'sightings bytes': number }> {
  let sightingsBytes = 0;
  const id = randomUUID();
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
    });
    request.on('end', () => {
      if (request.method === 'PUT') sightingsBytes = bytes;
      response.end(JSON.stringify({ id }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    const to = ['--server', `http://127.0.0.1:${address.port}`, '--token', 'bench', '--device', id];
    const measured = await measure(to);
    if (sightingsBytes === 0 || sightingsBytes > MAX_SIGHTINGS_BYTES) {
      throw new Error(
        `${sightingsBytes} bytes of sightings were sent: at most ${MAX_SIGHTINGS_BYTES} may be kept of a phone`,
      );
    }
    return { ...measured, 'sightings bytes': sightingsBytes };
  } finally {
    server.close();
  }
}
