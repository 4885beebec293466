import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../base/testing.ts';
import { examine } from '../../detection/index.ts';
import { compileIndicators } from '../../detection/indicators/index.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import type { EvidenceTree } from '../evidence.ts';
import { contentPath } from './backup.ts';
import { fileIdOf } from './file-id.ts';
import {
  appleNanoseconds,
  attributedBody,
  type BackupFile,
  backupTree,
  binaryPlist,
  databaseBytes,
  openBytes,
} from './testing.ts';

const GROUP = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
const PROFILES = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';
const AT = appleNanoseconds('2026-03-01T10:00:00Z');

const database = (domain: string, path: string, sql: string): BackupFile => ({
  domain,
  path,
  bytes: databaseBytes((open) => open.exec(sql)),
});

const list = (domain: string, path: string, value: Parameters<typeof binaryPlist>[0]): BackupFile => ({
  domain,
  path,
  bytes: binaryPlist(value),
});

const FILES: readonly BackupFile[] = [
  {
    domain: 'HomeDomain',
    path: 'Library/SMS/sms.db',
    bytes: databaseBytes((open) => {
      open.exec(`CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, attributedBody BLOB, message_summary_info BLOB, payload_data BLOB, date INTEGER);
        CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, filename TEXT)`);
      open
        .prepare(
          'INSERT INTO message (text, attributedBody, message_summary_info, payload_data, date) VALUES (?, ?, ?, ?, ?)',
        )
        .run(
          null,
          attributedBody('https://a.example.org'),
          binaryPlist({ ec: { 0: [{ d: 1, t: attributedBody('x') }] }, rp: [1] }),
          binaryPlist(['https://b.example.org']),
          AT,
        );
    }),
  },
  database(
    'HomeDomain',
    'Library/CoreDuet/People/interactionC.db',
    `CREATE TABLE ZINTERACTIONS (Z_PK INTEGER PRIMARY KEY, ZSENDER INTEGER, ZSTARTDATE REAL);
     CREATE TABLE Z_1INTERACTIONRECIPIENT (Z_2RECIPIENTS INTEGER, Z_3INTERACTIONRECIPIENT INTEGER);
     INSERT INTO ZINTERACTIONS VALUES (1, 1, 1); INSERT INTO Z_1INTERACTIONRECIPIENT VALUES (1, 1)`,
  ),
  database(
    GROUP,
    'ChatStorage.sqlite',
    "CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, ZTEXT TEXT); INSERT INTO ZWAMESSAGE VALUES (1, 'x')",
  ),
  database(
    GROUP,
    'ContactsV2.sqlite',
    "CREATE TABLE ZWAADDRESSBOOKCONTACT (Z_PK INTEGER PRIMARY KEY, ZLID TEXT); INSERT INTO ZWAADDRESSBOOKCONTACT VALUES (1, '1@lid')",
  ),
  database(
    'HomeDomain',
    'Library/Calendar/Calendar.sqlitedb',
    "CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT); INSERT INTO CalendarItem VALUES (1, 'x')",
  ),
  list('HomeDomain', 'Library/Preferences/.GlobalPreferences.plist', { LDMGlobalEnabled: false }),
  list('HomeDomain', 'Library/Preferences/com.apple.osanalytics.addaily.plist', {
    netUsageBaseline: { p: [new Date(0), 1, 2, 3, 4] },
  }),
  list('HomeDomain', 'Library/Preferences/com.apple.identityservices.idstatuscache.plist', {
    s: { 'mailto:a@example.org': { LookupDate: 1 } },
  }),
  list('RootDomain', 'Library/Caches/locationd/clients.plist', { c: { LocationTimeStopped: 1, BundleId: 'b' } }),
  list(PROFILES, 'Library/ConfigurationProfiles/MCProfileEvents.plist', {
    ProfileEvents: [{ P: { operation: 'install' } }],
  }),
  {
    domain: PROFILES,
    path: 'profile-1.stub',
    bytes: writeXmlPlist({ PayloadUUID: 'U', PayloadContent: [{ PayloadType: 'com.apple.mdm' }] }),
  },
  {
    domain: PROFILES,
    path: 'profile-2.stub',
    bytes: new Uint8Array([
      0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0, 0, 0, 0,
    ]),
  },
];

const TREE = backupTree(FILES, { 'Product Version': '26.6.1' });
const NOTHING = compileIndicators([]);

describe('every module', () => {
  it('ends with a row that says why on mutated evidence, never with an error of its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(FILES.length - 1),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0.05, max: 2, noNaN: true }),
        async (which, changes, kept) => {
          const { domain, path, bytes: original = new Uint8Array(0) } = FILES[which] ?? {};
          const bytes = original.slice(0, Math.ceil(original.length * kept));
          for (const [where, value] of changes) bytes[Math.floor(where * where * (bytes.length - 1))] = value;
          const target = contentPath(fileIdOf(domain ?? '', path ?? ''));
          const tree: EvidenceTree = {
            ...TREE,
            open: (name) => (name === target ? openBytes(bytes) : TREE.open(name)),
          };
          const result = await examine([tree], NOTHING, {
            nowMs: 0,
            progress: () => undefined,
            passwords: [],
            level: 'quick',
            event: () => undefined,
          });
          if ('unknown' in result) throw new Error('not recognised');
          expect(result.examined.filter(({ why }) => why?.includes('internal error'))).toEqual([]);
        },
      ),
      { numRuns: runs(150) },
    );
  });
});
