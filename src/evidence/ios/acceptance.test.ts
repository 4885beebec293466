import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diskTree } from '../../cli/scan/index.ts';
import { examine } from '../../detection/index.ts';
import { compileIndicators } from '../../detection/indicators/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { backupInfo } from './backup-info.ts';
import { calendar } from './calendar.ts';
import { dataUsage } from './data-usage.ts';
import { globalPreferences } from './global-preferences.ts';
import { interactions } from './interactions.ts';
import { manifest } from './manifest.ts';
import { safariBrowserState } from './safari-browser-state.ts';
import { sms } from './sms.ts';
import { tcc } from './tcc.ts';
import { collect } from './testing.ts';
import { webkitStatistics } from './webkit.ts';
import { whatsapp } from './whatsapp.ts';
import { whatsappContacts } from './whatsapp-contacts.ts';

// MVT's test backup (mvt-project/mvt dac4acb, MVT License 1.1) is not part of this repository: without it nothing here runs.
const BACKUP = '../shared/data/mvt-artifacts/ios_backup';

const iso = (atMs: number | undefined): string => new Date(atMs ?? 0).toISOString();

/** Artefact, level and value of what a check of the backup finds. */
async function findingsWith(...pairs: readonly (readonly [IndicatorKey, string])[]) {
  const indicators = pairs.map(([key, value], i) => ({ id: `${i}`, key, value, collection: 'c' }));
  const index = compileIndicators([{ source: 's', bundle: { indicators, unsupported: [] } }]);
  const result = await examine([diskTree(BACKUP)], index, {
    nowMs: Date.UTC(2026, 7, 20),
    progress: () => undefined,
    passwords: [],
    level: 'quick',
  });
  if ('unknown' in result) throw new Error('not recognised');
  return result;
}

describe.skipIf(!existsSync(BACKUP))('modules on the test backup of MVT (indicators-and-detection.md, 11.1)', () => {
  const tree = () => diskTree(BACKUP);

  it('manifest: 3721 rows, 5881 events', async () => {
    const { records, events } = await collect(manifest, tree());
    const count = (kind: string) => records.filter((record) => record.kind === kind).length;
    expect([records.length, events.length]).toEqual([3721, 5881]);
    expect([count('file'), count('directory'), count('link')]).toEqual([1089, 2618, 14]);
  });

  it('backup-info: build 18C66, IMEI 42', async () => {
    const { records } = await collect(backupInfo, tree());
    expect([records[0]?.buildVersion, records[0]?.fields['IMEI']]).toEqual(['18C66', '42']);
  });

  it('sms: one message with its link', async () => {
    const { records } = await collect(sms, tree());
    expect(records.length).toBe(1);
    expect(records[0]?.links).toEqual(['https://badbadbad.example.org/']);
    expect(iso(records[0]?.atMs).slice(0, 19)).toBe('2019-08-29T23:13:30');
  });

  it('data-usage: 41 rows; MVT counts a placeholder for the gap as the 42nd', async () => {
    const { records, rows } = await collect(dataUsage, tree());
    expect(rows[0]?.records).toBe(41);
    const usages = records.flatMap((record) => (record.kind === 'usage' ? [record] : []));
    expect(usages.length).toBe(41);
    const first = Math.min(...usages.map(({ firstAtMs }) => firstAtMs ?? Number.POSITIVE_INFINITY));
    expect(iso(first).slice(0, 19)).toBe('2019-08-27T15:08:09');
  });

  it('permissions: 11, the first for kTCCServiceUbiquity', async () => {
    const { records } = await collect(tcc, tree());
    expect(records.length).toBe(11);
    expect(records[0]).toMatchObject({
      service: 'kTCCServiceUbiquity',
      client: 'com.apple.Preferences',
      access: 'allowed',
    });
  });

  it('interactions: 3, hidden identities resolved, one entered 90 days late', async () => {
    const { records, events } = await collect(interactions, tree());
    expect(records.length).toBe(3);
    const people = records.flatMap(({ sender, recipients }) => [...(sender ? [sender] : []), ...recipients]);
    expect(people.find(({ identifier }) => identifier === '100000000000001@lid')?.resolved).toEqual({
      phoneNumber: '+14155550100',
      name: 'Alice Example',
    });
    const late = events.filter(({ what }) => what.startsWith('interaction entered'));
    expect(late.map(({ what, atMs }) => [what, iso(atMs).slice(0, 19)])).toEqual([
      ['interaction entered 90 days after it began', '2025-12-09T12:26:40'],
    ]);
    expect(
      iso(
        people.find(({ firstIncomingSenderAtMs }) => firstIncomingSenderAtMs !== undefined)?.firstIncomingSenderAtMs,
      ).slice(0, 19),
    ).toBe('2025-09-03T13:46:40');
  });

  it('whatsapp-contacts: 2 with their settings', async () => {
    const { records, events } = await collect(whatsappContacts, tree());
    const [alice, bob] = records;
    expect([alice?.disappearing, alice?.disappearingSeconds, iso(alice?.disappearingSetAtMs).slice(0, 19)]).toEqual([
      '24 hours',
      86_400,
      '2025-07-23T21:46:40',
    ]);
    expect([records.length, bob?.disappearing, events.length]).toEqual([2, 'off', 5]);
  });

  it('whatsapp: 3 messages, 2 sessions, a pair of the unlisted LID.sqlite, a deleted message', async () => {
    const { records, sightings } = await collect(whatsapp, tree());
    const kinds = records.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(['lid', 'message', 'message', 'message', 'session', 'session']);
    expect(sightings.map(({ value }) => value)).toEqual(['https://example.org/news']);
    const lid = records.find((record) => record.kind === 'lid');
    expect(iso(lid?.atMs).slice(0, 19)).toBe('2025-08-25T07:33:20');
    const deleted = records
      .filter((record) => record.kind === 'session')
      .filter(({ messageDeleted }) => messageDeleted);
    expect(deleted.map(({ lastMessageAtMs, lastStoredAtMs }) => [iso(lastMessageAtMs), iso(lastStoredAtMs)])).toEqual([
      ['2025-08-31T02:26:40.000Z', '2025-08-29T22:40:00.000Z'],
    ]);
  });

  it('calendar: one item with its organiser', async () => {
    const { records } = await collect(calendar, tree());
    expect(records.map(({ summary, organiser }) => [summary, organiser?.email])).toEqual([
      ['Super interesting meeting', 'user@example.org'],
    ]);
  });

  it('global-preferences: 16, the first about link previews', async () => {
    const { records } = await collect(globalPreferences, tree());
    expect([records.length, records[0]?.entry, records[0]?.value]).toEqual([16, 'WebKitShowLinkPreviews', false]);
  });

  it('safari-browser-state: one tab', async () => {
    const { records } = await collect(safariBrowserState, tree());
    expect(records.map(({ url }) => url)).toEqual(['https://en.wikipedia.org/wiki/NSO_Group']);
  });

  it('webkit-statistics: 2, one with an interaction', async () => {
    const { records } = await collect(webkitStatistics, tree());
    expect(records.map(({ domain, lastInteractionAtMs }) => [domain, lastInteractionAtMs !== undefined])).toEqual([
      ['google.com', true],
      ['gstatic.com', false],
    ]);
  });
});

describe.skipIf(!existsSync(BACKUP))('a check of the test backup of MVT', () => {
  it('alone tells the missing process and the old system; MVT tells Lockdown Mode as well, which is good news and no finding', async () => {
    const { findings } = await findingsWith();
    expect(findings.map(({ artefact, level, verdict }) => [artefact, level, verdict])).toEqual([
      ['backup-info', 'medium', 'weakness'],
      ['data-usage', 'low', 'weakness'],
    ]);
  });

  it('finds what the indicators of its tests name', async () => {
    const hits = async (...pairs: readonly (readonly [IndicatorKey, string])[]) =>
      (await findingsWith(...pairs)).findings
        .filter(({ kind, artefact }) => kind === 'indicator' && artefact !== 'files')
        .map(({ artefact, value }) => `${artefact} ${value}`);
    expect(await hits(['domain-name', 'badbadbad.example.org'])).toEqual(['sms https://badbadbad.example.org/']);
    expect(await hits(['email-addr', 'user@example.org'])).toEqual(['calendar user@example.org']);
    expect(await hits(['process:name', 'Launch'])).toEqual(['permissions Launch']);
    // One for the live use, one for the bundle of the same daemon: MVT's two CRITICAL.
    expect((await hits(['process:name', 'CumulativeUsageTracker'])).length).toBe(2);
    expect(await hits(['file:name', 'com.apple.CoreBrightness.plist'])).toHaveLength(1);
    // MVT alerts once per tab; the address stands in the tab and as its visible address, which is one sighting here.
    expect(await hits(['domain-name', 'en.wikipedia.org'])).toEqual([
      'safari-browser-state https://en.wikipedia.org/wiki/NSO_Group',
    ]);
  });

  it('says what is missing and what a backup never holds', async () => {
    const { examined } = await findingsWith();
    const row = (artefact: string) => examined.find((item) => item.artefact === artefact);
    expect(row('safari-history')).toMatchObject({ status: 'unreadable', why: 'listed, content missing' });
    expect(row('running-processes')).toMatchObject({ status: 'absent' });
    expect(row('encrypted-only')).toMatchObject({ status: 'absent' });
    expect(row('signal')).toBeUndefined();
    expect(new Set(examined.map(({ artefact }) => artefact)).size).toBeGreaterThan(28);
  });
});
