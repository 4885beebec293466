import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import { PLANTED, type Plant } from '../../test/synthetic/planted.data.ts';
import type { CheckReport } from '../detection/api.ts';
import { check } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-sealed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PASSWORD = 'pässwörd ! $(1)';
const plants = Object.keys(PLANTED).filter((name): name is Plant => name in PLANTED);
const indicators = writeIndicators(folder);

function backup(name: string, password?: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeBackup(path, { size: SMALL, seed: 3, plants, ...(password === undefined ? {} : { password }) });
  return path;
}

function passwordFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function report(...args: string[]): Promise<{ code: number; report: CheckReport }> {
  let out = '';
  const common = ['--indicators', indicators, '--only-given', '--json', '-'];
  const code = await check([...args, ...common], { out: (text) => (out += text), err: () => {} });
  return { code, report: JSON.parse(out) };
}

describe('check() on encrypted backups', () => {
  const open = backup('open');
  const sealed = backup('sealed', PASSWORD);
  const right = passwordFile('right', `${PASSWORD}\r\nsecond line\n`);

  it('finds what it finds in the open twin, by the first line of the password file', async () => {
    const [a, b] = [await report(open), await report(sealed, '--password-file', right)];
    expect(b.report.sources[0]?.encrypted).toBe(true);
    expect(b.report.findings).toEqual(a.report.findings);
    // Only the open run has to say what it could not hold.
    expect(b.report.examined).toEqual(a.report.examined.filter(({ artefact }) => artefact !== 'encrypted-only'));
    expect(a.report.examined.length - b.report.examined.length).toBe(1);
    expect(a.report.findings.length).toBeGreaterThan(10);
  });

  it('tells a wrong password from a missing one and from damage', async () => {
    const why = async (...args: string[]): Promise<(number | string | null | undefined)[]> => {
      const { code, report: found } = await report(sealed, ...args);
      return [code, found.verdict, found.examined.find(({ artefact }) => artefact === 'manifest')?.why];
    };
    const wrong = passwordFile('wrong', PASSWORD.normalize('NFD'));
    let text = '';
    await check([sealed, '--password-file', wrong, '--only-given'], { out: (part) => (text += part), err: () => {} });
    expect(text).toMatch(/^The evidence could not be opened, so nothing was checked/);
    expect(text).toMatch(/iPhone backup.*, encrypted, could not be opened\n/);
    expect(text).not.toContain('Nothing was found');
    expect((await report(sealed)).report.sources).toMatchObject([{ opened: false }]);
    expect(await why('--password-file', wrong)).toEqual([3, 'incomplete', 'Cannot open backup: the password is wrong']);
    expect(await why()).toEqual([3, 'incomplete', expect.stringMatching(/encrypted.*only with its password/)]);
  });

  it('names each file that cannot be decrypted whole, and reads the rest', async () => {
    const broken = backup('broken', PASSWORD);
    const names = readdirSync(broken, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^..\/[0-9a-f]{40}$/.test(name),
    );
    const victims = names.filter((name) => statSync(join(broken, name)).size > 2000).slice(0, 3);
    for (const name of victims) truncateSync(join(broken, name), 1003);
    const { code, report: found } = await report(broken, '--password-file', right);
    const cut = found.examined.filter(
      ({ artefact, why }) => artefact === 'files' && /1003|of \d+ bytes/.test(why ?? ''),
    );
    expect([code, cut.length]).toEqual([1, victims.length]);
  });

  it('reads only what modules need at level quick, and says so', async () => {
    const { report: found } = await report(sealed, '--password-file', right, '--level', 'quick');
    const files = found.examined.find(({ artefact }) => artefact === 'files');
    expect(found.verdict).toBe('trace-found');
    expect(files?.status).toBe('unreadable');
    expect(found.stats.files).toBeLessThan(35);
  });
});
