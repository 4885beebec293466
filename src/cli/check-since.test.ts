import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import type { CheckReport } from '../detection/api.ts';
import { check } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-since-'));
const backups = ['before', 'after', 'other'].map((name) => join(folder, name));
const [before = '', after = '', other = ''] = backups;

beforeAll(() => {
  for (const path of backups) mkdirSync(path);
  writeBackup(before, { size: SMALL, seed: 31, plants: [] });
  writeBackup(after, { size: SMALL, seed: 31, plants: ['process'] });
  writeBackup(other, { size: SMALL, seed: 32, plants: [] });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(evidence: string, ...more: string[]): Promise<CheckReport> {
  const json = join(folder, 'report.json');
  const io = { out: () => {}, err: () => {} };
  await check([evidence, '--indicators', writeIndicators(folder), '--only-given', '--json', json, ...more], io);
  return JSON.parse(readFileSync(json, 'utf8'));
}

const compared = ({ findings }: CheckReport): string[] =>
  findings.filter(({ artefact }) => artefact === 'comparison').map(({ value }) => value);

describe('check() --since', () => {
  it('tells a program that is new since the check before, from a file or a folder of results', async () => {
    const kept = join(folder, 'kept.json');
    const first = await run(before, '--out', join(folder, 'results'));
    writeFileSync(kept, JSON.stringify(first));
    expect(first.baseline?.map(({ kind }) => kind)).toContain('network-program');
    expect(compared(await run(before, '--since', kept))).toEqual([]);
    const now = await run(after, '--since', join(folder, 'results'));
    const trace = now.findings.find(({ verdict }) => verdict === 'trace');
    expect(trace?.value).toBeDefined();
    expect(compared(now)).toContain(trace?.value);
  });

  it('compares with no other phone, and says so', async () => {
    const kept = join(folder, 'other.json');
    writeFileSync(kept, JSON.stringify(await run(other)));
    const report = await run(before, '--since', kept);
    expect(compared(report)).toEqual([]);
    expect(report.examined.filter(({ artefact }) => artefact === 'comparison')).toMatchObject([
      { status: 'unreadable', why: expect.stringMatching(/another phone/) },
    ]);
  });

  it('refuses what is no report, before it reads the evidence', async () => {
    const bad = join(folder, 'bad.json');
    for (const text of ['{', '[]', '{"schema":"pavise.check/1"}']) {
      writeFileSync(bad, text);
      await expect(run(before, '--since', bad)).rejects.toMatchObject({ code: 'check-since' });
    }
    await expect(run(before, '--since', join(folder, 'none'))).rejects.toMatchObject({ code: 'check-input' });
  });
});
