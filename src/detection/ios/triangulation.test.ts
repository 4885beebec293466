import { describe, expect, it } from 'vitest';
import {
  appleSeconds,
  type BackupFile,
  backupTree,
  binaryPlist,
  databaseBytes,
  fileRecord,
} from '../../evidence/ios/testing.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const AT_MS = Date.parse('2023-02-01T10:00:00Z');
const MINUTE = 60_000;

async function findings(files: readonly BackupFile[]) {
  const options = { nowMs: AT_MS, progress: () => undefined, passwords: [], level: 'quick' } as const;
  const result = await examine([backupTree(files)], compileIndicators([]), options);
  if ('unknown' in result) throw new Error('not recognised');
  return result.findings;
}

const alarms = async (files: readonly BackupFile[]) =>
  (await findings(files))
    .filter(({ artefact }) => artefact === 'correlation')
    .map(({ level, verdict, value, atMs }) => [level, verdict, value, atMs]);

/** A directory or file with its three times in milliseconds. */
const entry = (domain: string, path: string, modifiedMs: number, changedMs = modifiedMs, bornMs = 0): BackupFile => ({
  domain,
  path,
  flags: 2,
  record: fileRecord({ LastModified: modifiedMs / 1000, LastStatusChange: changedMs / 1000, Birth: bornMs / 1000 }),
});

const folder = (modifiedMs: number, changedMs = modifiedMs): BackupFile =>
  entry('MediaDomain', 'Library/SMS/Attachments/0f/15', modifiedMs, changedMs);

const usage = (process: string, firstMs: number): BackupFile => ({
  domain: 'WirelessDomain',
  path: 'Library/Databases/DataUsage.sqlite',
  bytes: databaseBytes((database) => {
    database.exec(`CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP REAL, ZTIMESTAMP REAL, ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
      CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL)`);
    const first = appleSeconds(new Date(firstMs).toISOString());
    database.prepare('INSERT INTO ZPROCESS VALUES (1, ?, ?, NULL, ?)').run(first, first + 1e6, process);
  }),
});

const location = (client: string, atMs: number): BackupFile => ({
  domain: 'RootDomain',
  path: 'Library/Caches/locationd/clients.plist',
  bytes: binaryPlist({ [client]: { LocationTimeStopped: appleSeconds(new Date(atMs).toISOString()) } }),
});

const HARVEST = 'com.apple.locationd.bundle-/System/Library/LocationBundles/IonosphereHarvest.bundle';
const IMAGE_IO = 'Library/Preferences/com.apple.ImageIO.plist';

describe('Operation Triangulation', () => {
  it('is told when two of its clues stand within five minutes', async () => {
    expect(await alarms([folder(AT_MS), usage('nehelper', AT_MS + 4 * MINUTE)])).toEqual([
      ['high', 'unusual', 'Library/SMS/Attachments/0f/15, nehelper', AT_MS],
    ]);
    expect(await alarms([location(HARVEST, AT_MS), entry('RootDomain', IMAGE_IO, AT_MS + MINUTE)])).toEqual([
      ['high', 'unusual', `IonosphereHarvest.bundle, ${IMAGE_IO}`, AT_MS],
    ]);
  });

  it('is told once for one window, and again for another', async () => {
    const files = [
      folder(AT_MS),
      entry('RootDomain', IMAGE_IO, AT_MS, AT_MS + 60 * MINUTE),
      usage('nehelper', AT_MS),
      location(HARVEST, AT_MS + 61 * MINUTE),
    ];
    expect((await alarms(files)).map(([, , , atMs]) => atMs)).toEqual([AT_MS, AT_MS + 60 * MINUTE]);
  });

  it('is not told by one clue, by clues further apart, or beside an attachment that is there', async () => {
    const attachment = entry('MediaDomain', 'Library/SMS/Attachments/0f/15/GUID/photo.heic', AT_MS + 2 * MINUTE);
    for (const files of [
      [folder(AT_MS)],
      [folder(AT_MS), usage('nehelper', AT_MS + 6 * MINUTE)],
      [folder(AT_MS), usage('nehelper', AT_MS + MINUTE), attachment],
      // Modified alone: something was put in or taken out, and the folder stayed.
      [folder(AT_MS, AT_MS - 60 * MINUTE), usage('nehelper', AT_MS)],
      [usage('nehelper', AT_MS)],
      [folder(AT_MS), usage('mDNSResponder', AT_MS)],
      [folder(AT_MS), location('com.apple.Maps', AT_MS), entry('HomeDomain', IMAGE_IO, AT_MS)],
    ]) {
      expect(await alarms(files)).toEqual([]);
    }
  });

  it('looks at ten clues from the first of a window', async () => {
    const burst = Array.from({ length: 12 }, (_, i) =>
      entry('MediaDomain', `Library/SMS/Attachments/0f/${10 + i}`, AT_MS + i * 1000),
    );
    const [found] = await alarms([...burst, usage('nehelper', AT_MS + 30_000)]);
    // The first window with the program in it begins with the fourth folder.
    expect([found?.[2]?.toString().split(', ').length, found?.[3]]).toEqual([10, AT_MS + 3000]);
    expect(await alarms([...burst, usage('nehelper', AT_MS + 6 * MINUTE)])).toEqual([]);
  });

  it('is a trace where the implant itself used the network, and not its namesake of iOS', async () => {
    const found = await findings([usage('BackupAgent', AT_MS)]);
    expect(found.map(({ level, verdict, evidence, value }) => [level, verdict, evidence, value])).toEqual([
      ['critical', 'trace', 'executed', 'BackupAgent'],
    ]);
    expect(await findings([usage('BackupAgent2', AT_MS)])).toEqual([]);
  });
});
