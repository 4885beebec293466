import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { isTaxiiTime, parseTaxiiEnvelope, taxiiPageUrl } from './index.ts';

describe('taxii', () => {
  it('reads a page and names the next one', () => {
    expect(parseTaxiiEnvelope(utf8Bytes('{"more":true,"next":"a&b","objects":[{"type":"x"}]}'))).toEqual({
      more: true,
      next: 'a&b',
      objects: [{ type: 'x' }],
    });
    // An empty page is an empty object (section 3.7).
    expect(parseTaxiiEnvelope(utf8Bytes('{}'))).toEqual({ more: false, next: undefined, objects: [] });
    const page = { limit: 100, addedAfter: '2024-01-01T00:00:00.000001Z', next: 'a&b' };
    expect(taxiiPageUrl('https://x.example/api1/collections/c1', page)).toBe(
      'https://x.example/api1/collections/c1/objects/?limit=100&added_after=2024-01-01T00%3A00%3A00.000001Z&next=a%26b',
    );
    expect([
      isTaxiiTime('2024-01-01T00:00:00.000001Z'),
      isTaxiiTime('yesterday'),
      isTaxiiTime('2024-13-01T00:00:00Z'),
    ]).toEqual([true, false, false]);
  });

  it('throws only FormatError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(utf8Bytes)), (bytes) => {
        try {
          parseTaxiiEnvelope(bytes);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
