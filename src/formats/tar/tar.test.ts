import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { concatBytes, FormatError, utf8Bytes, utf8TextLoose } from '../../base/index.ts';
import { chunksOf } from '../archive/index.ts';
import { readTar, TAR_END, type TarLimits, tarHeader, tarPadding } from './index.ts';
import { paxRecord, tarPart } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));
const END = new Uint8Array(1024);

async function list(bytes: Uint8Array, limits: TarLimits = {}, partBytes = 700) {
  const members = [];
  for await (const member of readTar(chunksOf(bytes, partBytes), limits)) {
    const content = member.kind === 'file' ? utf8TextLoose(await member.read(1e6)) : undefined;
    const { stream: _, read: _read, ...plain } = member;
    members.push({ ...plain, content });
  }
  return members;
}

async function codeOf(bytes: Uint8Array, limits: TarLimits = {}): Promise<string> {
  try {
    await list(bytes, limits);
    return 'ok';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

describe('readTar()', () => {
  it.each(['gnu', 'oldgnu', 'pax', 'ustar', 'v7'])('reads what tar writes as %s', async (format) => {
    const long =
      format === 'v7' ? 'short' : `${'long-folder-name/'.repeat(format === 'ustar' ? 5 : 20)}${'n'.repeat(60)}`;
    const root = join(folder, format);
    mkdirSync(join(root, long), { recursive: true });
    const path = `${long}/größe.txt`;
    writeFileSync(join(root, path), 'content');
    utimesSync(join(root, path), 1_600_000_000, 1_600_000_000);
    writeFileSync(join(root, 'big'), 'b'.repeat(100_000));
    symlinkSync('/etc/passwd', join(root, 'symbolic'));
    linkSync(join(root, 'big'), join(root, 'zhard'));
    const bytes = execFileSync('tar', ['--sort=name', `--format=${format}`, '-C', root, '-cf', '-', '.'], {
      maxBuffer: 1e8,
    });
    const members = await list(new Uint8Array(bytes));
    const by = (name: string) => members.find((member) => member.path === name);
    const content = Buffer.from(bytes).indexOf('content');
    expect(by(path)).toEqual({
      kind: 'file',
      offset: content,
      path,
      refused: undefined,
      sizeBytes: 7,
      mode: 0o644,
      modifiedAtSeconds: 1_600_000_000,
      linkTarget: undefined,
      content: 'content',
    });
    expect(by('big')?.content?.length).toBe(100_000);
    expect(by('symbolic')).toMatchObject({ kind: 'symlink', linkTarget: '/etc/passwd', sizeBytes: 0 });
    expect(by('zhard')).toMatchObject({ kind: 'hardlink', linkTarget: './big' });
    expect(members[0]).toMatchObject({ kind: 'folder', path: '', refused: undefined });
    expect(members.every(({ refused }) => refused === undefined)).toBe(true);
  });

  it('leaps over what is not read where the source can', async () => {
    const bytes = concatBytes([tarPart('a', '0', new Uint8Array(100_000)), tarPart('b', '0', utf8Bytes('y')), END]);
    let [at, read] = [0, 0];
    const source = {
      skip(count: number) {
        at += Math.min(count, bytes.length - at);
        return count;
      },
      async *[Symbol.asyncIterator]() {
        for (; at < bytes.length; read += 512) {
          at += 512;
          yield bytes.subarray(at - 512, at);
        }
      },
    };
    const offsets = [];
    for await (const { path, offset } of readTar(source)) offsets.push([path, offset]);
    expect(offsets).toEqual([
      ['a', 512],
      ['b', bytes.indexOf(0x79)],
    ]);
    expect(read).toBeLessThan(3000);
  });

  it('skips what is not read, and gives content once', async () => {
    const bytes = concatBytes([tarPart('a', '0', utf8Bytes('x'.repeat(1000))), tarPart('b', '0', utf8Bytes('y')), END]);
    const names = [];
    for await (const member of readTar(chunksOf(bytes, 100))) {
      names.push(member.path);
      if (member.path === 'a') for await (const _ of member.stream()) break;
    }
    expect(names).toEqual(['a', 'b']);
  });

  it('refuses names that leave the archive, wherever they stand', async () => {
    const data = utf8Bytes('x');
    const bytes = concatBytes([
      tarPart('../up', '0', data),
      tarPart('/etc/cron.d/x', '0', data),
      tarPart('a\\..\\b', '0', data),
      tarPart('@LongLink', 'L', utf8Bytes('fine/../../up\0')),
      tarPart('short', '0', data),
      tarPart('pax', 'x', concatBytes([paxRecord('path', '../../pax'), paxRecord('mtime', '1.5')])),
      tarPart('short', '0', data),
      tarPart('good', '0', data),
      END,
    ]);
    expect((await list(bytes)).map(({ path, refused }) => [path, refused])).toEqual([
      ['../up', 'name leaves its folder'],
      ['/etc/cron.d/x', 'name is absolute'],
      ['a\\..\\b', 'name holds a backslash'],
      ['fine/../../up', 'name leaves its folder'],
      ['../../pax', 'name leaves its folder'],
      ['good', undefined],
    ]);
  });

  it('takes sizes from pax, and none from links', async () => {
    const pax = tarPart('p', 'x', concatBytes([paxRecord('size', '3'), paxRecord('path', 'ü')]));
    const file = tarPart('f', '0', utf8Bytes('abc'), { sizeBytes: 0 });
    const link = tarPart('l', '1', new Uint8Array(0), { link: 'f', sizeBytes: 5000 });
    const device = tarPart('d', '3');
    const global = tarPart('g', 'g', paxRecord('mtime', '7'));
    const members = await list(concatBytes([global, pax, file, link, device, END]));
    expect(
      members.map(({ kind, path, content, modifiedAtSeconds }) => [kind, path, content, modifiedAtSeconds]),
    ).toEqual([
      ['file', 'ü', 'abc', 7],
      ['hardlink', 'l', undefined, 7],
      ['special', 'd', undefined, 7],
    ]);
  });

  it('ends at its limits', async () => {
    const many = concatBytes([...Array.from({ length: 5 }, (_, i) => tarPart(`f${i}`, '0')), END]);
    expect(await codeOf(many, { maxMembers: 4 })).toBe('tar-limit');
    const big = tarPart('big', '0', new Uint8Array(0), { sizeBytes: 2 ** 32 });
    expect(await codeOf(big, { maxMemberBytes: 2 ** 31 })).toBe('tar-limit');
    expect(await codeOf(big)).toBe('tar-limit'); // read() asks for a million bytes
    expect(await codeOf(tarPart('x', 'L', new Uint8Array(0), { sizeBytes: 2 ** 30 }))).toBe('tar-limit');
  });

  it('says what is wrong with damaged archives', async () => {
    const bytes = concatBytes([tarPart('a', '0', utf8Bytes('x'.repeat(1000))), END]);
    expect(await codeOf(bytes.subarray(0, 800))).toBe('tar-truncated');
    expect(await codeOf(bytes.subarray(0, 300))).toBe('tar-truncated');
    expect(await codeOf(bytes.with(3, 1))).toBe('tar-checksum');
    expect(await codeOf(concatBytes([tarPart('p', 'x', utf8Bytes('99 path=x\n')), END]))).toBe('tar-pax');
    expect(await codeOf(bytes.subarray(0, 1536))).toBe('ok'); // the end blocks may be missing
  });
});

describe('tarHeader()', () => {
  const read = async (header: Uint8Array) => {
    for await (const { kind, path, sizeBytes, mode } of readTar(chunksOf(header)))
      return { kind, path, sizeBytes, mode };
  };

  it.each([0, 1, 8 ** 11 - 1, 8 ** 11, 40 * 1024 ** 3])('is read back with %i bytes', async (sizeBytes) => {
    const header = tarHeader({ name: 'blobs/a', type: '0', sizeBytes, mode: 0o600 });
    expect(await read(header)).toEqual({ kind: 'file', path: 'blobs/a', sizeBytes, mode: 0o600 });
  });

  it('refuses a name that the field does not hold', () => {
    const named = (name: string) => () => tarHeader({ name, type: '0', sizeBytes: 0, mode: 0o600 });
    expect(named('é'.repeat(50))).not.toThrow();
    expect(named(`${'é'.repeat(50)}a`)).toThrow(FormatError);
    expect(named(`${'é'.repeat(50)}a`)).toThrow('more than 100 bytes');
  });

  it('is what tar itself lists', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pavise-tar-'));
    const file = join(folder, 'a.tar');
    const content = utf8Bytes('content');
    const header = tarHeader({ name: 'blobs/a', type: '0', sizeBytes: content.length, mode: 0o640 });
    writeFileSync(file, concatBytes([header, content, tarPadding(content.length), TAR_END]));
    expect(execFileSync('tar', ['-tvf', file], { encoding: 'utf8' })).toMatch(/^-rw-r----- 0\/0 +7 .* blobs\/a\n$/);
    rmSync(folder, { recursive: true });
  });
});
