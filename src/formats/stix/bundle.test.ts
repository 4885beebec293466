import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { processorMs, runs } from '../../base/testing.ts';
import { parseStixBundle } from './index.ts';
import { parsePattern } from './pattern.ts';

const DATA = 'test/vectors/public/indicators';
const bundleOf = (...objects: object[]): Uint8Array => utf8Bytes(JSON.stringify({ type: 'bundle', objects }));

describe('parsePattern()', () => {
  it('reads the eleven spellings of digests, of files and of certificates', () => {
    const spellings: readonly (readonly [string, number])[] = [
      ["'SHA-256'", 64],
      ['SHA-256', 64],
      ['SHA256', 64],
      ['sha256', 64],
      ["'SHA-1'", 40],
      ['SHA-1', 40],
      ['SHA1', 40],
      ['sha1', 40],
      ['MD5', 32],
      ["'MD5'", 32],
      ['md5', 32],
    ];
    for (const [spelling, chars] of spellings) {
      const value = 'aB'.repeat(chars / 2);
      expect(parsePattern(`[file:hashes.${spelling}='${value}']`)).toEqual({
        key: 'file:hash',
        value: value.toLowerCase(),
      });
      expect(parsePattern(`[app:cert.${spelling} = '${value.replace(/(..)(?=.)/g, '$1:')}']`)).toEqual({
        key: 'app:cert',
        value: value.toLowerCase(),
      });
    }
  });

  it('keeps "=", quotes and brackets inside a value, and never reads more than one comparison', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => {
        const value = text.trim();
        const escaped = value.replace(/[\\']/g, '\\$&');
        const parsed = parsePattern(`[url:value='${escaped}']`);
        expect(parsed).toEqual(value === '' ? { why: 'value is empty' } : { key: 'url', value });
        expect(parsePattern(`[url:value='${escaped}' AND url:value='x']`)).toHaveProperty('why');
        expect(parsePattern(`[url:value='${escaped}'] FOLLOWEDBY [url:value='x']`)).toHaveProperty('why');
      }),
      { numRuns: runs(300) },
    );
  });

  it('ends quickly on a pattern made to make it slow', () => {
    const startedAt = processorMs();
    for (const part of ["\\'", ' ', "'", '[', 'a.']) parsePattern(`[url:value='${part.repeat(8000 / part.length)}`);
    expect(processorMs() - startedAt).toBeLessThan(1000);
  });
});

describe('parseStixBundle()', () => {
  it('keeps confidence, validity, traffic light and statement', () => {
    const { indicators } = parseStixBundle(
      bundleOf(
        {
          type: 'marking-definition',
          id: 'm--1',
          definition_type: 'statement',
          definition: { statement: 'CC BY 2.0' },
        },
        { type: 'marking-definition', id: 'm--2', extensions: { 'e--1': { tlp_2_0: 'amber+strict' } } },
        {
          type: 'indicator',
          id: 'i--1',
          pattern: "[process:name='bh']",
          confidence: 75,
          valid_from: '2024-01-01T00:00:00Z',
          valid_until: '2025-01-01T00:00:00Z',
          object_marking_refs: ['m--1', 'm--2', 'marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da'],
        },
      ),
    );
    expect(indicators).toEqual([
      {
        id: 'i--1',
        key: 'process:name',
        value: 'bh',
        collection: 'Unnamed collection',
        confidence: 75,
        validFromMs: Date.UTC(2024, 0),
        validUntilMs: Date.UTC(2025, 0),
        tlp: 'amber+strict',
        licence: 'CC BY 2.0',
      },
    ]);
  });

  it('keeps revoked indicators apart, and takes the last version of one', () => {
    const indicator = (id: string, modified: string, more: object) => ({ type: 'indicator', id, modified, ...more });
    const { indicators, revoked } = parseStixBundle(
      bundleOf(
        indicator('i--1', '2025-01-02T00:00:00Z', { pattern: "[process:name='a']", revoked: true }),
        indicator('i--1', '2025-01-01T00:00:00Z', { pattern: "[process:name='a']" }),
        indicator('i--2', '2025-01-01T00:00:00Z', { pattern: "[process:name='old']" }),
        indicator('i--2', '2025-01-03T00:00:00Z', { pattern: "[process:name='new']" }),
      ),
    );
    expect([indicators.map(({ value }) => value), revoked?.map(({ value }) => value)]).toEqual([['new'], ['a']]);
  });

  it('lets a report that names the indicator win over a relationship', () => {
    const { indicators } = parseStixBundle(
      bundleOf(
        { type: 'relationship', source_ref: 'i--1', target_ref: 'malware--1' },
        { type: 'malware', id: 'malware--1', name: 'By relationship' },
        { type: 'report', id: 'report--1', name: 'By report', object_refs: ['i--1', 5] },
        { type: 'indicator', id: 'i--1', pattern: "[process:name='a']" },
        { type: 'relationship', source_ref: 'i--2', target_ref: 'malware--1' },
        { type: 'indicator', id: 'i--2', pattern: "[process:name='b']" },
      ),
    );
    expect(indicators.map(({ collection }) => collection)).toEqual(['By report', 'By relationship']);
  });

  it('throws only FormatError on mutated bundles', () => {
    const bytes = bundleOf(
      { type: 'malware', id: 'malware--1', name: 'F' },
      { type: 'indicator', id: 'i--1', pattern: "[process:name='a']", object_marking_refs: ['m'], confidence: 3 },
      { type: 'relationship', source_ref: 'i--1', target_ref: 'malware--1' },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const mutated = bytes.slice();
        mutated[at] = value;
        try {
          parseStixBundle(mutated);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(500) },
    );
  });

  // indicators-and-detection, chapter 2: what each public file holds.
  describe.skipIf(!existsSync(DATA))('public files', () => {
    const TOTALS: readonly (readonly [string, number])[] = [
      ['amnesty/pegasus.stix2', 1549],
      ['amnesty/cytrox.stix2', 343],
      ['amnesty/malware.stix2', 2187],
      ['amnesty/wintego_helios.stix2', 175],
      ['amnesty/novispy.stix2', 18],
      ['mvt/predator.stix2', 585],
      ['mvt/rcs.stix2', 40],
      ['mvt/kingspawn.stix2', 167],
      ['mvt/operation_triangulation.stix2', 112],
      ['mvt/wyrmspy_dragonegg.stix2', 53],
      ['mvt/eaglemsgspy.stix2', 51],
      ['mvt/candiru.stix2', 125],
      ['mvt/cellebrite.stix2', 1],
      ['mvt/residentbat.stix2', 48],
      ['mvt/coruna.stix2', 216],
      ['mvt/darksword.stix2', 43],
    ];
    for (const [file, total] of TOTALS) {
      it(`${file} holds ${total} indicators, all in a named collection`, () => {
        const { indicators, unsupported } = parseStixBundle(readFileSync(`${DATA}/${file}`));
        const unique = new Set(indicators.map(({ key, value }) => `${key} ${value}`));
        expect([unique.size, unsupported]).toEqual([total, []]);
        expect(indicators.filter(({ collection }) => collection === 'Unnamed collection')).toEqual([]);
      });
    }
  });
});
