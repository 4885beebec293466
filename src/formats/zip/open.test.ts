import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readAtOf, utf8Bytes } from '../../base/index.ts';
import { openZip, type ZipFolder } from './index.ts';
import { makeZip, type ZipPart } from './testing.ts';

const text = utf8Bytes('a log line that comes again and again\n'.repeat(3000));
const noise = new Uint8Array(randomBytes(200_000));
const coded = (code: string) => expect.objectContaining({ code });

const open = (bytes: Uint8Array, limits = {}): Promise<ZipFolder> =>
  openZip({ sizeBytes: bytes.length, readAt: readAtOf(bytes) }, limits);

async function only(part: Partial<ZipPart>): Promise<{ refused: string | undefined; read: () => Promise<Uint8Array> }> {
  const zip = await open(makeZip([{ name: 'a', data: text, ...part }]));
  const [member] = zip.members;
  if (member === undefined) throw new Error('no member');
  return { refused: member.refused, read: () => zip.read(member, 1e6) };
}

describe('openZip()', () => {
  it('reads stored, deflated, streamed and zip64 entries, from either kind of source', async () => {
    const bytes = makeZip([
      { name: 'FS/data/a.txt', data: text },
      { name: './noise//b', data: noise, descriptor: true },
      { name: 'stored', data: noise, stored: true, zip64: true },
      { name: 'FS/', data: new Uint8Array(0), stored: true },
      { name: 'empty', data: new Uint8Array(0), zip64: true, descriptor: true },
    ]);
    const source = { sizeBytes: bytes.length, read: (at: number, length: number) => bytes.subarray(at, at + length) };
    for (const zip of [await open(bytes), await openZip(source)]) {
      expect(zip.members.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
        'file FS/data/a.txt',
        'file noise/b',
        'file stored',
        'folder FS',
        'file empty',
      ]);
      const contents = [];
      for (const member of zip.members) contents.push(await zip.read(member, 1e6));
      expect(contents).toEqual([text, noise, noise, new Uint8Array(0), new Uint8Array(0)]);
      expect(zip.members[0]?.modifiedLocal).toBe('2024-05-01T13:07:58');
    }
  });

  it('opens a zip within a zip', async () => {
    const inner = makeZip([{ name: 'deep', data: text }]);
    const outer = await open(makeZip([{ name: 'inner.zip', data: inner, stored: true }]));
    const [member] = outer.members;
    if (member === undefined) throw new Error('no member');
    const zip = await open(await outer.read(member, 1e6));
    expect(zip.members.map(({ path }) => path)).toEqual(['deep']);
  });

  it('reads the backslashes of packers on Windows as slashes', async () => {
    const names = ['00008110-0000\\', '00008110-0000\\3d\\3d0d', 'a/b', 'a\\b'];
    const zip = await open(makeZip(names.map((name) => ({ name, data: text }))));
    expect(zip.members.map(({ kind, path, refused }) => [kind, path, refused])).toEqual([
      ['folder', '00008110-0000', undefined],
      ['file', '00008110-0000/3d/3d0d', undefined],
      ['file', 'a/b', undefined],
      ['file', 'a/b', 'another entry has the same name'],
    ]);
  });

  it('refuses single entries with their reason, and reads the others', async () => {
    const names = ['../up', '/etc/passwd', 'a\\..\\b', 'C:x', 'a\0b', '', 'good', 'good', './good'];
    const zip = await open(makeZip(names.map((name) => ({ name, data: text }))));
    expect(zip.members.map(({ refused }) => refused)).toEqual([
      'name leaves its folder',
      'name is absolute',
      'name leaves its folder',
      'name is absolute',
      'name holds a NUL',
      'name is empty',
      undefined,
      'another entry has the same name',
      'another entry has the same name',
    ]);
    const [bad] = zip.members;
    const good = zip.members[6];
    if (bad === undefined || good === undefined) throw new Error('no member');
    await expect(zip.read(bad, 1e6)).rejects.toThrow(coded('zip-refused'));
    expect(await zip.read(good, 1e6)).toEqual(text);
    await expect(zip.read(good, 1000)).rejects.toThrow(coded('zip-limit'));
  });

  it('refuses encryption, unknown methods, overlaps and bombs', async () => {
    expect((await only({ flags: 1 })).refused).toBe('entry is encrypted');
    expect((await only({ method: 93 })).refused).toMatch(/method 93/);
    expect((await only({ stored: true, claim: { sizeBytes: 5 } })).refused).toMatch(/sizes differ/);
    expect((await only({ claim: { sizeBytes: 2 ** 31 } })).refused).toMatch(/impossible size/);
    const bomb = await only({ data: new Uint8Array(20_000_000) });
    expect(bomb.refused).toMatch(/250 times/);
    const twice = await open(makeZip([{ name: 'a', data: text }, { name: 'b', data: text, claim: { headerOffset: 0 } }])); // biome-ignore format: one line reads better
    expect(twice.members.map(({ refused }) => refused)).toEqual(Array(2).fill('entry shares bytes with another'));
    await expect(open(makeZip([{ name: 'a', data: text }]), { maxTotalBytes: 1000 })).rejects.toThrow(
      coded('zip-limit'),
    );
  });

  it('holds contents to their size and checksum', async () => {
    for (const claim of [{ crc32: 1 }, { sizeBytes: text.length - 1 }, { sizeBytes: text.length + 1 }]) {
      const { refused, read } = await only({ claim });
      expect(refused).toBeUndefined();
      await expect(read()).rejects.toThrow(coded('zip-damaged'));
    }
    const bytes = makeZip([{ name: 'a', data: noise }]);
    bytes.fill(0xff, 100, 200);
    const zip = await open(bytes);
    const [member] = zip.members;
    if (member === undefined) throw new Error('no member');
    await expect(zip.read(member, 1e6)).rejects.toThrow(coded('zip-damaged'));
    await expect(open(bytes.subarray(0, 1000))).rejects.toThrow(coded('zip-truncated'));
  });
});
