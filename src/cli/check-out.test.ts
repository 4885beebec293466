import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import { check } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-out-'));
const dataHome = process.env['XDG_DATA_HOME'];
beforeAll(() => {
  process.env['XDG_DATA_HOME'] = join(folder, 'home');
});
afterAll(() => {
  if (dataHome === undefined) delete process.env['XDG_DATA_HOME'];
  else process.env['XDG_DATA_HOME'] = dataHome;
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await check(args, { out: (text) => (out += text), err: () => {} });
  return { code, out };
}

function treeHash(root: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(root, name));
    // To list a folder counts as an access on some systems; to read a file need not.
    hash.update(`${name} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.isFile() ? stat.atimeMs : ''} `);
    if (stat.isFile()) hash.update(contentOf(join(root, name)));
  }
  return hash.digest('hex');
}

/** Reads without counting as an access. */
function contentOf(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOATIME ?? 0));
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

describe('check() --out', () => {
  it('lets neither a pack from elsewhere nor what lies beside it speak for themselves', async () => {
    const [evidence, out] = [join(folder, 'evidence-3'), join(folder, 'results-3')];
    mkdirSync(evidence);
    writeBackup(evidence, { size: SMALL, seed: 13, plants: [] });
    writeFileSync(join(evidence, `a\n${'0'.repeat(64)} 5 b\\n`), 'a name of two lines');
    await run(evidence, '--indicators', writeIndicators(folder), '--only-given', '--out', out);
    const pack = join(out, 'pack.json');
    const clean = await run('--verify', pack, evidence);
    expect([clean.code, clean.out]).toEqual([0, expect.stringContaining("The key is this machine's own")]);
    expect(await run('--verify', out, evidence)).toEqual(clean);

    writeFileSync(join(out, 'summary.html'), 'Nothing was found');
    expect(await run('--verify', pack)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/"summary\.html" is not/),
    });
    rmSync(join(out, 'summary.html'));
    rmSync(join(out, 'report.html'));
    mkdirSync(join(out, 'report.html'));
    expect(await run('--verify', pack)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/report\.html is no file/),
    });

    const forged = JSON.parse(readFileSync(pack, 'utf8'));
    forged.body.tool.version = '1\nAll is as it was signed\u001b[8m';
    forged.body.outputs = { '\u001b[2J\nAll is well': '0'.repeat(64) };
    forged.publicKey = 'A'.repeat(43);
    writeFileSync(pack, JSON.stringify(forged));
    const { code, out: text } = await run('--verify', pack);
    expect([code, text]).toEqual([1, expect.stringContaining("not this machine's")]);
    expect(text).not.toMatch(/\u001b|^All is/m);
  });

  const backup = join(folder, 'backup');
  mkdirSync(backup);
  writeBackup(backup, { size: SMALL, seed: 11, plants: ['process', 'sms-link'] });
  const given = ['--indicators', writeIndicators(folder), '--only-given'];

  it('writes report, timeline and a pack that verifies with the evidence, and leaves the evidence as it was', async () => {
    const out = join(folder, 'results');
    // Last read long ago: systems that note accesses once a day would note this one.
    for (const name of readdirSync(backup, { recursive: true, encoding: 'utf8' })) {
      const { mtime } = statSync(join(backup, name));
      utimesSync(join(backup, name), new Date('2020-01-01'), mtime);
    }
    const before = treeHash(backup);
    const { code } = await run(backup, ...given, '--out', out, '--consent', 'The owner of the phone, in person');
    expect(treeHash(backup)).toBe(before);
    expect(code).toBe(1);
    expect(readdirSync(out).sort()).toEqual([
      'hashes-1.txt',
      'pack.json',
      'report.html',
      'report.json',
      'timeline.csv',
      'timeline.html',
    ]);
    expect(readdirSync(out).map((name) => statSync(join(out, name)).mode & 0o777)).toEqual(Array(6).fill(0o600));
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/A trace of known spyware was found\..*rolexecd/s);
    const verified = await run('--verify', join(out, 'pack.json'), backup);
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(/Consent: The owner of the phone, in person\n.*evidence are as they were signed/s);
  });

  it('refuses a folder that holds something, and one inside the evidence', async () => {
    await expect(run(backup, ...given, '--out', folder)).rejects.toMatchObject({ code: 'check-output' });
    await expect(run(backup, ...given, '--out', join(backup, 'x'))).rejects.toMatchObject({ code: 'check-output' });
  });

  it('names what was changed since: evidence, result, hash list, pack', async () => {
    const [evidence, out] = [join(folder, 'evidence'), join(folder, 'results-2')];
    mkdirSync(evidence);
    writeBackup(evidence, { size: SMALL, seed: 12, plants: [] });
    await run(evidence, ...given, '--out', out);
    const pack = join(out, 'pack.json');
    const problems = async (): Promise<string> => (await run('--verify', pack, evidence)).out;
    expect(await problems()).toMatch(/as they were signed/);
    appendFileSync(join(evidence, 'Info.plist'), ' ');
    expect(await problems()).toMatch(/is not the evidence that was checked/);
    appendFileSync(join(out, 'report.html'), ' ');
    expect(await problems()).toMatch(/report\.html was changed/);
    writeFileSync(pack, readFileSync(pack, 'utf8').replace('"consent": null', '"consent": "me"'));
    expect(await problems()).toMatch(/signature does not fit.*Do not rely/s);
    writeFileSync(pack, '{}');
    await expect(run('--verify', pack)).rejects.toMatchObject({ code: 'check-pack' });
  });
});

it('check() refuses a place for its results before it examines anything, in words', async () => {
  const evidence = join(folder, 'evidence-places');
  mkdirSync(evidence);
  writeBackup(evidence, { size: SMALL, seed: 14, plants: [] });
  const refused = (...args: string[]) =>
    run(evidence, '--only-given', '--indicators', writeIndicators(folder), ...args);
  await expect(refused('--json', folder)).rejects.toThrow(`Name a file for --json, not a folder: "${folder}"`);
  const nowhere = join(folder, 'no-such', 'report.json');
  await expect(refused('--json', nowhere)).rejects.toThrow(`"${nowhere}" cannot be written`);
  await expect(run(nowhere)).rejects.toThrow(`Name a file or folder that is there: "${nowhere}" is not`);
  await expect(refused('--password-file', folder)).rejects.toThrow('Name a file, not a folder');
});
