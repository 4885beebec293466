import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, toHex } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import type { Sighting } from '../evidence/index.ts';
import type { IndicatorKey } from '../formats/stix/index.ts';
import { compileIndicators, type IndicatorIndex } from './indicators/index.ts';
import { matchSighting } from './match-sightings.ts';
import { decodeSightings, hashOfValue, makeSightingIndex, meaningOf, timeOfDay } from './sighting-index.ts';
import { type ValueKind, valuesOfIndicators, valuesOfSighting } from './sighting-values.ts';

const digest = (text: string): Uint8Array => hash('sha256', text, 'buffer');
const place = { artefact: 'sms', path: 'sms.db', locator: 'row 1' } as const;

function seen(kind: Sighting['kind'], value: string, more: Partial<Sighting> = {}): Sighting {
  return { kind, value, evidence: 'received', atMs: undefined, ...place, ...more };
}

function indicators(...given: readonly (readonly [IndicatorKey, string])[]): IndicatorIndex {
  const parsed = given.map(([key, value]) => ({ id: `i--${key}--${value}`, key, value, collection: 'Family' }));
  return compileIndicators([{ source: 'list', bundle: { indicators: parsed, unsupported: [] } }]);
}

function valuesOf(sighting: Sighting): string[] {
  const values: string[] = [];
  valuesOfSighting(sighting, (kind, value) => values.push(`${kind} ${value}`));
  return values;
}

/** Whether the index of hashes finds what `matchSighting` finds. */
function found(index: IndicatorIndex, sighting: Sighting): boolean {
  const values = new Set(valuesOf(sighting));
  return valuesOfIndicators(index).some(({ kind, value }) => values.has(`${kind} ${value}`));
}

describe('valuesOfSighting()', () => {
  it('gives hosts with the names above, links, paths with their folders and names', () => {
    expect(valuesOf(seen('host', 'A.B.Example.ORG.'))).toEqual([
      'host a.b.example.org',
      'domain b.example.org',
      'domain example.org',
    ]);
    expect(valuesOf(seen('url', 'HTTPS://u@x.example.org:443/a?b=1#c'))).toEqual([
      'url https://x.example.org/a?b=1',
      'host x.example.org',
      'domain example.org',
    ]);
    expect(valuesOf(seen('host', '192.0.2.1'))).toEqual(['host 192.0.2.1']);
    expect(valuesOf(seen('path', '/var/tmp/l/x', { relativePath: 'tmp/l/x' }))).toEqual([
      'path /private/var/tmp/l/x',
      'under /private',
      'under /private/var',
      'under /private/var/tmp',
      'under /private/var/tmp/l',
      'path tmp/l/x',
      'under tmp',
      'under tmp/l',
      'file x',
    ]);
    expect(valuesOf(seen('process', '/usr/libexec/bh'))).toEqual(['process bh']);
  });

  const words = ['example', 'a', 'evil', 'github', 'io', 'org', 'www', 'private', 'var', 'tmp', 'l', 'data', '*', 'bh'];
  const word = fc.constantFrom(...words);
  const host = fc.array(word, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.').replaceAll('*', 'x'));
  const appId = fc.tuple(word, host).map(([first, rest]) => `${first}.${rest}`.replaceAll('*', 'x'));
  const path = fc
    .tuple(
      fc.constantFrom('', '/'),
      fc.array(fc.oneof(word, appId, fc.constant('COM.Example.App')), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', '/'),
    )
    .map(([start, parts, end]) => start + parts.join('/') + end);
  const link = fc
    .tuple(
      fc.constantFrom('https://', 'HTTP://'),
      host,
      fc.constantFrom('', ':443', ':8443'),
      path,
      fc.constantFrom('', ').'),
    )
    .map(([scheme, name, port, rest, end]) => `${scheme}${name}${port}/${rest}${end}`);
  const longName = fc.constantFrom(
    'roleaccountd',
    'com.apple.Mappit.SnapshotService',
    'com.apple.Mappit',
    'bh',
    '/x/bh',
  );
  const plainPath = path.map((text) => text.replaceAll('*', 'star')).filter((text) => text !== '/');
  const indicator: fc.Arbitrary<readonly [IndicatorKey, string]> = fc.oneof(
    fc.tuple(fc.constant<IndicatorKey>('domain-name'), host),
    fc.tuple(fc.constant<IndicatorKey>('url'), link),
    fc.tuple(fc.constant<IndicatorKey>('process:name'), longName),
    fc.tuple(fc.constant<IndicatorKey>('file:path'), plainPath),
    fc.tuple(fc.constant<IndicatorKey>('file:name'), fc.oneof(word, plainPath)),
    fc.constant<readonly [IndicatorKey, string]>(['app:id', 'com.example.app']),
    fc.tuple(fc.constantFrom<IndicatorKey>('email-addr', 'android-property:name'), host),
    fc.tuple(fc.constant<IndicatorKey>('app:id'), appId),
  );
  const sighting = fc.oneof(
    host.map((value) => seen('host', value)),
    link.map((value) => seen('url', value)),
    fc.tuple(longName, fc.boolean()).map(([value, uncut]) => seen('process', value, uncut ? { uncut } : {})),
    fc
      .tuple(
        path,
        fc.option(path, { nil: undefined }),
        fc.constantFrom<Sighting['processParts'] | undefined>(undefined, 'all', 'folders'),
      )
      .map(([value, relativePath, processParts]) =>
        seen('path', value, {
          ...(relativePath === undefined ? {} : { relativePath }),
          ...(processParts === undefined ? {} : { processParts }),
        }),
      ),
    fc.tuple(host, host).map(([a, b]) => seen('app', `${a}:${b}`)),
    host.map((value) => seen('email', `"${value}"`)),
    host.map((value) => seen('property', value.toUpperCase())),
  );

  it('finds by hash whatever matchSighting() finds', () => {
    fc.assert(
      fc.property(fc.array(indicator, { maxLength: 6 }), sighting, (given, what) => {
        const index = indicators(...given);
        // Of a container's path the phone keeps one id at most: two stars match by walking alone.
        fc.pre((what.value.match(/\*/g)?.length ?? 0) < 2 && (what.relativePath?.match(/\*/g)?.length ?? 0) < 2);
        if (matchSighting(index, what) !== undefined) expect([what, found(index, what)]).toEqual([what, true]);
      }),
      { numRuns: runs(2000) },
    );
  });

  it('finds by hash nothing else, hosts and links', () => {
    const narrow = fc.oneof(
      host.map((value) => seen('host', value)),
      link.map((value) => seen('url', value)),
    );
    fc.assert(
      fc.property(fc.array(indicator, { maxLength: 6 }), narrow, (given, what) => {
        const index = indicators(...given);
        if (found(index, what)) expect(matchSighting(index, what)).toBeDefined();
      }),
      { numRuns: runs(2000) },
    );
  });

  it('takes a process name for a cut one only where the phone cuts names', () => {
    const index = indicators(['process:name', 'abcdefghijklmnopqrst']);
    expect(found(index, seen('process', 'abcdefghijklmnop'))).toBe(true);
    expect(found(index, seen('process', 'abcdefghijklmnop', { uncut: true }))).toBe(false);
    expect(found(index, seen('process', 'abcdefghijklmno'))).toBe(false);
  });

  it('keeps an indicator that matches itself alone from matching names below', () => {
    const index = indicators(['domain-name', 'github.io'], ['domain-name', 'evil.example.org']);
    expect(found(index, seen('host', 'someone.github.io'))).toBe(false);
    expect(found(index, seen('host', 'github.io'))).toBe(true);
    expect(found(index, seen('host', 'x.evil.example.org'))).toBe(true);
    expect(found(index, seen('host', 'notevil.example.org'))).toBe(false);
  });
});

describe('makeSightingIndex()', () => {
  const day = (iso: string): number => Date.parse(`${iso}T12:00:00Z`);

  it('keeps the strongest evidence and the days of a value, sorted, no value in clear', () => {
    const index = makeSightingIndex(digest);
    index.add(seen('process', 'bh', { evidence: 'executed', atMs: day('2026-03-02') }));
    index.add(seen('process', 'bh', { evidence: 'permitted', atMs: day('2026-01-01') }));
    index.add(seen('process', 'bh', { evidence: 'executed' }));
    index.add(seen('app', 'com.example.app', { evidence: 'present', installed: true, atMs: Number.NaN }));
    const bytes = index.encode();
    const decoded = decodeSightings(bytes);
    const records = Array.from({ length: decoded.count }, (_, at) => ({
      hash: toHex(decoded.hashes.subarray(at * 8, at * 8 + 8)),
      ...meaningOf(decoded.codes[at] ?? 0),
      days: [decoded.firstDays[at] ?? 0, decoded.lastDays[at] ?? 0].map(timeOfDay),
    }));
    const hashOf = (kind: ValueKind, value: string): string => toHex(hashOfValue(digest, kind, value));
    expect(records).toEqual(
      [
        {
          hash: hashOf('process', 'bh'),
          kind: 'process',
          evidence: 'executed',
          installed: false,
          days: [Date.UTC(2026, 0, 1), Date.UTC(2026, 2, 2)],
        },
        {
          hash: hashOf('app', 'com.example.app'),
          kind: 'app',
          evidence: 'present',
          installed: true,
          days: [null, null],
        },
      ].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    );
    expect(new TextDecoder('latin1').decode(bytes)).not.toMatch(/bh|example/);
  });

  it('finds every value again through growth', () => {
    const index = makeSightingIndex(digest);
    const wanted = new Set<string>();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20_000; i++) index.add(seen('process', `p${i}`, { atMs: day('2026-01-01') }));
    }
    for (let i = 0; i < 20_000; i++) wanted.add(toHex(hashOfValue(digest, 'process', `p${i}`)));
    const decoded = decodeSightings(index.encode());
    const hashes = Array.from({ length: decoded.count }, (_, at) => toHex(decoded.hashes.subarray(at * 8, at * 8 + 8)));
    expect(hashes.length).toBe(20_000);
    expect(new Set(hashes)).toEqual(wanted);
  });
});

describe('decodeSightings()', () => {
  const index = makeSightingIndex(digest);
  for (let i = 0; i < 50; i++)
    index.add(seen('url', `https://h${i}.example.org/${i}`, { atMs: Date.UTC(2026, 0, 1 + i) }));
  const good = index.encode();
  const pair = makeSightingIndex(digest);
  for (const name of ['a', 'b']) pair.add(seen('process', name));
  const two = pair.encode();

  it('refuses what is cut, longer, out of order or doubled', () => {
    expect(() => decodeSightings(good.subarray(0, -1))).toThrow(expect.objectContaining({ code: 'sightings-size' }));
    expect(() => decodeSightings(new Uint8Array([...good, 0]))).toThrow(
      expect.objectContaining({ code: 'sightings-size' }),
    );
    // Both records are long: the second's hash made nothing above the first, then the first made the greatest of all.
    const doubled = two.slice();
    doubled.fill(0, 24 + 12 + 1, 24 + 12 + 9);
    expect(() => decodeSightings(doubled)).toThrow(expect.objectContaining({ code: 'sightings-order' }));
    const over = two.slice();
    over.fill(255, 25, 33);
    expect(() => decodeSightings(over)).toThrow(expect.objectContaining({ code: 'sightings-order' }));
    const unknown = good.slice();
    unknown[24] = 0x7f;
    expect(() => decodeSightings(unknown)).toThrow(expect.objectContaining({ code: 'sightings-record' }));
    expect(() => decodeSightings(new Uint8Array(30))).toThrow(expect.objectContaining({ code: 'sightings-magic' }));
  });

  it('throws only FormatError on mutated and cut bytes, and then reads every record', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(good.length),
        (changes, cut) => {
          const bytes = good.slice(0, changes.length % 2 === 0 ? good.length : cut);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const decoded = decodeSightings(bytes);
            for (const code of decoded.codes) meaningOf(code);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});
