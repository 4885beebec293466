import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED_KINDS } from '../../test/synthetic/detection.ts';
import { utf8Bytes } from '../base/index.ts';
import { CAUSES } from '../evidence/causes.data.ts';
import type { EvidenceKind, Sighting } from '../evidence/index.ts';
import { byPlace, isPlaceOfOthers } from '../evidence/places-of-others.ts';
import { nodeBackupCrypto } from '../formats/keybag/node.ts';
import type { IndicatorKey } from '../formats/stix/index.ts';
import { collectFindings } from './collect-findings.ts';
import { examine } from './index.ts';
import { compileIndicators, type IndicatorIndex } from './indicators/index.ts';
import { matchSighting } from './match-sightings.ts';

const AT_MS = Date.UTC(2026, 0, 5);
const ROWS = Object.entries(CAUSES).flatMap(([artefact, rows]) =>
  Object.entries(rows).map(([row, cause]) => {
    const [kind, evidence] = row.split(' ') as [Sighting['kind'], EvidenceKind]; // the table is keyed so
    return { artefact, kind, evidence, cause };
  }),
);
const BY_OTHERS = ROWS.filter(({ cause }) => cause === 'others');

/** One indicator of the same family for each kind of thing that a sighting can be. */
const VALUES: Readonly<Record<string, readonly [key: IndicatorKey, value: string]>> = {
  url: ['url', 'https://relay.example/stage'],
  host: ['domain-name', 'relay.example'],
  email: ['email-addr', 'relay@mail.example'],
  process: ['process:name', 'relayd-agent'],
  path: ['file:path', '/private/var/db/relay/agent'],
  hash: ['file:hash', 'ab'.repeat(32)],
};
const index = familyOf([...Object.values(VALUES), ['file:name', 'relay_implant']]);

function familyOf(values: readonly (readonly [key: IndicatorKey, value: string])[]): IndicatorIndex {
  const indicators = values.map(([key, value], i) => ({ id: `${i}`, key, value, collection: 'Relay' }));
  return compileIndicators([{ source: 'relay.stix2', bundle: { indicators, unsupported: [] } }]);
}

describe('CAUSES', () => {
  it('has a row for every kind of thing and evidence that any reader gives of generated phones', async () => {
    const missing = new Set<string>();
    for (const kind of GENERATED_KINDS) {
      for (const plants of [Object.keys(kind.traces), []]) {
        const folder = mkdtempSync(join(tmpdir(), 'causes-'));
        const tree = kind.make({ seed: 3, plants, life: Object.keys(kind.lives)[0] ?? '', folder });
        await examine([tree], index, {
          nowMs: kind.nowMs,
          level: 'quick',
          passwords: [utf8Bytes('correct horse')],
          crypto: nodeBackupCrypto,
          progress() {},
          sighting({ artefact, kind: thing, evidence }) {
            if (CAUSES[artefact]?.[`${thing} ${evidence}`] === undefined)
              missing.add(`${artefact}: ${thing} ${evidence}`);
          },
        });
        rmSync(folder, { recursive: true, force: true });
      }
    }
    expect([...missing]).toEqual([]);
  }, 300_000);

  it('calls what others can cause received, visited or mere text, and nothing else so', () => {
    const wrong = ROWS.filter(
      ({ evidence, cause }) => (cause === 'others') !== ['received', 'visited', 'structure'].includes(evidence),
    );
    expect(wrong).toEqual([]);
  });

  it('makes no trace of any two things that others can cause, of one family and at the same moment', () => {
    const traces: string[] = [];
    const seen = ({ artefact, kind, evidence }: (typeof ROWS)[number]): Sighting | undefined => {
      const value = VALUES[kind]?.[1];
      return value === undefined
        ? undefined
        : { kind, value, evidence, artefact, path: `${artefact}.db`, locator: 'row 1', atMs: AT_MS };
    };
    for (const one of BY_OTHERS) {
      for (const other of BY_OTHERS) {
        const collector = collectFindings();
        for (const row of [one, other]) {
          const sighting = seen(row);
          const finding = sighting && matchSighting(index, sighting);
          if (finding !== undefined) collector.add(finding);
        }
        const { findings } = collector.collected();
        if (findings.some(({ verdict }) => verdict === 'trace')) traces.push(`${one.artefact} and ${other.artefact}`);
      }
    }
    expect(traces).toEqual([]);
    expect(BY_OTHERS.some((row) => seen(row) !== undefined && matchSighting(index, seen(row) as Sighting))).toBe(true);
  });
});

describe('byPlace()', () => {
  const places = [
    ['/private/var/mobile/Library/SMS/Attachments/0f/15/A/agent', true],
    ['Library/SMS/Attachments/0f/15/A/agent', true],
    ['/private/var/mobile/Library/Mail/IMAP-x/Attachments/agent', true],
    ['/private/var/mobile/Library/Caches/com.apple.x/agent', true],
    ['/private/var/mobile/Containers/Shared/AppGroup/A/Message/Media/4917@s.whatsapp.net/a/agent', true],
    ['/private/var/mobile/Containers/Shared/AppGroup/A/P_1/Messages/Message Attachments/c1/agent', true],
    ['/private/var/mobile/Containers/Shared/AppGroup/A/File Provider Storage/agent', true],
    ['AppDomainGroup-group.com.apple.notes/Accounts/LocalAccount/Media/A/1_A/agent', true],
    ['/data/user_de/0/com.android.providers.telephony/app_parts/PART_1700000000000_agent', true],
    ['/data/user/0/org.thoughtcrime.securesms/app_parts/part123.mms', true],
    ['/private/var/mobile/Library/Mobile Documents/com~apple~CloudDocs/Downloads/agent', true],
    ['/storage/emulated/0/Download/agent', true],
    ['/sdcard/Android/media/com.whatsapp/WhatsApp/Media/agent', true],
    ['/data/data/com.android.chrome/cache/agent', true],
    ['/private/var/db/com.apple.xpc.roleaccountd.staging/agent', false],
    ['/private/var/tmp/agent', false],
    ['/private/var/root/Library/agent', false],
    ['/data/local/tmp/agent', false],
    ['/data/app/com.example.agent/base.apk', false],
    ['/system/bin/agent', false],
  ] as const;

  it('takes a file for received where others can put one, whatever its name, and leaves all else', () => {
    expect(places.map(([path]) => [path, isPlaceOfOthers(path)])).toEqual(places);
    const common = { artefact: 'x', path: places[0][0], locator: '', atMs: undefined, value: places[0][0] } as const;
    const kinds = [
      ['path', 'present', undefined, 'received'],
      ['hash', 'present', undefined, 'received'],
      ['path', 'executed', undefined, 'executed'],
      ['app', 'present', undefined, 'present'],
      ['path', 'present', true, 'present'],
    ] as const;
    for (const [kind, evidence, installed, becomes] of kinds) {
      const sighting: Sighting = { ...common, kind, evidence, ...(installed === undefined ? {} : { installed }) };
      expect([kind, evidence, installed, byPlace(sighting).evidence]).toEqual([kind, evidence, installed, becomes]);
    }
  });

  it('lets no attachment that is named like an implant, beside a picture of a mail of its family, become a trace', () => {
    const attachment = byPlace({
      kind: 'path',
      value: '/private/var/mobile/Library/SMS/Attachments/0f/15/relay_implant',
      relativePath: 'Library/SMS/Attachments/0f/15/relay_implant',
      evidence: 'present',
      artefact: 'manifest',
      path: 'Manifest.db',
      locator: 'file 1',
      atMs: AT_MS,
    });
    const picture: Sighting = {
      kind: 'host',
      value: 'relay.example',
      evidence: 'visited',
      artefact: 'cache-files',
      path: 'Cache.db',
      locator: 'entry 1',
      atMs: AT_MS + 60_000,
    };
    const collector = collectFindings();
    for (const sighting of [attachment, picture]) {
      const finding = matchSighting(index, sighting);
      if (finding !== undefined) collector.add(finding);
    }
    expect(collector.collected().findings.map(({ verdict }) => verdict)).toEqual(['unusual', 'unusual']);
  });
});
