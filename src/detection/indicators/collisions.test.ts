import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesIn, publishedNames } from '../../../test/synthetic/names.ts';
import type { Sighting } from '../../evidence/index.ts';
import type { IndicatorKey, StixIndicator } from '../../formats/stix/index.ts';
import type { Finding } from '../finding.ts';
import { isNote } from '../is-note.ts';
import { matchSighting } from '../match-sightings.ts';
import { COLLISIONS } from './collisions.data.ts';
import { compileIndicators, type IndicatorFeed, type Platform, parseIndicatorFile } from './index.ts';

const FEEDS = 'test/vectors/public/indicators';
const published = publishedNames().map(
  ({ key, value, collection }, i): StixIndicator => ({ id: `${i}`, key: key as IndicatorKey, value, collection }),
);

/** The published lists: whole where they lie beside the repository, else the names in them. */
function feeds(): readonly IndicatorFeed[] {
  if (!existsSync(FEEDS)) return [{ source: 'published', bundle: { indicators: published, unsupported: [] } }];
  return globSync(`${FEEDS}/*/*.{stix2,yaml}`).flatMap((path) => {
    const bundle = parseIndicatorFile(basename(path), readFileSync(path));
    return bundle === undefined ? [] : [{ source: basename(path), bundle }];
  });
}

type Seen = Pick<Sighting, 'kind' | 'value' | 'evidence' | 'processParts' | 'installed' | 'uncut'>;
const ran = (value: string): Seen => ({ kind: 'process', value, evidence: 'executed' });
const file = (value: string): Seen => ({ kind: 'path', value, evidence: 'present', processParts: 'all' });
/** In a place that others can fill. */
const sent = (value: string): Seen => ({ ...file(value), evidence: 'received' });
const text = (value: string): Seen => ({ kind: 'process', value, evidence: 'structure' });
const app = (value: string): Seen => ({ kind: 'app', value, evidence: 'present', installed: true });

/** Where healthy names stand on a phone. A word or a package of Debian may be the name of a file on any. */
const HEALTHY: readonly (readonly [string, readonly Platform[], (name: string) => readonly Seen[]])[] = [
  [
    'ios-programs',
    ['ios'],
    (name) => [ran(name), text(name), file(`/usr/libexec/${name}`), file(`/Applications/${name}.app/${name}`)],
  ],
  ['ios-paths', ['ios'], (name) => [file(name), { kind: 'path', value: name, evidence: 'structure' }]],
  ['ios-launch-lists', ['ios'], (name) => [file(`/System/Library/LaunchDaemons/${name}`)]],
  ['android-programs', ['android'], (name) => [{ ...ran(name), uncut: true }, text(name), file(`/system/bin/${name}`)]],
  [
    'android-packages',
    ['android'],
    (name) => [
      app(name),
      { ...ran(name), uncut: true },
      file(`/data/data/${name}/databases/x.db`),
      file(`/data/app/${name}/base.apk`),
    ],
  ],
  [
    'debian-names',
    ['ios', 'android'],
    (name) => [text(name), file(`/private/var/mobile/Media/${name}/x`), sent(`/sdcard/Download/${name}`)],
  ],
  [
    'words',
    ['ios', 'android'],
    (name) => [text(name), file(`/private/var/mobile/Media/${name}/x`), sent(`/sdcard/Download/${name}`)],
  ],
];

const index = compileIndicators(feeds());
const common = { artefact: 'a', path: 'p', locator: 'l', atMs: undefined } as const;

function* matches(platforms: 'own' | 'none'): Generator<readonly [Finding, string]> {
  for (const [list, own, places] of HEALTHY) {
    for (const name of namesIn(list)) {
      for (const seen of places(name)) {
        for (const platform of platforms === 'own' ? own : [undefined]) {
          const finding = matchSighting(index, { ...seen, ...common }, platform);
          if (finding !== undefined) yield [finding, `${list}: ${seen.evidence} ${seen.kind} ${seen.value}`];
        }
      }
    }
  }
}

describe('the published indicators on healthy names', () => {
  it('collide with none that is not listed with what was decided for it, and nothing is listed that collides no more', () => {
    const found = new Set<string>();
    for (const [{ indicator }] of matches('none')) found.add(`${indicator?.type} ${indicator?.value}`);
    expect([...found].sort()).toEqual(COLLISIONS.map(({ type, value }) => `${type} ${value}`).sort());
  });

  it('tell of none on its own phones, but for notes and common names of programs that ran', () => {
    const told: string[] = [];
    for (const [finding, where] of matches('own')) {
      if (!isNote(finding) && !(finding.indicator?.common && finding.evidence === 'executed'))
        told.push(`${finding.level} ${finding.verdict}: ${where}`);
    }
    expect(told).toEqual([]);
  });

  it.skipIf(!existsSync(FEEDS))('are the names that stand in the lists beside the repository', () => {
    const names = new Set(published.map(({ key, value, collection }) => `${key} ${value} ${collection}`));
    const missing = feeds().flatMap(({ bundle }) =>
      bundle.indicators
        .filter(({ key }) => NAMES.has(key))
        .map(({ key, value, collection }) => `${key} ${value} ${collection}`)
        .filter((name) => !names.has(name)),
    );
    expect(missing).toEqual([]);
  });
});

const NAMES: ReadonlySet<IndicatorKey> = new Set([
  'process:name',
  'file:name',
  'file:path',
  'app:id',
  'android-property:name',
  'configuration-profile:id',
]);
