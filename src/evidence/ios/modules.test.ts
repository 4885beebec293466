import { describe, expect, it } from 'vitest';
import type { writeXmlPlist } from '../../formats/plist/index.ts';
import { applications } from './applications.ts';
import { calendar } from './calendar.ts';
import { calls } from './calls.ts';
import { contacts } from './contacts.ts';
import { dataUsage } from './data-usage.ts';
import { idsStatusCache } from './ids-status-cache.ts';
import { interactions } from './interactions.ts';
import { locationClients } from './location-clients.ts';
import { neverInBackup } from './never-in-backup.ts';
import { osAnalytics } from './os-analytics.ts';
import { profileEvents } from './profile-events.ts';
import { shortcuts } from './shortcuts.ts';
import { tcc } from './tcc.ts';
import { appleSeconds, backupTree, binaryPlist, collect, databaseBytes } from './testing.ts';
import { whatsapp } from './whatsapp.ts';

const AT = '2026-03-01T10:00:00Z';
const AT_MS = Date.parse(AT);
const HOME = 'HomeDomain';

const database = (domain: string, path: string, sql: string) =>
  backupTree([{ domain, path, bytes: databaseBytes((open) => open.exec(sql)) }]);

describe('modules of databases', () => {
  it('calls: addresses as text or bytes', async () => {
    const { records, sightings } = await collect(
      calls,
      database(
        HOME,
        'Library/CallHistoryDB/CallHistory.storedata',
        `CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, ZDATE TIMESTAMP, ZDURATION FLOAT, ZLOCATION VARCHAR, ZADDRESS, ZSERVICE_PROVIDER VARCHAR);
         INSERT INTO ZCALLRECORD VALUES (1, ${appleSeconds(AT)}, 61.5, 'x', '+1', 'p'), (2, 0, NULL, NULL, CAST('a@example.org' AS BLOB), NULL)`,
      ),
    );
    expect(records.map(({ number, durationSeconds, atMs }) => [number, durationSeconds, atMs])).toEqual([
      ['+1', 61.5, AT_MS],
      ['a@example.org', undefined, undefined],
    ]);
    expect(sightings.map(({ value }) => value)).toEqual(['a@example.org']);
  });

  it('contacts: one record for each value of a person', async () => {
    const { records } = await collect(
      contacts,
      database(
        HOME,
        'Library/AddressBook/AddressBook.sqlitedb',
        `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Middle TEXT, Last TEXT, Organization TEXT);
         CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, value TEXT);
         INSERT INTO ABPerson VALUES (1, 'A', NULL, 'B', 'O'); INSERT INTO ABMultiValue VALUES (1, 1, '+1'), (2, 1, NULL), (3, 9, 'x')`,
      ),
    );
    expect(
      records.map(({ first, middle, last, organisation, value }) => [first, middle, last, organisation, value]),
    ).toEqual([['A', '', 'B', 'O', '+1']]);
  });

  it('calendar: every participant and link counts, not only the organiser', async () => {
    const { records, sightings } = await collect(
      calendar,
      database(
        HOME,
        'Library/Calendar/Calendar.sqlitedb',
        `CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, description TEXT, start_date REAL, organizer_id INTEGER, conference_url TEXT);
         CREATE TABLE Participant (ROWID INTEGER PRIMARY KEY, email TEXT, owner_id INTEGER);
         INSERT INTO CalendarItem VALUES (5, 'S', 'see https://d.example.org/', ${appleSeconds(AT)}, 1, 'https://c.example.org/'), (6, 'T', NULL, NULL, 77, NULL);
         INSERT INTO Participant VALUES (1, 'o@example.org', 99), (2, 'mailto:p@example.org', 5), (3, NULL, 5)`,
      ),
    );
    expect(records.map(({ organiser, participants }) => [organiser?.email, participants.length])).toEqual([
      ['o@example.org', 3],
      [undefined, 0],
    ]);
    expect(sightings.map(({ value }) => value)).toEqual([
      'o@example.org',
      'p@example.org',
      'https://d.example.org/',
      'https://c.example.org/',
    ]);
  });

  it('interactions: join tables by pattern, and an old model without most columns', async () => {
    const path = 'Library/CoreDuet/People/interactionC.db';
    const { records, events, sightings } = await collect(
      interactions,
      database(
        HOME,
        path,
        `CREATE TABLE ZINTERACTIONS (Z_PK INTEGER PRIMARY KEY, ZSENDER INTEGER, ZSTARTDATE REAL, ZCREATIONDATE REAL, ZDIRECTION INTEGER, ZBUNDLEID TEXT);
         CREATE TABLE ZCONTACTS (Z_PK INTEGER PRIMARY KEY, ZIDENTIFIER TEXT);
         CREATE TABLE ZATTACHMENT (Z_PK INTEGER PRIMARY KEY, ZCONTENTURL TEXT);
         CREATE TABLE Z_5INTERACTIONRECIPIENT (Z_5RECIPIENTS INTEGER, Z_7INTERACTIONRECIPIENT INTEGER);
         CREATE TABLE Z_2INTERACTIONS (Z_2ATTACHMENTS INTEGER, Z_7INTERACTIONS INTEGER);
         INSERT INTO ZINTERACTIONS VALUES (1, 1, ${appleSeconds(AT)}, ${appleSeconds(AT) + 3599}, 0, 'b'), (2, 9, ${appleSeconds(AT)}, ${appleSeconds(AT) - 7200}, 1, 'b');
         INSERT INTO ZCONTACTS VALUES (1, 's@example.org'), (2, '1@lid'); INSERT INTO ZATTACHMENT VALUES (4, 'https://a.example.org/');
         INSERT INTO Z_5INTERACTIONRECIPIENT VALUES (2, 1); INSERT INTO Z_2INTERACTIONS VALUES (4, 1)`,
      ),
    );
    expect(
      records.map(({ sender, recipients, attachments, direction, backfilled }) => [
        sender?.identifier,
        recipients.length,
        attachments.length,
        direction,
        backfilled,
      ]),
    ).toEqual([
      ['s@example.org', 1, 1, 'incoming', false],
      [undefined, 0, 0, 'outgoing', true],
    ]);
    expect(events.map(({ what }) => what)).toContain('interaction entered 2 hours before it began');
    expect(sightings.map(({ value }) => value)).toEqual(['s@example.org', 'https://a.example.org/']);
    const old = await collect(
      interactions,
      database(
        HOME,
        path,
        'CREATE TABLE ZINTERACTIONS (Z_PK INTEGER PRIMARY KEY); INSERT INTO ZINTERACTIONS VALUES (1)',
      ),
    );
    expect(old.records).toMatchObject([{ id: 1, direction: 'unknown', recipients: [], sender: undefined }]);
  });

  it('whatsapp: links of text, previews and media, none of its own media host; pairs among the chats of old versions', async () => {
    const { records, sightings, rows } = await collect(
      whatsapp,
      database(
        'AppDomainGroup-group.net.whatsapp.WhatsApp.shared',
        'ChatStorage.sqlite',
        `CREATE TABLE ZWAMESSAGE (Z_PK INTEGER PRIMARY KEY, ZTEXT TEXT, ZMESSAGEDATE REAL, ZISFROMME INTEGER);
         CREATE TABLE ZWAMEDIAITEM (Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, ZMEDIAURL TEXT);
         CREATE TABLE ZWAMESSAGEDATAITEM (Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, ZMATCHEDTEXT TEXT);
         CREATE TABLE ZWAPHONENUMBERLIDPAIR (Z_PK INTEGER PRIMARY KEY, ZLID TEXT, ZPHONENUMBER TEXT);
         INSERT INTO ZWAMESSAGE VALUES (1, 'https://t.example.org/ https://mmg.whatsapp.net/d/f', ${appleSeconds(AT)}, 1);
         INSERT INTO ZWAMEDIAITEM VALUES (1, 1, 'https://mmg-fna.whatsapp.net/x'), (2, 1, 'https://mmg.whatsapp.net.example.org/');
         INSERT INTO ZWAMESSAGEDATAITEM VALUES (1, 1, 'https://t.example.org/'), (2, 1, 'https://m.example.org/');
         INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES (1, '1@lid', '+1')`,
      ),
    );
    expect(sightings.map(({ value }) => value)).toEqual([
      'https://t.example.org/',
      'https://mmg.whatsapp.net.example.org/',
      'https://m.example.org/',
    ]);
    expect(records.map(({ kind }) => kind)).toEqual(['message', 'lid']);
    expect(rows.map(({ status, records: count }) => [status, count])).toEqual([['examined', 2]]);
  });

  it('shortcuts: addresses in the steps', async () => {
    const bytes = databaseBytes((open) => {
      open.exec(`CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY, ZNAME TEXT, ZCREATIONDATE REAL);
        CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZSHORTCUT INTEGER, ZDATA BLOB);
        INSERT INTO ZSHORTCUT VALUES (1, 'S', ${appleSeconds(AT)}), (2, 'T', NULL)`);
      const step = {
        WFWorkflowActionIdentifier: 'is.workflow.actions.url',
        WFWorkflowActionParameters: { WFURLActionURL: 'https://a.example.org/' },
      };
      open.prepare('INSERT INTO ZSHORTCUTACTIONS VALUES (1, 1, ?)').run(binaryPlist([step]));
    });
    const { records } = await collect(
      shortcuts,
      backupTree([{ domain: HOME, path: 'Library/Shortcuts/Shortcuts.sqlite', bytes }]),
    );
    expect(records.map(({ name, actions, urls }) => [name, actions, urls])).toEqual([
      ['S', ['is.workflow.actions.url'], ['https://a.example.org/']],
      ['T', [], []],
    ]);
  });

  it('permissions: the shapes before iOS 14 and before iOS 12', async () => {
    const place = [HOME, 'Library/TCC/TCC.db'] as const;
    const v2 = await collect(
      tcc,
      database(
        ...place,
        `CREATE TABLE access (service TEXT, client TEXT, client_type INTEGER, allowed INTEGER, prompt_count INTEGER, last_modified INTEGER);
         INSERT INTO access VALUES ('kTCCServiceCamera', 'org.a', 0, 1, 1, 1000), ('kTCCServiceMicrophone', '/usr/libexec/x', 1, 0, 1, 0)`,
      ),
    );
    expect(v2.records.map(({ client, clientType, access, atMs }) => [client, clientType, access, atMs])).toEqual([
      ['org.a', 'bundle-id', 'allowed', 1_000_000],
      ['/usr/libexec/x', 'path', 'denied', undefined],
    ]);
    expect(v2.sightings.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'process org.a',
      'app org.a',
      'process /usr/libexec/x',
      'path /usr/libexec/x',
    ]);
    const v1 = await collect(
      tcc,
      database(
        ...place,
        "CREATE TABLE access (service TEXT, client TEXT, client_type INTEGER, allowed INTEGER); INSERT INTO access VALUES ('s', 'c', 0, 1)",
      ),
    );
    expect(v1.records.map(({ access, atMs }) => [access, atMs])).toEqual([['allowed', undefined]]);
  });

  it('data-usage: rows without Wi-Fi counters, and programs whose row was deleted', async () => {
    const bytes = databaseBytes((open) => {
      open.exec(`PRAGMA secure_delete = OFF;
        CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRSTTIMESTAMP TIMESTAMP, ZTIMESTAMP TIMESTAMP, ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
        CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP TIMESTAMP, ZWWANIN FLOAT, ZWWANOUT FLOAT)`);
      for (let i = 1; i < 20; i++)
        open
          .prepare('INSERT INTO ZPROCESS VALUES (?, 9, 1, ?, 0, NULL, ?)')
          .run(i, appleSeconds(AT), `daemon${i}/bundle`);
      open.exec(
        'DELETE FROM ZPROCESS WHERE Z_PK = 7; INSERT INTO ZLIVEUSAGE VALUES (1, 3, 5, 10, 20), (2, 7, 5, 0, 0)',
      );
    });
    const { records, sightings } = await collect(
      dataUsage,
      backupTree([{ domain: 'WirelessDomain', path: 'Library/Databases/DataUsage.sqlite', bytes }]),
    );
    expect(records.find((record) => record.kind === 'usage')).toMatchObject({
      process: 'daemon3/bundle',
      wifiInBytes: undefined,
      cellularInBytes: 10,
    });
    expect(records.filter(({ kind }) => kind === 'orphan')).toMatchObject([{ id: 2 }]);
    expect(sightings.filter(({ locator }) => locator.startsWith('deleted')).map(({ value }) => value)).toEqual([
      'daemon7/bundle',
    ]);
  });
});

describe('modules of property lists', () => {
  const list = (domain: string, path: string, value: Parameters<typeof binaryPlist>[0]) =>
    backupTree([{ domain, path, bytes: binaryPlist(value) }]);

  it('ids-status-cache: accounts of all services', async () => {
    const entry = { LookupDate: appleSeconds(AT), IDStatus: 1 };
    const { records, sightings } = await collect(
      idsStatusCache,
      list(HOME, 'Library/Preferences/com.apple.identityservices.idstatuscache.plist', {
        'com.apple.madrid': { 'mailto:a@example.org': entry, 'tel:+1': entry },
        'com.apple.ess': { 'mailto:a@example.org': entry, odd: 5 },
        Version: 2,
      }),
    );
    expect(records.map(({ user, occurrences, atMs }) => [user, occurrences, atMs])).toEqual([
      ['mailto:a@example.org', 2, AT_MS],
      ['tel:+1', 1, AT_MS],
      ['mailto:a@example.org', 2, AT_MS],
    ]);
    expect(sightings.map(({ value }) => value)).toEqual(['a@example.org', 'a@example.org']);
  });

  it('os-analytics and location-clients: programs with their times', async () => {
    const usage = await collect(
      osAnalytics,
      list(HOME, 'Library/Preferences/com.apple.osanalytics.addaily.plist', {
        netUsageBaseline: { 'lockdownd/x': [new Date(AT), 1, 2, 3, 4], odd: 'x' },
      }),
    );
    expect(usage.records).toMatchObject([{ process: 'lockdownd/x', atMs: AT_MS, cellularOutBytes: 4 }]);
    expect(usage.sightings.map(({ value }) => value)).toEqual(['lockdownd/x', 'lockdownd']);
    const location = await collect(
      locationClients,
      list('RootDomain', 'Library/Caches/locationd/clients.plist', {
        'com.apple.x:': {
          LocationTimeStopped: appleSeconds(AT),
          Registered: true,
          Executable: '/usr/libexec/x',
          BundleId: 'com.apple.x',
        },
      }),
    );
    expect(location.records).toMatchObject([
      { client: 'com.apple.x', registered: '', times: { LocationTimeStopped: AT_MS } },
    ]);
    expect(location.sightings.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'process com.apple.x',
      'path /usr/libexec/x',
    ]);
  });

  it('profile-events: what was done, and by whom', async () => {
    const { records, sightings } = await collect(
      profileEvents,
      list('SysSharedContainerDomain-x', 'Library/ConfigurationProfiles/MCProfileEvents.plist', {
        ProfileEvents: [{ 'P-1': { timestamp: new Date(AT), operation: 'install', process: 'profiled' } }, 7],
      }),
    );
    expect(records).toMatchObject([{ profileId: 'P-1', operation: 'install', process: 'profiled', atMs: AT_MS }]);
    expect(sightings.map(({ kind, value }) => `${kind} ${value}`)).toEqual(['profile P-1', 'process profiled']);
  });

  it('applications: with, without and with damaged description', async () => {
    const metadata = binaryPlist({
      softwareVersionBundleId: 'org.a',
      sourceApp: 'com.apple.AppStore',
      itemName: 'A',
      'com.apple.iTunesStore.downloadInfo': { purchaseDate: AT },
    });
    const { records } = await collect(
      applications,
      backupTree([], {
        Applications: {
          'org.a': { iTunesMetadata: metadata },
          'org.b': {},
          'org.c': { iTunesMetadata: new Uint8Array(9) },
        },
      }),
    );
    expect(
      records.map(({ bundleId, name, sourceApp, purchasedAtMs, described }) => [
        bundleId,
        name,
        sourceApp,
        purchasedAtMs,
        described,
      ]),
    ).toEqual([
      ['org.a', 'A', 'com.apple.AppStore', AT_MS, true],
      ['org.b', '', '', undefined, false],
      ['org.c', '', '', undefined, false],
    ]);
  });

  it('never-in-backup: Signal is told where it is installed, and what only an encrypted backup holds', async () => {
    const rows = async (info: Parameters<typeof writeXmlPlist>[0]) =>
      (await collect(neverInBackup, backupTree([], info as Record<string, never>))).rows;
    const names = (await rows({ 'Installed Applications': ['org.whispersystems.signal'] })).map(
      ({ artefact, status, path }) => [artefact, status, path.slice(0, 17)],
    );
    expect(names).toContainEqual(['signal', 'absent', 'never in a backup']);
    expect(names.map(([artefact]) => artefact)).toContain('encrypted-only');
    expect((await rows({})).map(({ artefact }) => artefact)).not.toContain('signal');
  });
});
