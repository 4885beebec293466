import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { utf8Bytes } from '../base/index.ts';
import { makeZip } from '../formats/zip/testing.ts';
import { check } from './check.ts';

const MVT = '../shared/data/mvt-artifacts';
const FEEDS = 'test/vectors/public/indicators';
const folder = mkdtempSync(join(tmpdir(), 'pavise-android-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await check(args, { out: (text) => (out += text), err() {} });
  return { code, out };
}

function stateOf(path: string): string {
  return `${createHash('sha256').update(readFileSync(path)).digest('hex')} ${statSync(path).mtimeMs}`;
}

describe('check() on Android evidence', () => {
  const report = join(folder, 'bugreport.zip');
  const properties =
    '[ro.product.model]: [Pixel 8]\n[ro.build.version.release]: [15]\n[persist.sys.timezone]: [Europe/Berlin]\n';
  const dump = `== dumpstate: 2024-01-01\n------ SYSTEM PROPERTIES (getprop) ------\n${properties}------\n${'-'.repeat(79)}\nDUMP OF SERVICE package:\nPackages:\n  Package [com.malware.blah] (1):\n    appId=10001\n    firstInstallTime=2024-07-01 12:00:00\n    User 0: installed=true\n\n`;
  writeFileSync(
    report,
    makeZip([
      { name: 'main_entry.txt', data: utf8Bytes('dumpstate.txt') },
      { name: 'dumpstate.txt', data: utf8Bytes(dump) },
    ]),
  );
  const indicators = join(folder, 'app.stix2');
  const pattern = "[app:id='com.malware.blah']";
  writeFileSync(
    indicators,
    JSON.stringify({ type: 'bundle', objects: [{ type: 'indicator', id: 'indicator--1', pattern }] }),
  );

  it('names phone and source, calls the installed app a trace with its time in UTC, and leaves the evidence as it was', async () => {
    const before = stateOf(report);
    const { code, out } = await run(report, '--indicators', indicators, '--only-given');
    expect(stateOf(report)).toBe(before);
    expect(code).toBe(1);
    expect(out).toContain('Android bug report of Pixel 8, Android 15');
    expect(out).toContain('TRACE (critical) com.malware.blah');
    expect(out).toContain('dumpstate.txt, Package [com.malware.blah], 2024-07-01T10:00:00.000Z');
  });

  it
    .skipIf(!existsSync(MVT) || !existsSync(FEEDS))
    .each([
      'android_data/bugreport',
      'androidqf',
      'androidqf.zip',
      'android_backup/backup.ab',
      'android_data/dumpsys_appops.txt',
    ])('raises no alarm from the public feeds on %s', async (path) => {
    const { out } = await run(join(MVT, path), '--indicators', FEEDS, '--only-given', '--json', '-');
    const { findings, verdict } = JSON.parse(out) as { findings: { kind: string; verdict: string }[]; verdict: string };
    expect(findings.filter(({ kind, verdict: weight }) => kind === 'indicator' || weight !== 'weakness')).toEqual([]);
    expect(['weakness', 'nothing-found', 'incomplete']).toContain(verdict);
  });
});
