import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, writeBackup } from '../../../test/synthetic/ios-backup.ts';
import { utf8Bytes } from '../../base/index.ts';
import { diskTree } from '../../cli/scan/index.ts';
import {
  type Artefact,
  type EvidenceTree,
  type IosFiles,
  memoryTree,
  openIosBackup,
  openIosFilesystem,
  type PhoneFile,
} from '../../evidence/index.ts';
import { absolutePathOf } from '../../evidence/ios/domains.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import { makeDatabase } from '../../formats/sqlite/testing.ts';
import { IOS_CHECKS } from '../sources/ios-checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-places-'));
afterAll(() => rmSync(folder, { recursive: true }));

const uuid = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex').toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Where a copy may have put a file, `undefined` for one that it lacks. */
const PLACES: Readonly<Record<string, (file: PhoneFile) => string | undefined>> = {
  'in containers whose list is missing': ({ domain, absolutePath }) =>
    absolutePath?.slice(1).replace('/*/', `/${uuid(domain)}/`),
  'below a folder of somebody': ({ domain, relativePath }) => `private/var/mobile/Media/copy/${domain}/${relativePath}`,
};

let usual: IosFiles;
let files: readonly (readonly [PhoneFile, Uint8Array])[];
let read: ReadonlyMap<string, number>;

async function rowsOf(source: IosFiles): Promise<readonly Artefact[]> {
  const context = { nowMs: 0, device: { productType: '', osVersion: '', buildVersion: '', name: '', udid: '' } };
  const sinks = { sighting: () => undefined, finding: () => undefined, event: undefined };
  const rows: Artefact[] = [];
  for (const check of IOS_CHECKS) rows.push(...(await check.run(source, context, sinks)));
  return rows;
}

const recordsIn = (rows: readonly Artefact[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { artefact, records } of rows) sums.set(artefact, (sums.get(artefact) ?? 0) + records);
  return sums;
};

async function treeOf(tree: EvidenceTree): Promise<IosFiles> {
  const source = await openIosFilesystem(tree);
  if (source === undefined) throw new Error('not recognised');
  return source;
}

/** What the generated backup lacks. */
const EXTRAS: readonly (readonly [domain: string, relativePath: string, sql: string])[] = [
  [
    'HomeDomain',
    'Library/AddressBook/AddressBook.sqlitedb',
    `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Middle TEXT, Last TEXT, Organization TEXT);
     CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, value TEXT);
     INSERT INTO ABPerson (ROWID, First) VALUES (1, 'A'); INSERT INTO ABMultiValue (record_id, property, value) VALUES (1, 3, '+1')`,
  ],
  [
    'AppDomainGroup-group.net.whatsapp.WhatsApp.shared',
    'ContactsV2.sqlite',
    `CREATE TABLE ZWAADDRESSBOOKCONTACT (Z_PK INTEGER PRIMARY KEY, ZFULLNAME TEXT, ZPHONENUMBER TEXT);
     INSERT INTO ZWAADDRESSBOOKCONTACT (ZFULLNAME, ZPHONENUMBER) VALUES ('A', '1'), ('B', '2')`,
  ],
];

beforeAll(async () => {
  const plants = ['profile-event'] as const;
  writeBackup(folder, { size: { ...SMALL, files: 5 }, seed: 5, plants });
  const backup = await openIosBackup(diskTree(folder), { passwords: [], crypto: undefined });
  if (backup === undefined) throw new Error('no backup');
  const copies: [PhoneFile, Uint8Array][] = [];
  for (const file of backup.files) {
    const open = await Promise.resolve(backup.open(file)).catch(() => undefined);
    if (open !== undefined) copies.push([file, open.read(0, open.sizeBytes).slice()]);
    open?.close();
  }
  for (const [domain, relativePath, sql] of EXTRAS) {
    const absolutePath = absolutePathOf(domain, relativePath);
    copies.push([{ id: relativePath, domain, relativePath, absolutePath }, makeDatabase(sql).main]);
  }
  files = copies;
  // The same phone as a file system whose containers say whose they are.
  const whole = new Map<string, Uint8Array>();
  for (const [{ domain, absolutePath = '' }, bytes] of files) {
    const path = absolutePath.slice(1).replace('/*/', `/${uuid(domain)}/`);
    whole.set(path, bytes);
    if (!absolutePath.includes('/*/')) continue;
    const container = path.slice(0, path.indexOf(uuid(domain)) + uuid(domain).length);
    const list = writeXmlPlist({ MCMMetadataIdentifier: domain.slice(domain.indexOf('-') + 1) });
    whole.set(`${container}/.com.apple.mobile_container_manager.metadata.plist`, list);
  }
  usual = await treeOf(memoryTree('dump', whole));
  read = recordsIn(await rowsOf(usual));
});

describe('every artefact of an iPhone', () => {
  it('stands in the generated backup, so that the tables below leave none out', () => {
    expect([...read].filter(([, records]) => records === 0).map(([artefact]) => artefact)).toEqual([]);
    expect([...read.keys()].sort()).toEqual(IOS_CHECKS.map(({ artefact }) => artefact).sort());
  });

  it.each(Object.keys(PLACES))('is found %s', async (place) => {
    const copy = new Map(files.map(([file, bytes]) => [PLACES[place]?.(file) ?? '', bytes] as const));
    copy.set('private/var/mobile/Library/x', utf8Bytes('x'));
    const found = recordsIn(await rowsOf(await treeOf(memoryTree('dump', copy))));
    expect(found).toEqual(read);
  });

  it('is never said to be absent while a file of its name is there, and what is there is read by its shape', async () => {
    const wanted = new Map<string, Artefact>();
    for (const row of await rowsOf(usual)) wanted.set(row.artefact, row);
    for (const [artefact, row] of wanted) {
      // Its files have no name: "profile-" begins those of many apps.
      if (artefact === 'configuration-profiles') continue;
      const own = files.filter(
        ([{ domain, relativePath }]) => row.path === `${domain}/${relativePath.replace(/-wal$/, '')}`,
      );
      const copy = new Map(
        own.map(([{ relativePath }, bytes]) => [`private/var/mobile/Media/x/${baseOf(relativePath)}`, bytes]),
      );
      copy.set('private/var/mobile/Library/x', utf8Bytes('x'));
      const rows = (await rowsOf(await treeOf(memoryTree('dump', copy)))).filter(
        (found) => found.artefact === artefact,
      );
      expect(
        rows.map(({ status }) => status),
        artefact,
      ).not.toContain('absent');
      expect(recordsIn(rows).get(artefact), artefact).toBe(row.records);
    }
  });

  it('says of a file that has the name alone that it holds no such records', async () => {
    const copy = new Map<string, Uint8Array>();
    for (const row of await rowsOf(usual))
      copy.set(
        `private/var/mobile/Containers/Data/Application/${uuid('x')}/Documents/${baseOf(row.path)}`,
        utf8Bytes('a text of an app'),
      );
    copy.set('private/var/mobile/Library/x', utf8Bytes('x'));
    const rows = await rowsOf(await treeOf(memoryTree('dump', copy)));
    const other = rows.filter(({ status, records }) => status !== 'examined' || records > 0);
    // WhatsApp's stand at the root of their container, so that any place is a usual one: there it is damage.
    expect(other.map(({ artefact, status }) => `${artefact} ${status}`)).toEqual([
      'configuration-profiles absent',
      'whatsapp unreadable',
      'whatsapp-contacts unreadable',
    ]);
  });

  it('is absent where nothing has its name', async () => {
    const rows = await rowsOf(
      await treeOf(memoryTree('dump', new Map([['private/var/mobile/Library/x', utf8Bytes('x')]]))),
    );
    expect(rows.filter(({ status }) => status !== 'absent')).toEqual([]);
  });
});

it('a container without its list belongs to the app whose last screens it keeps', async () => {
  const container = `private/var/mobile/Containers/Data/Application/${uuid('app')}`;
  const source = await treeOf(
    memoryTree(
      'dump',
      new Map([
        [`${container}/Library/SplashBoard/Snapshots/org.example.chat - {DEFAULT GROUP}/x.ktx`, utf8Bytes('x')],
        [`${container}/Documents/notes.txt`, utf8Bytes('x')],
      ]),
    ),
  );
  expect(source.find('AppDomain-org.example.chat', 'Documents/notes.txt')).toBeDefined();
});
