import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PlistDict, PlistUid, type PlistValue, parsePlist } from '../plist/index.ts';
import { keyedArchive, writeBinaryPlist } from '../plist/testing.ts';
import { openSqlite } from '../sqlite/index.ts';
import { ArchivedObject, readMbFile, unarchive } from './index.ts';

const uid = (index: number) => new PlistUid(index);
const classOf = (name: string): PlistDict => ({ $classname: name, $classes: [name, 'NSObject'] });
const coded = (code: string) => expect.objectContaining({ code });

const MB_FILE: readonly PlistValue[] = [
  {
    $class: uid(5),
    RelativePath: uid(2),
    Size: 4096,
    Mode: 33188,
    UserID: 501,
    GroupID: 501,
    InodeNumber: 5_000_000_000,
    Birth: 1_600_000_000,
    LastModified: uid(6),
    LastStatusChange: new Date(1_600_000_002_000),
    ProtectionClass: 3,
    Flags: 0,
    EncryptionKey: uid(3),
    Digest: uid(4),
  },
  'Library/SMS/größe.db',
  { $class: uid(7), 'NS.data': new Uint8Array(44).fill(3) },
  Uint8Array.of(1, 2, 3),
  classOf('MBFile'),
  { $class: uid(8), 'NS.time': 621_692_801 },
  classOf('NSMutableData'),
  classOf('NSDate'),
];

describe('readMbFile()', () => {
  it('reads every field, in the forms of old and new systems', () => {
    expect(readMbFile(keyedArchive(MB_FILE))).toEqual({
      relativePath: 'Library/SMS/größe.db',
      sizeBytes: 4096,
      mode: 33188,
      userId: 501,
      groupId: 501,
      inode: 5_000_000_000,
      bornAtSeconds: 1_600_000_000,
      modifiedAtSeconds: 1_600_000_001,
      statusChangedAtSeconds: 1_600_000_002,
      protectionClass: 3,
      encryptionKey: new Uint8Array(44).fill(3),
      digest: Uint8Array.of(1, 2, 3),
      linkTarget: undefined,
    });
  });

  it('refuses other archives and bytes', () => {
    expect(() => readMbFile(keyedArchive([{ $class: uid(2) }, classOf('NSDate')]))).toThrow(coded('mbfile-shape'));
    expect(() => readMbFile(writeBinaryPlist({ a: 1 }))).toThrow(coded('mbfile-shape'));
    expect(() => readMbFile(new Uint8Array(100))).toThrow(coded('mbfile-shape'));
  });

  it('agrees with the general reader on the sample manifest', (context) => {
    const path = '../shared/data/mvt-artifacts/ios_backup/Manifest.db';
    if (!existsSync(path)) return context.skip('the sample data is not here');
    let files = 0;
    for (const { values } of openSqlite(new Uint8Array(readFileSync(path))).rows('Files', ['file', 'relativePath'])) {
      const [blob, relativePath] = values;
      if (!(blob instanceof Uint8Array)) continue;
      files++;
      const quick = readMbFile(blob);
      const full = unarchive(blob);
      if (!(full instanceof ArchivedObject)) throw new Error('no object');
      expect(full.className).toBe('MBFile');
      expect(quick.relativePath).toBe(relativePath);
      const same = ['Size', 'Mode', 'LastModified', 'Birth', 'ProtectionClass', 'Digest'].map((key) => full.fields.get(key) ?? undefined); // biome-ignore format: one line reads better
      expect([quick.sizeBytes, quick.mode, quick.modifiedAtSeconds, quick.bornAtSeconds, quick.protectionClass, quick.digest]).toEqual(same); // biome-ignore format: one line reads better
    }
    expect(files).toBe(3721);
  });
});

describe('unarchive()', () => {
  it('gives plain values for the classes of Foundation', () => {
    const archive = keyedArchive([
      { $class: uid(2), 'NS.keys': [uid(3), uid(4), uid(11)], 'NS.objects': [uid(5), uid(7), uid(12)] },
      classOf('NSMutableDictionary'),
      'list',
      'link',
      { $class: uid(6), 'NS.objects': [uid(3), 7, true, uid(0)] },
      classOf('NSArray'),
      { $class: uid(8), 'NS.base': uid(9), 'NS.relative': uid(10) },
      classOf('NSURL'),
      'https://example.org/',
      'path',
      'other',
      { $class: uid(13), name: uid(3), when: uid(14) },
      classOf('SPThing'),
      { $class: uid(15), 'NS.time': 0 },
      classOf('NSDate'),
    ]);
    expect(unarchive(archive)).toEqual(
      new Map<string, unknown>([
        ['list', ['list', 7, true, null]],
        ['link', 'https://example.org/path'],
        ['other', new ArchivedObject('SPThing', new Map<string, never>([['name', 'list'], ['when', new Date('2001-01-01')]] as never))], // biome-ignore format: one line reads better
      ]),
    );
  });

  it('refuses cycles, references into nothing and depth', () => {
    const array = classOf('NSArray');
    expect(() => unarchive(keyedArchive([{ $class: uid(2), 'NS.objects': [uid(1)] }, array]))).toThrow(
      coded('archive-cycle'),
    );
    expect(() => unarchive(keyedArchive([uid(77)]))).toThrow(coded('archive-reference'));
    expect(() => unarchive(writeBinaryPlist({ a: 1 }))).toThrow(coded('archive-shape'));
    const chain = Array.from({ length: 200 }, (_, i) => ({ $class: uid(201), 'NS.objects': [uid(i + 2)] }));
    expect(() => unarchive(keyedArchive([...chain, array]))).toThrow(coded('archive-depth'));
  });

  it('does not unfold shared objects', () => {
    // Each array holds the next one ten times: 10^40 leaves if it were a tree.
    const levels = Array.from({ length: 40 }, (_, i) => ({
      $class: uid(42),
      'NS.objects': Array(10).fill(uid(i + 2)),
    }));
    expect(unarchive(keyedArchive([...levels, 'leaf', classOf('NSArray')]))).toHaveLength(10);
  });
});

describe('parsePlist()', () => {
  it('takes more than 32,768 objects', () => {
    const list = Array.from({ length: 50_000 }, (_, i) => `item ${i}`);
    expect(parsePlist(writeBinaryPlist({ list }))).toEqual(Object.assign(Object.create(null), { list }));
  });
});
