import { describe, expect, it } from 'vitest';
import type { Sighting } from '../evidence/index.ts';
import type { IndicatorKey } from '../formats/stix/index.ts';
import { compileIndicators } from './indicators/index.ts';
import { corroborate, matchSighting } from './match-sightings.ts';

const index = compileIndicators([
  {
    source: 'test',
    bundle: {
      unsupported: [],
      indicators: (
        [
          ['app:id', 'com.malware.blah'],
          ['app:cert', 'c7e56178748be1441370416d4c10e34817ea0c961eb636c8e9d98e0fd79bf730'],
          ['file:hash', '570cd76bf49cf52e0cb347a68bdcf0590b2eaece134e1b1eba7e8d66261bdbe6'],
          ['android-property:name', 'sys.foobar'],
          ['domain-name', 'bad.example.org'],
          ['process:name', 'bh'],
          ['process:name', 'rolecd'],
          ['process:name', 'doubtd', 29],
          ['process:name', 'likelyd', 30],
        ] as readonly [IndicatorKey, string, number?][]
      ).map(([key, value, confidence], i) => ({
        ...{ id: `i${i}`, key, value, collection: 'Family' },
        ...(confidence === undefined ? {} : { confidence }),
      })),
    },
  },
]);

const common = { artefact: 'a', path: 'p', locator: 'l', atMs: undefined } as const;

function judged(
  sighting: Pick<Sighting, 'kind' | 'value' | 'evidence' | 'installed' | 'processParts'>,
): string | undefined {
  const finding = matchSighting(index, { ...sighting, ...common });
  return finding && `${finding.level} ${finding.verdict}`;
}

describe('matchSighting()', () => {
  it('calls nothing a trace whose author has little confidence in it (STIX: below 30)', () => {
    const names = ['rolecd', 'doubtd', 'likelyd'];
    expect(names.map((value) => judged({ kind: 'process', value, evidence: 'executed' }))).toEqual([
      'critical trace',
      'critical unusual',
      'critical trace',
    ]);
  });

  it('takes a folder with a name of four letters for a process beneath a program that ran, not in a list of files', () => {
    const listed = { kind: 'path', evidence: 'present', processParts: 'all' } as const;
    const paths = ['/System/Languages/bh/x', '/private/var/db/rolecd/x', '/private/var/db/bh', '/private/var/db/bhx'];
    expect(paths.map((value) => judged({ ...listed, value }))).toEqual([
      undefined,
      'high unusual',
      'high unusual',
      undefined,
    ]);
    const ran = { kind: 'path', evidence: 'executed', processParts: 'folders' } as const;
    expect(judged({ ...ran, value: '/private/var/db/bh/x' })).toBe('critical trace');
    expect(judged({ ...ran, value: '/private/var/db/bh' })).toBeUndefined();
  });
});

describe('matchSighting() on Android', () => {
  it('calls an app that is installed or ran a trace, and one that left only its name unusual', () => {
    const app = { kind: 'app', value: 'COM.malware.blah' } as const;
    expect(judged({ ...app, evidence: 'present', installed: true })).toBe('critical trace');
    expect(judged({ ...app, evidence: 'executed' })).toBe('critical trace');
    expect(judged({ ...app, evidence: 'present' })).toBe('critical unusual');
    expect(judged({ ...app, value: 'com.malware.blahs', evidence: 'present' })).toBeUndefined();
    const path = { kind: 'path', evidence: 'present' } as const;
    expect(judged({ ...path, value: '/data/data/com.malware.blah/x.db' })).toBe('high unusual');
    expect(judged({ ...path, value: '/data/data/com.malware.blah2/x.db' })).toBeUndefined();
  });

  it('matches certificates, hashes and properties in any spelling of theirs', () => {
    const hash = '570CD76BF49CF52E0CB347A68BDCF0590B2EAECE134E1B1EBA7E8D66261BDBE6';
    const cert = 'C7:E5:61:78:74:8B:E1:44:13:70:41:6D:4C:10:E3:48:17:EA:0C:96:1E:B6:36:C8:E9:D9:8E:0F:D7:9B:F7:30';
    expect(judged({ kind: 'hash', value: hash, evidence: 'present' })).toBe('critical unusual');
    expect(judged({ kind: 'hash', value: hash, evidence: 'present', installed: true })).toBe('critical trace');
    expect(judged({ kind: 'hash', value: hash.replace('5', '6'), evidence: 'present' })).toBeUndefined();
    expect(judged({ kind: 'certificate', value: cert, evidence: 'present', installed: true })).toBe('critical trace');
    expect(judged({ kind: 'property', value: 'sys.FOOBAR', evidence: 'present' })).toBe('critical unusual');
    expect(judged({ kind: 'property', value: 'sys.soundsokay', evidence: 'present' })).toBeUndefined();
  });

  it('never calls a host that was reached a trace, whatever stands beside it', () => {
    const host = matchSighting(index, { kind: 'host', value: 'x.bad.example.org', evidence: 'connected', ...common });
    const app = matchSighting(index, { kind: 'app', value: 'com.malware.blah', evidence: 'executed', ...common });
    const property = matchSighting(index, { kind: 'property', value: 'sys.foobar', evidence: 'present', ...common });
    if (!host || !app || !property) throw new Error('nothing matched');
    const proven = new Set([app.indicator?.collection ?? '']);
    expect([host, app, property].map((finding) => corroborate(finding, proven).verdict)).toEqual([
      'unusual',
      'trace',
      'trace',
    ]);
  });
});
