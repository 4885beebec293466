import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { encodeBundle, parseBundle } from './bundle.ts';

const BUNDLE = {
  name: 'feed',
  version: 3,
  createdAt: '2026-01-01T00:00:00Z',
  licence: 'CC0',
  files: [
    { name: 'a.txt', url: 'https://x.example/a.txt', bytes: utf8Bytes('bad.example\n') },
    { name: 'b.txt', bytes: utf8Bytes('') },
  ],
};

const codeOf = (bytes: Uint8Array): string => {
  try {
    parseBundle(bytes);
    return 'ok';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
};

describe('parseBundle()', () => {
  const bytes = encodeBundle(BUNDLE);

  it('reads what encodeBundle() writes', () => {
    const { files, ...header } = parseBundle(bytes);
    expect(header).toEqual({ name: 'feed', version: 3, createdAt: '2026-01-01T00:00:00Z', licence: 'CC0' });
    expect(files.map(({ name, url, bytes: content }) => [name, url, Buffer.from(content).toString()])).toEqual([
      ['a.txt', 'https://x.example/a.txt', 'bad.example\n'],
      ['b.txt', undefined, ''],
    ]);
  });

  it('refuses any truncation, anything added, and names that leave their folder', () => {
    for (let length = 0; length < bytes.length; length++) expect(codeOf(bytes.subarray(0, length))).not.toBe('ok');
    expect(codeOf(utf8Bytes(`${Buffer.from(bytes).toString()}x`))).toBe('bundle-size');
    const changed = Buffer.from(bytes).toString().replace('bad.example\n', 'god.example\n');
    expect(codeOf(utf8Bytes(changed))).toBe('bundle-digest');
    for (const name of ['../x', '.x', 'a/b', '']) {
      expect(codeOf(encodeBundle({ ...BUNDLE, files: [{ name, bytes: utf8Bytes('') }] }))).toBe('bundle-header');
    }
    const twice = [...BUNDLE.files, ...BUNDLE.files];
    expect(codeOf(encodeBundle({ ...BUNDLE, files: twice }))).toBe('bundle-header');
  });

  it('throws only FormatError on mutated bundles', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const mutated = bytes.slice();
        mutated[at] = value;
        codeOf(mutated);
      }),
      { numRuns: runs(1000) },
    );
  });
});
