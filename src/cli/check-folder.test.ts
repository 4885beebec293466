import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import type { CheckReport } from '../detection/api.ts';
import { check } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(process.platform !== 'linux')(
  'check() reads files whose names are no text, and says which links and depths it left out',
  async () => {
    const backup = join(folder, 'backup');
    mkdirSync(backup);
    writeBackup(backup, { size: SMALL, seed: 5, plants: [] });
    const oddFolder = Buffer.concat([Buffer.from(`${backup}/`), Buffer.of(0xff, 0x61)]);
    mkdirSync(oddFolder);
    writeFileSync(Buffer.concat([oddFolder, Buffer.from('/b')]), 'https://parcel-desk.example/');
    symlinkSync('/etc/passwd', join(backup, 'link'));
    mkdirSync(join(backup, ...Array<string>(45).fill('d')), { recursive: true });

    let out = '';
    const args = [backup, '--indicators', writeIndicators(folder), '--only-given', '--json', '-'];
    await check(args, { out: (text) => (out += text), err: () => {} });
    const { findings, examined } = JSON.parse(out) as CheckReport;
    expect(findings.filter(({ kind }) => kind === 'indicator').map(({ path, value }) => [path, value])).toEqual([
      ['\\xffa/b', 'parcel-desk.example'],
    ]);
    const skipped = examined.filter(({ why }) => /link|nested/.test(why ?? ''));
    expect(skipped.map(({ path, status, why }) => [path, status, why]).sort()).toEqual([
      [Array(41).fill('d').join('/'), 'unreadable', 'not read: folders are nested deeper than 40'],
      ['link', 'unreadable', 'refused: it is a link'],
    ]);
  },
);
