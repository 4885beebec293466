import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { parseStixBundle } from './index.ts';
import { parsePattern } from './pattern.ts';

const DATA = '../shared/data/mvt-artifacts/stix2';

describe('parsePattern()', () => {
  it('reads one comparison in the spellings of the public feeds', () => {
    const sha256 = 'a'.repeat(64);
    const cases: readonly (readonly [string, unknown])[] = [
      ["[domain-name:value='x.example']", { key: 'domain-name', value: 'x.example' }],
      ["[ url:value = 'https://x.example/?a=b&c=d' ]", { key: 'url', value: 'https://x.example/?a=b&c=d' }],
      ["[process:name='it\\'s']", { key: 'process:name', value: "it's" }],
      ["[ipv4-addr:value='192.0.2.1']", { key: 'ip-addr', value: '192.0.2.1' }],
      ["[app:cert.SHA256='AA:BB']", { why: 'value is no digest of that kind' }],
    ];
    for (const [pattern, expected] of cases) expect(parsePattern(pattern)).toEqual(expected);
    for (const name of ["'SHA-256'", 'SHA-256', 'SHA256', 'sha256']) {
      expect(parsePattern(`[file:hashes.${name}='${sha256.toUpperCase()}']`)).toEqual({
        key: 'file:hash',
        value: sha256,
      });
    }
  });

  it('says why it does not support a pattern', () => {
    for (const pattern of [
      "[a:b='1' AND c:d='2']",
      "[a:b='1'] OR [c:d='2']",
      "[domain-name:value LIKE 'x%']",
      '',
      "[mutex:name='x']",
    ]) {
      expect(parsePattern(pattern)).toHaveProperty('why');
    }
  });
});

describe('parseStixBundle()', () => {
  it('reads the system of an indicator or of its malware, and none where there are several', () => {
    const indicator = (id: string, more: object) => ({
      type: 'indicator',
      id: `indicator--${id}`,
      pattern: `[process:name='p${id}']`,
      ...more,
    });
    const tie = (id: string, target: string) => ({
      type: 'relationship',
      source_ref: `indicator--${id}`,
      target_ref: `malware--${target}`,
    });
    const objects = [
      { type: 'malware', id: 'malware--a', name: 'A', x_mitre_platforms: ['iOS'] },
      { type: 'malware', id: 'malware--b', name: 'B', x_mitre_platforms: ['iOS', 'Android'] },
      indicator('1', { x_mitre_platforms: ['Android'] }),
      indicator('2', {}),
      indicator('3', {}),
      indicator('4', { x_mitre_platforms: 'iOS' }),
      tie('1', 'a'),
      tie('2', 'a'),
      tie('3', 'b'),
    ];
    const parsed = parseStixBundle(utf8Bytes(JSON.stringify({ type: 'bundle', objects })));
    expect(parsed.indicators.map(({ platform }) => platform)).toEqual(['android', 'ios', undefined, undefined]);
  });

  it('ties indicators to their collection and reports what it cannot use', () => {
    const objects = [
      { type: 'malware', id: 'malware--1', name: 'Family' },
      { type: 'indicator', id: 'indicator--1', pattern: "[process:name='bh']" },
      { type: 'indicator', id: 'indicator--2', pattern: "[x:y='1' OR x:y='2']" },
      { type: 'relationship', source_ref: 'indicator--1', target_ref: 'malware--1' },
    ];
    const parsed = parseStixBundle(utf8Bytes(JSON.stringify({ type: 'bundle', objects })));
    expect(parsed.indicators).toEqual([{ id: 'indicator--1', key: 'process:name', value: 'bh', collection: 'Family' }]);
    expect(parsed.unsupported.length).toBe(1);
  });

  it('throws only FormatError on arbitrary bytes and JSON', () => {
    const inputs = fc.oneof(
      fc.uint8Array(),
      fc.json().map(utf8Bytes),
      fc
        .array(fc.anything())
        .map((objects) =>
          utf8Bytes(JSON.stringify({ type: 'bundle', objects }, (_, v: unknown) => (typeof v === 'bigint' ? 0 : v))),
        ),
    );
    fc.assert(
      fc.property(inputs, (bytes) => {
        try {
          parseStixBundle(bytes);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(300) },
    );
  });

  describe.skipIf(!existsSync(DATA))('public files', () => {
    const count = (file: string): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { key } of parseStixBundle(readFileSync(`${DATA}/${file}`)).indicators)
        counts[key] = (counts[key] ?? 0) + 1;
      return counts;
    };
    it('have the counts that were published', () => {
      expect(count('cytrox.stix2')).toEqual({ 'domain-name': 336, 'file:path': 6, 'configuration-profile:id': 1 });
      expect(count('638cd3ee5e5f019f84f9e0ea.json')).toEqual({ 'domain-name': 15, url: 54 });
    });
  });
});
