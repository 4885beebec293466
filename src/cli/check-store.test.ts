import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import { PLANTED } from '../../test/synthetic/planted.data.ts';
import type { CheckReport } from '../detection/api.ts';
import { check } from './check.ts';
import { indicators } from './indicators.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-store-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const nextMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const store = ['--store', join(folder, 'store')];

async function report(...args: string[]): Promise<{ code: number; report: CheckReport }> {
  let out = '';
  const code = await check([...args, '--json', '-'], { out: (text) => (out += text), err: () => {} });
  return { code, report: JSON.parse(out) };
}

async function run(...args: string[]): Promise<void> {
  let err = '';
  const code = await indicators([...args, ...store], { out: () => {}, err: (text) => (err += text) });
  if (code !== 0) throw new Error(err);
}

describe('check() with the indicator store', () => {
  const backup = join(folder, 'backup');
  mkdirSync(backup);
  writeBackup(backup, { size: SMALL, seed: 4, plants: ['process', 'sms-link'] });
  const planted = writeIndicators(folder);

  it('uses the store unless only what is given is wanted, and tells what was allowed apart', async () => {
    await run('add', planted);
    const all = await report(backup, ...store);
    expect([all.code, all.report.verdict]).toEqual([1, 'trace-found']);
    const given = join(folder, 'none.stix2');
    writeFileSync(given, JSON.stringify({ type: 'bundle', id: 'bundle--1', objects: [] }));
    const none = await report(backup, ...store, '--only-given', '--indicators', given);
    expect(none.report.findings.filter(({ kind }) => kind === 'indicator')).toEqual([]);
    await run('allow', PLANTED.process, '--reason', 'Our own agent', '--author', 'A. Person', '--until', nextMonth);
    const allowed = await report(backup, ...store);
    expect(allowed.report.verdict).toBe('unusual');
    expect(allowed.report.allowed?.map(({ finding, reason, author }) => [finding.value, reason, author])).toEqual([
      [PLANTED.process, 'Our own agent', 'A. Person'],
    ]);
  });

  it('finds a file by its digest, of whatever size', async () => {
    const bytes = Buffer.alloc(9_000_001, 7);
    writeFileSync(join(backup, 'stray.bin'), bytes);
    const sum = createHash('sha256').update(bytes).digest('hex');
    const stix = join(folder, 'digest.stix2');
    const indicator = { type: 'indicator', id: 'indicator--d', pattern: `[file:hashes.'SHA-256'='${sum}']` };
    writeFileSync(stix, JSON.stringify({ type: 'bundle', id: 'bundle--2', objects: [indicator] }));
    const { report: found } = await report(backup, '--only-given', '--indicators', stix);
    expect(found.findings.map(({ path, locator, value }) => [path, locator, value])).toContainEqual([
      'stray.bin',
      'whole file',
      sum,
    ]);
  });
});
