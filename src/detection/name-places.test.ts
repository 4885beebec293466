import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../base/index.ts';
import { memoryTree, type Sighting } from '../evidence/index.ts';
import type { IndicatorKey, StixIndicator } from '../formats/stix/index.ts';
import { collectFindings } from './collect-findings.ts';
import type { Finding } from './finding.ts';
import { examine } from './index.ts';
import { compileIndicators, type Platform } from './indicators/index.ts';
import { matchSighting } from './match-sightings.ts';

type Told = readonly [IndicatorKey, string, Partial<StixIndicator>?];

function indexOf(collection: string, ...told: readonly Told[]) {
  const indicators = told.map(([key, value, more], i) => ({ id: `${i}`, key, value, collection, ...more }));
  return compileIndicators([{ source: 's', bundle: { unsupported: [], indicators } }]);
}

const common = { artefact: 'a', path: 'p', locator: 'l', atMs: undefined } as const;
const judged = (
  index: ReturnType<typeof indexOf>,
  seen: Pick<Sighting, 'kind' | 'value' | 'evidence' | 'processParts' | 'relativePath'>,
  platform?: Platform,
): string | undefined => {
  const finding = matchSighting(index, { ...seen, ...common }, platform);
  return finding && `${finding.level} ${finding.verdict}`;
};

describe('a name of a program or file', () => {
  const ran = { kind: 'process', evidence: 'executed' } as const;

  it.each<[string, ReturnType<typeof indexOf>, string, Platform | undefined]>([
    [
      'is of the system that its collection is known for',
      indexOf('Pegasus', ['process:name', 'gatekeeperd']),
      'gatekeeperd',
      'ios',
    ],
    [
      'is of the system that all places of its collection are on',
      indexOf('X', ['process:name', 'exampled'], ['file:path', '/data/local/tmp/wd/']),
      'exampled',
      'android',
    ],
    [
      'is of the system of the profiles of its collection',
      indexOf('X', ['process:name', 'exampled'], ['configuration-profile:id', '76DAB334-7E17-475D-A5D6-0794EB5818A5']),
      'exampled',
      'ios',
    ],
    [
      'is of the system that its publisher says',
      indexOf('X', ['process:name', 'exampled', { platform: 'android' }], ['file:path', '/private/var/tmp/x']),
      'exampled',
      'android',
    ],
    [
      'is of any system where a collection has places on both',
      indexOf(
        'X',
        ['process:name', 'exampled'],
        ['file:path', '/private/var/tmp/x'],
        ['file:path', '/data/local/tmp/x'],
      ),
      'exampled',
      undefined,
    ],
    [
      'is of any system where nothing tells',
      indexOf('X', ['process:name', 'exampled'], ['file:path', '/usr/bin/x']),
      'exampled',
      undefined,
    ],
  ])('%s', (_, index, value, platform) => {
    const told = ['ios', 'android', undefined].map((on) =>
      judged(index, { ...ran, value }, on as Platform | undefined),
    );
    const hit = 'critical trace';
    expect(told).toEqual([platform === 'android' ? undefined : hit, platform === 'ios' ? undefined : hit, hit]);
  });

  it('that feeds know of both systems is matched by the one that fits', () => {
    const feed = (source: string, platform: Platform) => ({
      source,
      bundle: {
        unsupported: [],
        indicators: [{ id: source, key: 'process:name' as const, value: 'exampled', collection: source, platform }],
      },
    });
    const index = compileIndicators([feed('phones of apple', 'ios'), feed('phones of google', 'android')]);
    const on = (platform: Platform) =>
      matchSighting(index, { ...ran, value: 'exampled', ...common }, platform)?.indicator?.collection;
    expect([on('ios'), on('android')]).toEqual(['phones of apple', 'phones of google']);
  });

  it.each<[string, Pick<Sighting, 'kind' | 'value' | 'evidence' | 'processParts'>, string]>([
    ['is a trace where programs that ran are listed', { ...ran, value: 'roleaboutd' }, 'critical trace'],
    [
      'is unusual as the name of a file',
      { kind: 'path', evidence: 'present', processParts: 'all', value: '/private/var/x/roleaboutd' },
      'high unusual',
    ],
    ['is a note in mere text', { kind: 'process', evidence: 'structure', value: 'roleaboutd' }, 'info weakness'],
    [
      'is a note in mere text, as a file name too',
      { kind: 'path', evidence: 'structure', value: 'x/roleaccountd.plist' },
      'info weakness',
    ],
    ['is a trace where it ran, be it a word or not', { ...ran, value: 'payload' }, 'critical trace'],
    [
      'is a note as the name of a file that is a word',
      { kind: 'path', evidence: 'present', processParts: 'all', value: '/private/var/x/payload' },
      'info weakness',
    ],
    [
      'is a note as the name of a folder that is a word',
      { kind: 'path', evidence: 'present', processParts: 'all', value: '/private/var/payload/x' },
      'info weakness',
    ],
    [
      'is a note where the file name is a word in the plural',
      { kind: 'path', evidence: 'present', value: '/private/var/x/implants' },
      'info weakness',
    ],
    [
      'keeps its weight where a place was given',
      { kind: 'path', evidence: 'present', value: '/private/var/tmp/hooker' },
      'high unusual',
    ],
  ])('%s', (_, seen, expected) => {
    const index = indexOf(
      'Pegasus',
      ['process:name', 'roleaboutd'],
      ['process:name', 'payload'],
      ['file:name', 'roleaccountd.plist'],
      ['file:name', 'implants'],
      ['file:path', '/private/var/tmp/hooker'],
    );
    expect(judged(index, seen, 'ios')).toBe(expected);
  });
});

it('examine() finds names of iPhones in no byte of an Android phone, and calls a phone with mere words not unusual', async () => {
  const index = indexOf(
    'Pegasus',
    ['process:name', 'gatekeeperd'],
    ['process:name', 'payload'],
    ['domain-name', 'bad.example.org'],
  );
  const dump = `========================================================\n== dumpstate: 2026-01-02 03:04:05\n========================================================\n${'-'.repeat(79)}\nDUMP OF SERVICE package:\nPackages:\n  gatekeeperd payload\n`;
  const android = memoryTree(
    'bugreport',
    new Map([
      ['dumpstate-1.txt', utf8Bytes(dump)],
      ['FS/data/x.txt', utf8Bytes('gatekeeperd payload')],
    ]),
  );
  const iphone = memoryTree(
    's',
    new Map([
      ['ps_thread.txt', utf8Bytes('USER PID TT COMMAND\n')],
      ['notes.bin', utf8Bytes('a payload of data')],
    ]),
  );
  const told = async (tree: typeof android): Promise<readonly string[]> => {
    const result = await examine([tree], index, {
      passwords: [],
      level: 'thorough',
      nowMs: 0,
      progress: () => undefined,
    });
    if ('unknown' in result) throw new Error('not recognised');
    return result.findings.map(({ level, verdict, value }) => `${level} ${verdict} ${value}`);
  };
  expect(await told(android)).toEqual([]);
  expect(await told(iphone)).toEqual(['info weakness payload']);
});

describe('a note', () => {
  const index = indexOf(
    'Pegasus',
    ['process:name', 'payload'],
    ['process:name', 'roleaboutd'],
    ['domain-name', 'bad.example.org'],
  );
  const find = (seen: Pick<Sighting, 'kind' | 'value' | 'evidence' | 'processParts'>, artefact = 'files') => {
    const finding = matchSighting(index, { ...seen, ...common, artefact, atMs: 1000 }, 'ios');
    if (finding === undefined) throw new Error('no match');
    return finding;
  };
  const note = find({ kind: 'path', evidence: 'present', processParts: 'all', value: '/private/var/x/payload' });
  const named = find({ kind: 'path', evidence: 'present', processParts: 'all', value: '/private/var/x/roleaboutd' });

  it.each<[string, Finding]>([
    ['a program of its family ran', find({ kind: 'process', evidence: 'executed', value: 'roleaboutd' }, 'processes')],
    [
      'an address of its family was reached within the day',
      find({ kind: 'host', evidence: 'connected', value: 'bad.example.org' }, 'dns'),
    ],
  ])('is raised to no trace where %s, while a name that tells something is', (_, other) => {
    const collected = collectFindings();
    for (const finding of [note, named, other]) collected.add(finding);
    const verdicts = new Map(collected.collected().findings.map(({ value, verdict }) => [value, verdict]));
    expect(verdicts.get(note.value)).toBe('weakness');
    expect(verdicts.get(named.value)).toBe('trace');
  });
});
