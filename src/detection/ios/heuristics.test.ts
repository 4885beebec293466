import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EvidenceTree } from '../../evidence/index.ts';
import {
  appleNanoseconds,
  appleSeconds,
  type BackupFile,
  backupTree,
  binaryPlist,
  databaseBytes,
} from '../../evidence/ios/testing.ts';
import { signContent } from '../../formats/cms/node.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import { nameOf, parseCertificate } from '../../formats/x509/index.ts';
import { issueCertificate } from '../../formats/x509/node.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';
import { NOTIFICATION_WORDINGS } from './threat-notifications.data.ts';

const AT = '2026-03-01T10:00:00Z';
const NOTHING = compileIndicators([]);
const HOME = 'HomeDomain';

/** Artefact, level, verdict and value of what a check finds without any indicator. */
async function findings(tree: EvidenceTree): Promise<(string | undefined)[][]> {
  const result = await examine([tree], NOTHING, {
    nowMs: Date.parse(AT),
    progress: () => undefined,
    passwords: [],
    level: 'quick',
  });
  if ('unknown' in result) throw new Error('not recognised');
  return result.findings.map(({ artefact, level, verdict, value }) => [artefact, level, verdict, value]);
}

const file = (domain: string, path: string, sql: string): BackupFile => ({
  domain,
  path,
  bytes: databaseBytes((database) => database.exec(sql)),
});

describe('outdated systems', () => {
  const judged = (version: string, build = '') =>
    findings(backupTree([], { 'Product Type': 'iPhone15,2', 'Product Version': version, 'Build Version': build }));

  it('are told, also by their build alone', async () => {
    expect(await judged('16.3')).toEqual([['backup-info', 'medium', 'weakness', '16.3']]);
    expect(await judged('14.8.1')).toEqual([['backup-info', 'medium', 'weakness', '14.8.1']]);
    expect(await judged('26.5')).toEqual([['backup-info', 'medium', 'weakness', '26.5']]);
    expect(await judged('', '20B110')).toEqual([['backup-info', 'medium', 'weakness', '20B110']]);
    expect(await judged('18.7.10')).toEqual([['backup-info', 'low', 'weakness', '18.7.10']]);
  });

  it('are not the newest, later ones, and what is no version', async () => {
    for (const version of ['26.6.1', '26.10', '38.2', 'beta', '']) expect(await judged(version), version).toEqual([]);
    expect(await judged('', '23G83')).toEqual([]);
    expect(await findings(backupTree([], { 'Product Type': 'Watch6,1', 'Product Version': '9.0' }))).toEqual([]);
  });
});

describe('Lockdown Mode', () => {
  const judged = (enabled: boolean | undefined) =>
    findings(
      backupTree([
        {
          domain: HOME,
          path: 'Library/Preferences/.GlobalPreferences.plist',
          bytes: binaryPlist(enabled === undefined ? { AppleLocale: 'en' } : { LDMGlobalEnabled: enabled }),
        },
      ]),
    );

  it('is told where it is off, not where it is on or unknown', async () => {
    expect(await judged(false)).toEqual([['global-preferences', 'low', 'weakness', 'LDMGlobalEnabled']]);
    expect([await judged(true), await judged(undefined)]).toEqual([[], []]);
  });
});

describe('calendar items', () => {
  const judged = (summary: string, description: string) =>
    findings(
      backupTree([
        file(
          HOME,
          'Library/Calendar/Calendar.sqlitedb',
          `CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, description TEXT);
           INSERT INTO CalendarItem VALUES (1, '${summary}', '${description}')`,
        ),
      ]),
    );

  it('are told with exactly the words of QuaDream', async () => {
    expect(await judged('Meeting', 'Notes')).toEqual([['calendar', 'high', 'unusual', 'Meeting / Notes']]);
    expect([
      await judged('Meeting', 'notes'),
      await judged('Meeting with A', 'Notes'),
      await judged('Meeting', ''),
    ]).toEqual([[], [], []]);
  });
});

describe('attachments', () => {
  const judged = (filename: string, outgoing = 0) =>
    findings(
      backupTree([
        file(
          HOME,
          'Library/SMS/sms.db',
          `CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT);
           CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, filename TEXT, is_outgoing INTEGER);
           INSERT INTO attachment VALUES (1, '${filename}', ${outgoing})`,
        ),
      ]),
    );

  it('are told when received into a temporary folder under the name of Pegasus', async () => {
    expect(await judged('/var/tmp/com.apple.messages/x-1')).toEqual([
      ['sms-attachments', 'medium', 'unusual', '/var/tmp/com.apple.messages/x-1'],
    ]);
    for (const name of ['/var/tmp/x-12', '~/Library/SMS/Attachments/x-1', '/var/tmpx/x-1'])
      expect(await judged(name)).toEqual([]);
    expect(await judged('/var/tmp/x-1', 1)).toEqual([]);
  });
});

describe('looked-up accounts', () => {
  const judged = (...users: string[]) =>
    findings(
      backupTree([
        {
          domain: HOME,
          path: 'Library/Preferences/com.apple.identityservices.idstatuscache.plist',
          bytes: binaryPlist({
            'com.apple.madrid': Object.fromEntries(users.map((user) => [user, { LookupDate: 1 }])),
          }),
        },
      ]),
    );

  it('are told with NUL bytes, and where Apple wrote', async () => {
    expect(await judged('mailto:a\0\0@example.org')).toEqual([
      ['ids-status-cache', 'high', 'unusual', 'mailto:a\0\0@example.org'],
    ]);
    expect(await judged('mailto:threat-notifications@apple.com')).toEqual([
      ['ids-status-cache', 'high', 'unusual', 'mailto:threat-notifications@apple.com'],
    ]);
    expect(await judged('mailto:a@example.org', 'tel:+1', 'mailto:threat-notifications@apple.com.example.org')).toEqual(
      [],
    );
  });
});

describe('redirects', () => {
  const judged = (from: string, to: string, afterSeconds: number) =>
    findings(
      backupTree([
        file(
          HOME,
          'Library/Safari/History.db',
          `CREATE TABLE history_items (id INTEGER PRIMARY KEY, url TEXT);
           CREATE TABLE history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, visit_time REAL, redirect_destination INTEGER);
           INSERT INTO history_items VALUES (1, '${from}'), (2, '${to}');
           INSERT INTO history_visits VALUES (1, 1, ${appleSeconds(AT)}, 2), (2, 2, ${appleSeconds(AT) + afterSeconds}, NULL),
             (3, 1, ${appleSeconds(AT) + 100}, 4), (4, 2, ${appleSeconds(AT) + 100 + afterSeconds}, NULL)`,
        ),
      ]),
    );

  it('are told once for two sites: unusual to a port of its own, else low', async () => {
    expect(await judged('http://news.example.net/', 'https://x7.example.org:30495/a', 0.2)).toEqual([
      ['safari-history', 'medium', 'unusual', 'https://x7.example.org:30495/a'],
    ]);
    // MVT tells this as MEDIUM; advertising does it all day (MVT issue 223).
    expect(await judged('http://news.example.net/', 'https://ads.example.org/', 0.2)).toEqual([
      ['safari-history', 'low', 'weakness', 'https://ads.example.org/'],
    ]);
  });

  it('are not told within one site, after a second, from encrypted pages, or whole days later', async () => {
    for (const [from, to, after] of [
      ['http://example.org/', 'https://www.example.org/', 0.2],
      ['http://a.example.co.uk/', 'https://b.example.co.uk/', 0.2],
      ['http://a.example.net/', 'https://b.example.org/', 1],
      ['https://a.example.net/', 'https://b.example.org:30495/', 0.2],
      ['http://a.example.net/', 'https://b.example.org:30495/', 86_400.2],
      ['http://a.example.net/', 'https://b.example.org:30495/', -1],
    ] as const) {
      expect(await judged(from, to, after), `${from} ${to}`).toEqual([]);
    }
  });
});

describe('apps', () => {
  const judged = (metadata: Record<string, string> | undefined, bundle = 'org.example.a') =>
    findings(
      backupTree([], {
        Applications: { [bundle]: metadata === undefined ? {} : { iTunesMetadata: binaryPlist(metadata) } },
      }),
    );

  it('are told when they came another way than by store or management', async () => {
    expect(await judged({ softwareVersionBundleId: 'org.example.a', sourceApp: 'com.apple.TestFlight' })).toEqual([
      ['applications', 'medium', 'weakness', 'org.example.a'],
    ]);
    expect(await judged({ itemName: 'A' })).toEqual([['applications', 'medium', 'weakness', 'org.example.a']]);
    for (const sourceApp of [
      'com.apple.AppStore',
      'com.apple.AppStore.ProductPageExtension',
      'com.apple.dmd',
      'dmd',
      '',
    ])
      expect(await judged({ softwareVersionBundleId: 'org.example.a', sourceApp })).toEqual([]);
    // MVT ends here with an error.
    expect(await judged(undefined)).toEqual([]);
    expect(await judged({ itemName: 'A' }, 'com.apple.mobilenotes')).toEqual([]);
  });
});

describe('an app that an indicator names', () => {
  it('is a trace, since the list holds what is installed', async () => {
    const indicators = [{ id: '1', key: 'app:id', value: 'org.example.spy', collection: 'c' } as const];
    const index = compileIndicators([{ source: 's', bundle: { indicators, unsupported: [] } }]);
    const tree = backupTree([], { Applications: { 'org.example.spy': {}, 'org.example.spyglass': {} } });
    const options = { nowMs: 0, progress: () => undefined, passwords: [], level: 'quick' } as const;
    const result = await examine([tree], index, options);
    expect('unknown' in result ? [] : result.findings.map(({ verdict, value }) => [verdict, value])).toEqual([
      ['trace', 'org.example.spy'],
    ]);
  });
});

describe('configuration profiles', () => {
  const DOMAIN = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';
  const profile = (...types: string[]) => ({
    PayloadUUID: 'U-1',
    PayloadDisplayName: 'P',
    InstallDate: new Date(AT),
    PayloadContent: types.map((PayloadType, i) => ({ PayloadType, PayloadUUID: `U-1-${i}` })),
  });
  const judged = (bytes: Uint8Array) =>
    findings(backupTree([{ domain: DOMAIN, path: 'Library/ConfigurationProfiles/profile-1.stub', bytes }]));

  it('are told by every payload that changes trust or traffic, not only the first', async () => {
    expect(await judged(writeXmlPlist(profile('com.apple.wifi.managed', 'com.apple.notificationsettings')))).toEqual([
      ['configuration-profiles', 'medium', 'unusual', 'com.apple.notificationsettings'],
    ]);
    expect(await judged(writeXmlPlist(profile('com.apple.security.root', 'com.apple.vpn.managed')))).toEqual([
      ['configuration-profiles', 'medium', 'unusual', 'com.apple.security.root + com.apple.vpn.managed'],
      ['configuration-profiles', 'medium', 'weakness', 'com.apple.security.root'],
      ['configuration-profiles', 'low', 'weakness', 'com.apple.vpn.managed'],
    ]);
    expect(await judged(writeXmlPlist(profile('com.apple.wifi.managed', 'com.apple.webClip.managed')))).toEqual([]);
    expect(await judged(writeXmlPlist({ PayloadIdentifier: 'i', EncryptedPayloadContent: new Uint8Array(3) }))).toEqual(
      [['configuration-profiles', 'low', 'weakness', 'i']],
    );
  });

  it('are read inside a signature, and unreadable where they are neither', async () => {
    const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const name = nameOf({ organisation: 'Pavise', commonName: 'Test' });
    const spkiRaw = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
    const times = { notBeforeMs: Date.parse(AT), notAfterMs: Date.parse(AT) + 86_400_000 };
    const order = {
      use: 'authority',
      subjectRaw: name,
      issuerRaw: name,
      spkiRaw,
      serial: randomBytes(16),
      authorityKey: key,
    } as const;
    const certificate = parseCertificate(issueCertificate({ ...order, ...times }));
    const signed = signContent(
      writeXmlPlist(profile('com.apple.proxy.http.global')),
      { certificate, key },
      { nowMs: Date.parse(AT) },
    );
    expect(await judged(signed)).toEqual([
      ['configuration-profiles', 'medium', 'unusual', 'com.apple.proxy.http.global'],
    ]);
    const result = await examine(
      [backupTree([{ domain: DOMAIN, path: 'profile-2', bytes: signed.subarray(0, 100) }])],
      NOTHING,
      { nowMs: 0, progress: () => undefined, passwords: [], level: 'quick' },
    );
    if ('unknown' in result) throw new Error('not recognised');
    expect(result.examined.find(({ artefact }) => artefact === 'configuration-profiles')?.status).toBe('unreadable');
  });

  it('are told when they were installed or removed', async () => {
    const bytes = binaryPlist({
      ProfileEvents: [{ P: { timestamp: new Date(AT), operation: 'install', process: 'profiled' } }],
    });
    expect(
      await findings(
        backupTree([{ domain: DOMAIN, path: 'Library/ConfigurationProfiles/MCProfileEvents.plist', bytes }]),
      ),
    ).toEqual([['profile-events', 'low', 'weakness', 'P']]);
  });
});

describe("Apple's threat notifications", () => {
  const EN =
    'ALERT: Apple detected a targeted mercenary spyware attack against your iPhone\nApple detected that you are being targeted …';
  const FR =
    'Apple a détecté que vous êtes la cible d’une attaque de logiciel espion mercenaire qui tente de compromettre l’iPhone';
  const judged = (sender: string, text: string, fromMe = 0) =>
    findings(
      backupTree([
        {
          domain: HOME,
          path: 'Library/SMS/sms.db',
          bytes: databaseBytes((database) => {
            database.exec(`CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT);
              CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, handle_id INTEGER, is_from_me INTEGER, date INTEGER)`);
            if (sender !== '') database.prepare('INSERT INTO handle VALUES (1, ?)').run(sender);
            database
              .prepare('INSERT INTO message VALUES (1, ?, ?, ?, ?)')
              .run(text, sender === '' ? 0 : 1, fromMe, appleNanoseconds(AT));
          }),
        },
      ]),
    );

  it('are found by their sender in any language, and by their beginning where the sender is not kept', async () => {
    const high = (sender: string) => [['sms', 'high', 'unusual', sender]];
    expect(await judged('threat-notifications@email.apple.com', 'なにか')).toEqual(
      high('threat-notifications@email.apple.com'),
    );
    expect(await judged('Threat-Notifications@apple.com', EN)).toEqual(high('Threat-Notifications@apple.com'));
    expect(await judged('', EN)).toEqual(high('unknown sender'));
  });

  it('are told apart from those who quote or imitate them', async () => {
    // MVT tells whatever begins so as HIGH, whoever sent it.
    const medium = [['sms', 'medium', 'unusual', '+14155550100']];
    expect(await judged('+14155550100', `Look what I got: "${EN}"`)).toEqual(medium);
    expect(await judged('+14155550100', EN)).toEqual(medium);
    expect(await judged('+14155550100', FR)).toEqual(medium);
    expect(await judged('+14155550100', EN, 1)).toEqual(medium);
  });

  it.each(NOTIFICATION_WORDINGS)('are found by their words in $language: $phrase', async ({ phrase }) => {
    const told = `News.\n\n${phrase.toUpperCase().replaceAll("'", '’').replaceAll(' ', '\u00a0 ')} (iPhone)`;
    expect(await judged('+14155550100', told)).toEqual([['sms', 'medium', 'unusual', '+14155550100']]);
  });

  it('are not news about such attacks, nor other mail of Apple', async () => {
    for (const text of [
      'Apple warns iPhone users in 92 countries of mercenary spyware attacks, says the BBC',
      'Did Apple detect a mercenary spyware attack against the iPhone of the minister?',
      'Apple a alerté des journalistes : un logiciel espion mercenaire visait leur iPhone',
    ]) {
      expect(await judged('+14155550100', text)).toEqual([]);
    }
    expect(await judged('no_reply@email.apple.com', 'Your receipt')).toEqual([]);
    expect(await judged('threat-notifications@apple.com', 'answer', 1)).toEqual([]);
  });
});
