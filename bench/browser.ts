/**
 * `npm run bench -- browser`: memory of the check in Chromium, as the proportional set size of the page and its workers: a zipped bug report with a
 * dumpstate of 200 MB, a backup of 2 GB, and one that lists half a million files (ROWS). Limit: 500 MB each. CHROMIUM names the browser, ONLY one of
 * the three.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { drop, startBrowser, startProcess } from '../test/e2e/harness.ts';
import { SMALL, writeBackup, writeIndicators } from '../test/synthetic/ios-backup.ts';
import { writeLargeBugreport, writeWideBackup } from '../test/synthetic/large-evidence.ts';
import { PLANTED, type Plant } from '../test/synthetic/planted.data.ts';
import { cpuSeconds, pssBytes, publish } from './measure.ts';

const LIMIT_MB = 500;
const LIMIT_MS = 1_500_000;
/** CPU seconds from which on a process took part. */
const WORKED_S = 0.3;
/** A Manifest.db of 600 MB: what a backup of 60 GB has. */
const ROWS = Number(process.env['ROWS'] ?? 500_000);
const plants = Object.keys(PLANTED).filter((name): name is Plant => name in PLANTED);
const folder = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
/** What is dropped on the page, and what it says at the end. */
const EVIDENCE = {
  'bug report, dumpstate of 200 MB in a zip': (path: string) => {
    writeLargeBugreport(`${path}.zip`, 200_000_000);
    return `${path}.zip`;
  },
  'backup of 2 GB': (path: string) => {
    mkdirSync(path);
    const size = { ...SMALL, messages: 20_000, visits: 10_000, files: 12_000, fileBytes: 170_000 };
    writeBackup(path, { size, seed: 5, plants });
    return path;
  },
  [`backup that lists ${ROWS} files`]: (path: string) => {
    writeWideBackup(path, ROWS, 2000);
    return path;
  },
} satisfies Readonly<Record<string, (path: string) => string>>;

spawnSync(process.execPath, [join(import.meta.dirname, '..', 'tools', 'build-web.ts'), '--if-stale'], {
  stdio: 'inherit',
});
const server = await startProcess();
try {
  const rows = [];
  for (const [what, write] of Object.entries(EVIDENCE)) {
    if (!what.startsWith(process.env['ONLY'] ?? '')) continue;
    const path = write(join(folder, 'evidence'));
    rows.push({ what, ...(await measure(path)), 'limit MB': LIMIT_MB });
    rmSync(path, { recursive: true });
  }
  publish('browser', rows);
  if (rows.some((row) => row['peak MB'] > LIMIT_MB)) process.exitCode = 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure(path: string) {
  const browser = await startBrowser();
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    await page.goto(`${server.url}/workspace/check.html`);
    await page.getByText('you may disconnect').waitFor({ timeout: 60_000 });
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Add a file' }).click(),
    ]);
    await chooser.setFiles(writeIndicators(folder));
    await sleep(2000);
    const all = await rendererPids(browser);
    const cpuBefore = new Map(all.map((pid) => [pid, cpuSeconds(pid)]));
    const idle = new Map(all.map((pid) => [pid, pssBytes(pid)]));
    await drop(page, path);
    const startedAtMs = performance.now();
    const peaks = new Map<number, number>();
    while (!(await isDone(page))) {
      for (const pid of all) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, pssBytes(pid)));
      if (performance.now() - startedAtMs > LIMIT_MS) throw new Error(`${path}: the check takes too long`);
      await sleep(100);
    }
    // A browser keeps spare processes, and one for the empty page that it begins with: they do nothing meanwhile.
    const pids = all.filter((pid) => cpuSeconds(pid) - (cpuBefore.get(pid) ?? 0) > WORKED_S);
    return {
      'before MB': Math.round(sumOf(pids, (pid) => idle.get(pid) ?? 0) / 1e6),
      'peak MB': Math.round(sumOf(pids, (pid) => peaks.get(pid) ?? 0) / 1e6),
      'CPU s': Math.round(sumOf(pids, cpuSeconds)),
      seconds: Math.round((performance.now() - startedAtMs) / 1000),
      says: (await page.locator('section[data-verdict] h2').innerText()).slice(0, 60),
    };
  } finally {
    await browser.close();
  }
}

async function isDone(page: Page): Promise<boolean> {
  const stopped = page.getByText('The check stopped');
  if (await stopped.isVisible()) throw new Error(await stopped.innerText());
  return await page.locator('section[data-verdict]').isVisible();
}

/** Processes that run pages and their workers, and spare ones. */
async function rendererPids(browser: Browser): Promise<readonly number[]> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

function sumOf(pids: readonly number[], figure: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + figure(pid), 0);
}
