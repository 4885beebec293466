import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup, writeIndicators } from '../../test/synthetic/ios-backup.ts';
import { canonicalJson } from '../base/index.ts';
import { check } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-signer-'));
const dataHome = process.env['XDG_DATA_HOME'];
const pack = join(folder, 'results', 'pack.json');
let told = '';
beforeAll(async () => {
  process.env['XDG_DATA_HOME'] = join(folder, 'home');
  const backup = join(folder, 'backup');
  mkdirSync(backup);
  writeBackup(backup, { size: SMALL, seed: 17, plants: [] });
  const given = ['--indicators', writeIndicators(folder), '--only-given', '--out', join(folder, 'results')];
  await check([backup, ...given], { out: () => {}, err: (text) => void (told += text) });
});
afterAll(() => {
  if (dataHome === undefined) delete process.env['XDG_DATA_HOME'];
  else process.env['XDG_DATA_HOME'] = dataHome;
  rmSync(folder, { recursive: true });
});

async function verify(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await check(['--verify', pack, ...args], { out: (text) => (out += text), err: () => {} });
  return { code, out };
}

describe('check() --verify --signer', () => {
  it('knows a pack that was changed and signed anew by the key alone, and says so', async () => {
    const fingerprint = /signed by key ([0-9a-f]{32})/.exec(told)?.[1] ?? '';
    const spoken = (fingerprint.match(/.{4}/g) ?? []).join(' ').toUpperCase();
    expect(await verify('--signer', spoken)).toMatchObject({ code: 0, out: expect.stringContaining('expected one\n') });

    const page = join(folder, 'results', 'report.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('nothing', 'everything'));
    const { body } = JSON.parse(readFileSync(pack, 'utf8'));
    body.outputs['report.html'] = createHash('sha256').update(readFileSync(page)).digest('hex');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signature = sign(null, Buffer.from(canonicalJson(body)), privateKey).toString('base64url');
    writeFileSync(pack, JSON.stringify({ body, publicKey: publicKey.export({ format: 'jwk' }).x, signature }));

    const expected = await verify('--signer', fingerprint);
    expect([expected.code, expected.out]).toEqual([1, expect.stringMatching(/Another key signed.*Do not rely/s)]);
    const open = await verify();
    expect([open.code, open.out]).toEqual([0, expect.stringContaining('anybody could have signed this')]);
  });

  it('takes a whole fingerprint alone, and only to verify', async () => {
    await expect(verify('--signer', 'abcd')).rejects.toMatchObject({ code: 'usage' });
    const io = { out: () => {}, err: () => {} };
    await expect(check([folder, '--signer', 'a'.repeat(32)], io)).rejects.toMatchObject({ code: 'usage' });
  });
});
