import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, FormatError, readAtOf, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { crc32, locateZipEntry, readZip, zipDescriptor, zipDirectory, zipLocalHeader } from './index.ts';

function zipOf(files: readonly (readonly [string, Uint8Array])[], directoryOffsetShift = 0): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const entries = [];
  let offset = 0;
  for (const [name, data] of files) {
    const entry = { name, crc32: crc32(data), sizeBytes: data.length, headerOffset: offset };
    entries.push(entry);
    for (const part of [zipLocalHeader(name), data, zipDescriptor(entry)]) {
      parts.push(part);
      offset += part.length;
    }
  }
  return concatBytes([...parts, zipDirectory(entries, offset + directoryOffsetShift)]);
}

async function readAll(bytes: Uint8Array): Promise<[string, Uint8Array][]> {
  const zip = await readZip(readAtOf(bytes), bytes.length);
  return Promise.all(
    zip.entries.map(async (entry): Promise<[string, Uint8Array]> => {
      const { offset, length } = await locateZipEntry(zip, entry);
      return [entry.name, bytes.subarray(offset, offset + length)];
    }),
  );
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await readAll(bytes);
    return 'ok';
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

const two = zipOf([
  ['0.payload', utf8Bytes('payload bytes')],
  ['0.manifest.json', utf8Bytes('{}')],
]);

describe('zip', () => {
  test('crc32() equals zlib, whole and in parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlib.crc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlib.crc32(bytes));
      }),
      { numRuns: runs(200) },
    );
  });

  test('what the writer pieces give, the reader reads', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}(\/[a-zé]{1,8})?$/), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ maxLength: 50 }), async (list, data) => {
        const files = list.map((name): [string, Uint8Array] => [name, data]);
        expect(await readAll(zipOf(files))).toEqual(files);
      }),
      { numRuns: runs(100) },
    );
  });

  test('unzip -t accepts what the writer pieces give', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'zip-')), 'two.zip');
    writeFileSync(path, two);
    expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected');
  });

  test('readZip() refuses names that climb, twins, overlaps and encryption', async () => {
    const data = utf8Bytes('x');
    for (const name of ['../x', 'a/../../x', '/etc/passwd', 'C:x', 'a\\..\\b', 'a\0b']) {
      expect(await codeOf(zipOf([[name, data]]))).toBe('zip-name');
    }
    expect(await codeOf(zipOf([['a', data], ['a', data]]))).toBe('zip-duplicate'); // biome-ignore format: one line reads better
    const flagged = two.slice();
    const directory = directoryAt(flagged);
    flagged[directory + 8] = 1;
    expect(await codeOf(flagged)).toBe('zip-encrypted');
    const longer = two.slice();
    longer[directory + 46 + 9 + 4] = 200; // the first entry's size in its zip64 extra
    longer[directory + 46 + 9 + 12] = 200;
    expect(await codeOf(longer)).toBe('zip-overlap');
  });

  test('readZip() refuses two end records that disagree', async () => {
    const split = two.slice();
    new DataView(split.buffer).setUint16(split.length - 22 + 10, 1, true);
    expect(await codeOf(split)).toBe('zip-bounds');
  });

  test('readZip() refuses every truncation', async () => {
    for (let length = 0; length < two.length; length++) expect(await codeOf(two.subarray(0, length))).not.toBe('ok');
  });

  test('readZip() throws nothing but FormatError on mutated and on random bytes', async () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(two.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), two));
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        await codeOf(bytes);
      }),
      { numRuns: runs(500) },
    );
  });
});

function directoryAt(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  for (let at = 0; ; at++) if (view.getUint32(at, true) === 0x02014b50) return at;
}
