import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concatBytes, FormatError, utf8Bytes } from '../../base/index.ts';
import { readStream } from '../archive/index.ts';
import { nodeBackupCrypto as crypto } from '../keybag/node.ts';
import { readTar } from '../tar/index.ts';
import { tarPart } from '../tar/testing.ts';
import { openAndroidBackup } from './index.ts';
import { type MadeBackup, makeAndroidBackup } from './testing.ts';

const tar = concatBytes([tarPart('apps/x/d_f/000000_sms_backup', '0', new Uint8Array(randomBytes(600_000))), new Uint8Array(1024)]); // biome-ignore format: one line reads better
const sourceOf = (bytes: Uint8Array) => ({
  sizeBytes: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

async function unpack(bytes: Uint8Array, password?: string): Promise<Uint8Array> {
  const backup = await openAndroidBackup(sourceOf(bytes));
  const unlock = password === undefined ? undefined : { password: utf8Bytes(password), crypto };
  return readStream(backup.tar(unlock), 1e8, 'test-limit');
}

async function codeOf(bytes: Uint8Array, password?: string): Promise<string> {
  try {
    await unpack(bytes, password);
    return 'ok';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

describe('openAndroidBackup()', () => {
  it.each<MadeBackup>([
    { compressed: false },
    { version: 1 },
    { version: 3, password: 'pässwörd' },
    { version: 5, password: '', compressed: false },
    { version: 1, password: 'pässwörd', lowBytes: true },
    { version: 1, password: 'pässwörd' },
  ])('gives the tar of %o', async (made) => {
    const bytes = makeAndroidBackup(tar, made);
    expect(await unpack(bytes, made.password)).toEqual(tar);
    const backup = await openAndroidBackup(sourceOf(bytes));
    expect(backup).toMatchObject({ version: made.version ?? 5, encrypted: made.password !== undefined });
  });

  it('tells a wrong password from damage', async () => {
    const bytes = makeAndroidBackup(tar, { password: '123456' });
    // Many passwords, since a wrong one may leave lengths that look right.
    for (let i = 0; i < 20; i++) expect(await codeOf(bytes, `wrong ${i}`)).toBe('ab-password');
    expect(await codeOf(bytes)).toBe('ab-locked');
    expect(await codeOf(bytes.subarray(0, bytes.length - 5), '123456')).toBe('ab-damaged');
    expect(await codeOf(bytes.subarray(0, bytes.length - 16), '123456')).toBe('ab-damaged');
    expect(await codeOf(makeAndroidBackup(tar).subarray(0, 100_000))).toBe('ab-damaged');
  });

  it('refuses headers that are cut or make no sense', async () => {
    const bytes = makeAndroidBackup(tar, { password: 'x' });
    let end = 0;
    for (let line = 0; line < 9; line++) end = bytes.indexOf(0x0a, end) + 1;
    for (let length = 0; length < end; length += 7) {
      expect(await codeOf(bytes.subarray(0, length), 'x')).toMatch(/^ab-(magic|header|version)$/);
    }
    expect(await codeOf(utf8Bytes('ANDROID BACKUP\n9\n0\nnone\n'))).toBe('ab-version');
    expect(await codeOf(utf8Bytes('ANDROID BACKUP\n5\n2\nnone\n'))).toBe('ab-header');
    expect(await codeOf(utf8Bytes('ANDROID BACKUP\n5\n0\nROT13\n'))).toBe('ab-header');
    expect(await codeOf(utf8Bytes(`ANDROID BACKUP\n5\n0\nAES-256\nAA\nBB\n99999999\n${'00'.repeat(16)}\n`), 'x')).toBe(
      'ab-header',
    );
  });

  it.for([
    ['backup.ab', undefined, 'ce1ac5009fea5187a9f546b51e1446ba450243ae91d31dc779233ec0937b5d18'],
    ['backup2.ab', '123456', 'f365ace1effbc4902c6aeba241ca61544f8a96ad456c1861808ea87b7dd03896'],
    ['backup3.ab', undefined, '33e73df2ede9798dcb3a85c06200ee41c8f52dd2f2e50ffafcceb0407bc13e3a'],
  ] as const)('gives the tar of the sample %s with its digest', async ([name, password, digest], context) => {
    const path = `../shared/data/mvt-artifacts/android_backup/${name}`;
    if (!existsSync(path)) return context.skip('the sample data is not here');
    const bytes = await unpack(new Uint8Array(readFileSync(path)), password);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
    const paths = [];
    for await (const member of readTar((async function* () { yield bytes; })())) paths.push(member.path); // biome-ignore format: one line reads better
    expect(paths.some((member) => member.endsWith('_sms_backup'))).toBe(true);
  });
});
