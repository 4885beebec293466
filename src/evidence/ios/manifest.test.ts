import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { PlistUid } from '../../formats/plist/index.ts';
import { plistLinkStrings } from '../plist-strings.ts';
import { fileIdOf } from './file-id.ts';
import { parseFileRecord } from './file-record.ts';
import { manifest } from './manifest.ts';
import { readMessageEdits } from './message-edits.ts';
import { attributedBody, backupTree, binaryPlist, collect, fileRecord } from './testing.ts';

const FIELDS = {
  Size: 7,
  Mode: 33_188,
  UserID: 501,
  ProtectionClass: 3,
  Birth: 100,
  LastModified: 200,
  LastStatusChange: 300,
};

describe('fileIdOf()', () => {
  it('is SHA-1 of domain and path', () => {
    expect(fileIdOf('HomeDomain', 'Library/SMS/sms.db')).toBe('3d0d7e5fb2ce288813306e4d4636395e047a3d28');
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }), (domain, path) => {
        expect(fileIdOf(domain, path)).toBe(createHash('sha1').update(`${domain}-${path}`).digest('hex'));
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('parseFileRecord()', () => {
  it('reads sizes, modes and times, those of old systems too', () => {
    expect(parseFileRecord(fileRecord(FIELDS))).toEqual({
      sizeBytes: 7,
      mode: 33_188,
      userId: 501,
      protectionClass: 3,
      bornAtMs: 100_000,
      modifiedAtMs: 200_000,
      statusChangedAtMs: 300_000,
    });
    const old = binaryPlist({
      $objects: ['$null', { Birth: new PlistUid(2), LastModified: -1 }, { 'NS.time': 100 }],
      $top: { root: new PlistUid(1) },
    });
    expect(parseFileRecord(old)).toMatchObject({ bornAtMs: 978_307_300_000, modifiedAtMs: undefined });
  });

  it('throws FormatError alone on mutated records', () => {
    const vectors = [fileRecord(FIELDS), binaryPlist({ $objects: ['$null', { Birth: new PlistUid(0) }] })];
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        (vector, changes) => {
          const bytes = vector.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            parseFileRecord(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe('plistLinkStrings() and readMessageEdits()', () => {
  it('give strings of any list and throw on none', () => {
    const found: string[] = [];
    plistLinkStrings(
      new TextEncoder().encode(
        '<plist><array><string>https://x.example.org</string><integer>1</integer></array></plist>',
      ),
      (text) => found.push(text),
    );
    expect(found).toEqual(['https://x.example.org']);
    const vectors = [
      binaryPlist({ a: ['https://x.example.org/', 'ü https://y.example.org'], b: 'z'.repeat(20) }),
      binaryPlist({ ec: { 0: [{ d: 1, t: attributedBody('text') }] }, rp: [1] }),
      new TextEncoder().encode('<plist><dict><key>ec</key><dict/></dict></plist>'),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        (vector, changes) => {
          const bytes = vector.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          plistLinkStrings(bytes, () => undefined);
          readMessageEdits(bytes);
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe('manifest', () => {
  it('gives directories and links too, web sites in names, and one event for each distinct time', async () => {
    const domain = 'AppDomain-com.apple.mobilesafari';
    const { records, sightings, events } = await collect(
      manifest,
      backupTree([
        {
          domain,
          path: 'Library/WebKit/WebSQL/https_my_host.example.org_0',
          flags: 2,
          record: fileRecord({ ...FIELDS, LastStatusChange: 200 }),
        },
        { domain: 'HomeDomain', path: 'Library/x', flags: 4, record: new Uint8Array([1, 2, 3]) },
        { domain: 'OddDomain', path: 'y' },
      ]),
    );
    expect(records.map(({ kind, absolutePath, sizeBytes }) => [kind, absolutePath, sizeBytes])).toEqual([
      [
        'directory',
        '/private/var/mobile/Containers/Data/Application/*/Library/WebKit/WebSQL/https_my_host.example.org_0',
        7,
      ],
      ['link', '/private/var/mobile/Library/x', undefined],
      ['file', undefined, undefined],
    ]);
    expect(sightings.filter(({ kind }) => kind === 'host').map(({ value }) => value)).toEqual(['my_host.example.org']);
    expect(events.map(({ what, atMs }) => [what, atMs])).toEqual([
      ['directory modified, status changed', 200_000],
      ['directory created', 100_000],
    ]);
  });
});
