import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileTable, makeFileTable } from './file-table.ts';
import type { PhoneFile } from './files.ts';
import { makeHashSlots } from './hash-slots.ts';

const idOf = (text: string): string => createHash('sha1').update(text).digest('hex');
const NONE = new Uint8Array(0);
const WELL_FORMED = fc.string({ unit: 'grapheme', maxLength: 12 });
const ROW = fc.record({
  id: fc.nat(20).map((n) => idOf(`${n}`)),
  domain: fc.constantFrom('HomeDomain', 'AppDomain-a', 'AppDomain-a-b', ''),
  path: fc.oneof(fc.constantFrom('a/b', 'b', 'c/b', 'b-c', ''), WELL_FORMED),
});

function tableOf(rows: readonly { id: string; domain: string; path: string }[]): FileTable {
  const table = makeFileTable(false);
  for (const { id, domain, path } of rows) table.add(id, domain, path, undefined);
  return table;
}

const short = (file: PhoneFile | undefined) =>
  file === undefined ? undefined : { id: file.id, domain: file.domain, path: file.relativePath };

describe('makeFileTable()', () => {
  it('answers as the rows that were added, the last of those that claim the same', () => {
    fc.assert(
      fc.property(fc.array(ROW, { maxLength: 60 }), (rows) => {
        const table = tableOf(rows);
        expect([...table].map(short)).toEqual(rows);
        expect(table.length).toBe(rows.length);
        expect(table.idCount()).toBe(new Set(rows.map(({ id }) => id)).size);
        for (const { id, domain, path } of rows) {
          expect(short(table.byId(id))).toEqual(rows.findLast((row) => row.id === id));
          expect(short(table.find(domain, path))).toEqual(
            rows.findLast((row) => row.domain === domain && row.path === path),
          );
          const base = path.slice(path.lastIndexOf('/') + 1);
          expect(table.named(base).map(short)).toEqual(
            rows.filter((row) => row.path.slice(row.path.lastIndexOf('/') + 1) === base),
          );
        }
        expect(table.find('AppDomain', 'a-a/b')).toBeUndefined();
        expect(table.byId(idOf('none'))).toBeUndefined();
        expect(table.named('no such name')).toEqual([]);
      }),
    );
  });

  it('keeps what opens each file, and tells a file without a key from one that is not encrypted', () => {
    const table = makeFileTable(true);
    const sealed = { sizeBytes: 7, protectionClass: 3, wrappedKey: new Uint8Array(44).fill(9) };
    const unknown = { sizeBytes: undefined, protectionClass: undefined, wrappedKey: undefined };
    table.add(idOf('1'), 'A', 'a', sealed);
    table.add(idOf('2'), 'A', 'b', undefined);
    table.add(idOf('3'), 'A', 'c', unknown);
    table.add(idOf('4'), 'A', 'd', { ...sealed, sizeBytes: 0 });
    expect(['1', '2', '3', '4', '5'].map((n) => table.sealedOf(idOf(n)))).toEqual([
      sealed,
      undefined,
      unknown,
      { ...sealed, sizeBytes: 0 },
      undefined,
    ]);
  });

  it('holds texts longer than a block, and more than one block', () => {
    const paths = ['x', 'y'.repeat(1_500_000), 'z', 'ü'.repeat(400_000), 'w'.repeat(700_000), 'v'];
    const table = tableOf(paths.map((path, i) => ({ id: idOf(`${i}`), domain: 'A', path })));
    expect([...table].map(({ relativePath }) => relativePath)).toEqual(paths);
    expect(table.find('A', 'v')?.id).toBe(idOf('5'));
  });
});

describe('makeHashSlots()', () => {
  it('finds every key of thousands that all hash alike, in linear time', () => {
    const keys = collidingKeys(3000);
    let looks = 0;
    const slots = makeHashSlots(keys.length, (row, key) => {
      looks++;
      return Buffer.compare(keys[row] ?? NONE, key) === 0;
    });
    keys.forEach((key, row) => {
      expect(slots.put(key, 0, row)).toBe(-1);
    });
    expect(keys.map((key) => slots.get(key, 0))).toEqual(keys.map((_, row) => row));
    expect(looks).toBeLessThanOrEqual(2 * 64 * keys.length);
    expect(slots.put(keys[2999] ?? NONE, 0, 5)).toBe(2999);
  });
});

/** Four bytes stand for each bit: pairs of them that lead FNV-1a from one state to the same next, found by search. */
function collidingKeys(count: number): Uint8Array[] {
  const step = (state: number, bytes: readonly number[]): number =>
    bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), state);
  let state = 0x811c9dc5;
  const pairs: [number[], number[]][] = [];
  for (let bit = 0; 2 ** bit < count; bit++) {
    const seen = new Map<number, number[]>();
    for (let n = 0; ; n++) {
      const mixed = Math.imul(n, 0x9e3779b1);
      const bytes = [mixed & 255, (mixed >> 8) & 255, (mixed >> 16) & 255, mixed >>> 24];
      const next = step(state, bytes);
      const other = seen.get(next);
      if (other !== undefined) {
        pairs.push([other, bytes]);
        state = next;
        break;
      }
      seen.set(next, bytes);
    }
  }
  return Array.from({ length: count }, (_, i) =>
    Uint8Array.from(pairs.flatMap((pair, bit) => pair[(i >> bit) & 1] ?? [])),
  );
}
