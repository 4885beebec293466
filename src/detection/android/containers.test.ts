import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { type EvidenceTree, memoryTree } from '../../evidence/index.ts';
import { makeAndroidBackup } from '../../formats/android-backup/testing.ts';
import { nodeBackupCrypto } from '../../formats/keybag/node.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { tarPart } from '../../formats/tar/testing.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const MVT = '../shared/data/mvt-artifacts';

/** One file as it is given on the command line. */
function single(name: string, bytes: Uint8Array): EvidenceTree {
  return { ...memoryTree(name, new Map([[name, bytes]])), single: true };
}

async function run(
  tree: EvidenceTree,
  passwords: readonly string[] = [],
  ...pairs: (readonly [IndicatorKey, string])[]
) {
  const list = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  const index = compileIndicators([{ source: 'test', bundle: { unsupported: [], indicators: list } }]);
  const result = await examine([tree], index, {
    passwords: passwords.map(utf8Bytes),
    crypto: nodeBackupCrypto,
    level: 'quick',
    nowMs: Date.UTC(2023, 6, 1),
    progress() {},
  });
  if ('unknown' in result) throw new Error('not recognised');
  const rows = result.examined.map(
    ({ artefact, path, records, status, why }) => `${artefact} ${path}: ${why ?? `${status} ${records}`}`,
  );
  const told = result.findings.map(({ level, verdict, artefact, value }) => `${level} ${verdict} ${artefact} ${value}`);
  return { sources: result.sources, rows, told };
}

const sms = (body: string, type = 1): unknown => ({
  address: '+1',
  body,
  date: '1600000000000',
  date_sent: '1599999999000',
  type: String(type),
  read: '1',
});
const telephony = 'apps/com.android.providers.telephony/d_f/';
const tar = concatBytes([
  tarPart(
    `${telephony}000000_sms_backup`,
    '0',
    new Uint8Array(deflateSync(JSON.stringify([sms('see https://bad.example.org/x'), sms('hi', 2)]))),
  ),
  tarPart('apps/com.malware.blah/_manifest', '0', utf8Bytes('1\ncom.malware.blah\n')),
  new Uint8Array(1024),
]);

describe('Android backups', () => {
  it('reads messages and apps, open and with the right one of several passwords', async () => {
    const expected = {
      rows: [
        'backup-apps apps: examined 2',
        `sms-backup ${telephony}000000_sms_backup: examined 2`,
        'files *: examined 1',
      ],
      told: ['critical trace backup-apps com.malware.blah', 'high unusual sms-backup https://bad.example.org/x'],
    };
    const pairs = [
      ['domain-name', 'bad.example.org'],
      ['app:id', 'com.malware.blah'],
    ] as const;
    expect(await run(single('backup.ab', makeAndroidBackup(tar)), [], ...pairs)).toMatchObject(expected);
    const locked = makeAndroidBackup(tar, { password: 'right' });
    const open = await run(single('x.bin', locked), ['wrong', 'right'], ...pairs);
    expect(open).toMatchObject({ ...expected, sources: [{ kind: 'android-backup', encrypted: true }] });
  });

  it('asks for a password, and tells a wrong one from damage', async () => {
    const locked = makeAndroidBackup(tar, { password: 'right' });
    const rowsOf = async (bytes: Uint8Array, ...passwords: string[]) =>
      (await run(single('b.ab', bytes), passwords)).rows;
    expect(await rowsOf(locked)).toEqual([
      'backup b.ab: the backup is encrypted: it can be read only with its password',
    ]);
    expect(await rowsOf(locked, 'wrong')).toEqual(['backup b.ab: Cannot open Android backup: the password is wrong']);
    expect(await rowsOf(locked.subarray(0, locked.length - 20), 'right')).toEqual([
      expect.stringMatching(/damaged|ends early|padding/),
    ]);
    expect(await rowsOf(utf8Bytes('ANDROID BACKUP\n5\n'))).toEqual([
      'backup b.ab: Cannot read Android backup: its header ends early',
    ]);
  });

  it.skipIf(!existsSync(MVT)).each([
    ['android_backup/backup.ab', '', 2],
    ['android_backup/backup2.ab', '123456', 1],
    ['android_backup/backup3.ab', '', 1],
    ['androidqf_encrypted/backup.ab', '123456', 1],
  ])('counts the messages of %s as MVT does', async (path, password, messages) => {
    const { rows, told } = await run(
      single('backup.ab', readFileSync(`${MVT}/${path}`)),
      password === '' ? [] : [password],
    );
    const counts = rows.filter((row) => row.startsWith('sms-backup')).map((row) => Number(row.split(' ').at(-1)));
    expect([counts.reduce((a, b) => a + b, 0), told]).toEqual([messages, []]);
  });
});

describe('zips and archives within', () => {
  const dump = 'DUMP OF SERVICE CRITICAL package:\nPackages:\n  Package [com.malware.blah] (1):\n    userId=1\n\n';

  it.skipIf(!existsSync(MVT))('reads a zip of AndroidQF with the folder inside', async () => {
    const { sources, rows } = await run(single('androidqf.zip', readFileSync(`${MVT}/androidqf.zip`)));
    expect(sources).toMatchObject([{ kind: 'androidqf' }]);
    expect(rows).toContain('getprop androidqfzip/getprop.txt: examined 10');
  });

  it('reads the bug report and the backup inside a collection, and the zone of the phone', async () => {
    const report = makeZip([
      { name: 'main_entry.txt', data: utf8Bytes('dumpstate.txt') },
      { name: 'dumpstate.txt', data: utf8Bytes(dump) },
    ]);
    const files = new Map([
      [
        'getprop.txt',
        utf8Bytes(
          '[persist.sys.timezone]: [Europe/Berlin]\n[ro.product.model]: [Pixel 8]\n[ro.build.version.release]: [15]\n',
        ),
      ],
      ['bugreport.zip', report],
      ['backup.ab', makeAndroidBackup(tar, { password: 'pw' })],
      [
        'intrusion_logs/day.zip',
        makeZip([
          {
            name: 'inner.zip',
            data: makeZip([
              { name: 'a.txt', data: utf8Bytes('{"dns_event":{"event_time":1700000000000,"hostname":"a.example"}}') },
            ]),
          },
        ]),
      ],
    ]);
    const { sources, rows, told } = await run(memoryTree('qf', files), ['pw'], ['app:id', 'com.malware.blah']);
    expect(sources).toMatchObject([{ kind: 'androidqf', device: { productType: 'Pixel 8', osVersion: '15' } }]);
    expect(rows).toContain('packages bugreport.zip/dumpstate.txt: examined 1');
    expect(rows).toContain(`sms-backup backup.ab/${telephony}000000_sms_backup: examined 2`);
    expect(rows).toContain('intrusion-logs intrusion_logs/day.zip/inner.zip/a.txt: examined 1');
    expect(told).toEqual(['critical trace packages com.malware.blah', 'critical trace backup-apps com.malware.blah']);
    const locked = await run(memoryTree('qf', files));
    // A broken or locked backup takes only its own modules with it.
    expect(locked.rows).toContain('files backup.ab: the backup is encrypted: it can be read only with its password');
    expect(locked.rows).toContain('packages bugreport.zip/dumpstate.txt: examined 1');
  });

  it('calls a bug report incomplete whose only dumpstate was refused as a bomb', async () => {
    const bomb = new Uint8Array(32 * 1024 * 1024);
    const zip = makeZip([
      { name: 'main_entry.txt', data: utf8Bytes('dumpstate.txt') },
      { name: 'dumpstate.txt', data: bomb },
    ]);
    const { sources, rows } = await run(single('report.zip', zip));
    expect(sources).toMatchObject([{ kind: 'android-bugreport' }]);
    expect(rows).toContain('files dumpstate.txt: refused: entry unpacks to over 250 times its size');
    expect(rows).toContainEqual(
      expect.stringMatching(/^main-text dumpstate\.txt: the main text of the bug report is missing/),
    );
  });

  it('names what it refuses, reads the rest, and writes nothing', async () => {
    const work = mkdtempSync(join(tmpdir(), 'pavise-hostile-'));
    const zip = makeZip([
      { name: '../../evil.txt', data: utf8Bytes('x') },
      { name: 'dumpstate.txt', data: utf8Bytes(dump) },
      { name: 'bomb.zip', data: makeZip([{ name: 'zeros', data: new Uint8Array(32 * 1024 * 1024) }]) },
      { name: 'broken.zip', data: utf8Bytes('PK\x03\x04 no zip') },
    ]);
    const before = process.cwd();
    process.chdir(work);
    const { rows } = await run(single('report.zip', zip)).finally(() => process.chdir(before));
    expect(readdirSync(work)).toEqual([]);
    rmSync(work, { recursive: true });
    expect(rows).toContain('files ../../evil.txt: refused: name leaves its folder');
    expect(rows).toContain('files bomb.zip/zeros: refused: entry unpacks to over 250 times its size');
    expect(rows).toContain('files broken.zip: Cannot read zip: no end of central directory');
    expect(rows).toContain('packages dumpstate.txt: examined 1');
    const broken = await run(single('report.zip', zip.subarray(0, 200)));
    expect(broken).toMatchObject({
      sources: [{ kind: 'files' }],
      rows: ['archive report.zip: Cannot read zip: no end of central directory'],
    });
  });

  it('says of a damaged dumpstate that it is damaged, and reads the crashes beside it', async () => {
    const crash = '*** *** ***\nTimestamp: 2024-05-01 10:00:00+0200\npid: 10, tid: 11, name: a  >>> /b <<<\nuid: 5\n';
    const zip = makeZip([
      { name: 'dumpstate.txt', data: utf8Bytes(dump), claim: { crc32: 7 } },
      { name: 'FS/data/tombstones/tombstone_00', data: utf8Bytes(crash) },
    ]);
    const { sources, rows } = await run(single('r.zip', zip));
    expect(sources).toMatchObject([{ kind: 'android-bugreport' }]);
    expect(rows).toContain('files dumpstate.txt: Cannot read zip entry: its checksum differs');
    expect(rows).toContain('tombstones FS/data/tombstones/tombstone_00: examined 1');
  });

  it('does not open archives without end', async () => {
    let zip = makeZip([{ name: 'dumpstate.txt', data: utf8Bytes(dump) }]);
    for (let i = 0; i < 6; i++)
      zip = makeZip([
        { name: 'dumpstate.txt', data: utf8Bytes(dump) },
        { name: 'inner.zip', data: zip },
      ]);
    const { rows } = await run(single('r.zip', zip));
    expect(rows.filter((row) => row.includes('too deep'))).toHaveLength(1);
    expect(rows.filter((row) => row.startsWith('packages'))).toHaveLength(4);
  });
});

it('recognises a collection encrypted with age, and says how to open it', async () => {
  const sealed = utf8Bytes('age-encryption.org/v1\n-> X25519 abc\nxyz\n--- mac\n\u0000\u0001');
  for (const tree of [single('u.zip.age', sealed), memoryTree('folder', new Map([['u.zip.age', sealed]]))]) {
    const { sources, rows } = await run(tree);
    expect(sources).toMatchObject([{ kind: 'androidqf', encrypted: true }]);
    expect(rows).toEqual([
      expect.stringMatching(/^collection u\.zip\.age: the collection is encrypted with age: decrypt it first/),
    ]);
  }
});

it('examines any mutated zip or backup to its end, or does not know it', async () => {
  const inputs = [
    makeZip([
      { name: 'dumpstate.txt', data: utf8Bytes('DUMP OF SERVICE package:\nPackages:\n  Package [com.a] (1):\n') },
      { name: 'getprop.txt', data: utf8Bytes('[a]: [b]\n'), stored: true },
      { name: 'backup.ab', data: makeAndroidBackup(tar), descriptor: true },
    ]),
    makeAndroidBackup(tar, { password: 'pw' }),
    makeAndroidBackup(tar, { compressed: false }),
  ];
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...inputs),
      fc.array(change, { maxLength: 8 }),
      fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 1, noNaN: true })),
      async (input, changes, kept) => {
        const bytes = input.slice(0, Math.ceil(input.length * kept));
        for (const [at, value] of changes) bytes[Math.floor(at * (bytes.length - 1))] = value;
        const index = compileIndicators([]);
        const options = {
          passwords: [utf8Bytes('pw')],
          crypto: nodeBackupCrypto,
          level: 'thorough',
          nowMs: 0,
          progress() {},
        } as const;
        const result = await examine([single('x', bytes)], index, options);
        if ('unknown' in result) return;
        expect(result.examined.length).toBeGreaterThan(0);
        for (const { why } of result.examined) expect(why ?? '').not.toContain('internal error');
      },
    ),
    { numRuns: runs(150) },
  );
});
