import { describe, expect, it } from 'vitest';
import { equalBytes, FormatError, utf8Bytes } from '../base/index.ts';
import { tarPart } from '../formats/tar/testing.ts';
import { makeZip } from '../formats/zip/testing.ts';
import { memoryTree, tarTree, zipTree } from './archive-trees.ts';
import { blockFile, memoryFile } from './block-file.ts';
import type { EvidenceTree } from './evidence.ts';

async function listOf(tree: EvidenceTree): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of tree.files()) paths.push(path);
  return paths;
}

async function textAt(tree: EvidenceTree, path: string): Promise<string> {
  const file = await tree.open(path);
  return file === undefined ? 'missing' : new TextDecoder().decode(file.read(0, file.sizeBytes));
}

async function* parts(...bytes: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

describe('zipTree()', () => {
  it('gives the members as files and reads them again and again', async () => {
    const tree = await zipTree(
      'z',
      memoryFile(
        makeZip([
          { name: 'a/b.txt', data: utf8Bytes('one') },
          { name: 'c', data: utf8Bytes('two'), stored: true },
        ]),
      ),
    );
    expect(await listOf(tree)).toEqual(['a/b.txt', 'c']);
    for (let i = 0; i < 3; i++)
      expect([await textAt(tree, 'a/b.txt'), await textAt(tree, 'c')]).toEqual(['one', 'two']);
    expect([await textAt(tree, 'b.txt'), tree.refused]).toEqual(['missing', []]);
  });

  it('refuses members that leave the folder, are doubled or bombs, and reads the others', async () => {
    const zip = makeZip([
      { name: '../evil', data: utf8Bytes('x') },
      { name: '/etc/passwd', data: utf8Bytes('x') },
      { name: 'ok', data: utf8Bytes('fine') },
      { name: 'ok', data: utf8Bytes('other') },
      { name: 'bomb', data: new Uint8Array(32 * 1024 * 1024) },
    ]);
    const tree = await zipTree('z', memoryFile(zip));
    expect(tree.refused.map(({ path, status, why }) => `${path} ${status} ${why}`)).toEqual([
      '../evil unreadable refused: name leaves its folder',
      '/etc/passwd unreadable refused: name is absolute',
      'ok unreadable refused: another entry has the same name',
      'bomb unreadable refused: entry unpacks to over 250 times its size',
    ]);
    expect([await listOf(tree), await textAt(tree, 'ok')]).toEqual([['ok'], 'fine']);
    const lying = makeZip([{ name: 'a', data: utf8Bytes('12345678'), claim: { crc32: 1 } }]);
    await expect(Promise.resolve((await zipTree('z', memoryFile(lying))).open('a'))).rejects.toThrow(
      'checksum differs',
    );
    await expect(zipTree('z', memoryFile(zip.subarray(0, 100)))).rejects.toThrow(FormatError);
  });

  it('does not take a member over the limit into memory', async () => {
    const tree = await zipTree('z', memoryFile(makeZip([{ name: 'a', data: new Uint8Array(5000) }])), 4999);
    await expect(Promise.resolve(tree.open('a'))).rejects.toThrow('is larger than 4999 bytes unpacked');
  });
});

describe('tarTree()', () => {
  it('keeps files, follows no link, and tells what it left out', async () => {
    const tree = await tarTree(
      't',
      parts(
        tarPart('apps/x/f', '0', utf8Bytes('content')),
        tarPart('../evil', '0', utf8Bytes('x')),
        tarPart('link', '2', undefined, { link: '/etc/passwd' }),
        tarPart('hard', '1', undefined, { link: 'apps/x/f' }),
        tarPart('big', '0', new Uint8Array(2000)),
        tarPart('wanted', '0', new Uint8Array(1500)),
        new Uint8Array(1024),
      ),
      { maxTotalBytes: 1000, wanted: (path) => path === 'wanted' },
    );
    expect(await listOf(tree)).toEqual(['apps/x/f', 'wanted']);
    expect(await textAt(tree, 'apps/x/f')).toBe('content');
    expect(tree.refused.map(({ path, why }) => `${path} ${why}`)).toEqual([
      '../evil refused: name leaves its folder',
      'link refused: it is a link',
      'hard refused: it is a link',
      'big not read: 2000 bytes are more than are kept in memory',
    ]);
  });

  it('keeps what stood before damage', async () => {
    const whole = tarPart('a', '0', utf8Bytes('content'));
    const tree = await tarTree('t', parts(whole, tarPart('b', '0', new Uint8Array(5000)).subarray(0, 700)));
    expect([await listOf(tree), tree.refused[0]?.why]).toEqual([
      ['a'],
      expect.stringMatching(/^read in part, 1 files: /),
    ]);
    await expect(tarTree('t', parts(utf8Bytes('no tar at all'.repeat(100))))).rejects.toThrow(FormatError);
  });
});

it('blockFile() reads any range over the edges of its blocks', async () => {
  const bytes = new Uint8Array(3 * 1024 * 1024 + 7).map((_, i) => (i * 31) >> 7);
  const file = await blockFile(
    parts(bytes.subarray(0, 1000), bytes.subarray(1000, 2_500_000), bytes.subarray(2_500_000)),
    1e8,
  );
  expect(file.sizeBytes).toBe(bytes.length);
  for (const [offset, length] of [
    [0, 10],
    [1_048_570, 20],
    [0, bytes.length],
    [bytes.length - 3, 100],
    [bytes.length, 5],
  ] as const) {
    expect(equalBytes(file.read(offset, length), bytes.subarray(offset, offset + length))).toBe(true);
  }
  expect((await blockFile(parts(), 10)).sizeBytes).toBe(0);
});

it('memoryTree() opens its files by their exact path', async () => {
  const tree = memoryTree('m', new Map([['a/b', utf8Bytes('x')]]));
  expect([await textAt(tree, 'a/b'), await textAt(tree, 'b'), await listOf(tree)]).toEqual(['x', 'missing', ['a/b']]);
});
