import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, fromBase64, type Json, toBase64, toHex } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import { leafHash } from '../formats/merkle-tree/index.ts';
import { nodeSha256 } from '../formats/merkle-tree/node.ts';
import { commitmentOf, commitmentOfDigests, entryOf, fieldDigest, saltsOf } from './leaf.ts';
import { fieldsOf, type Recorded } from './leaf-fields.ts';

interface Vector {
  readonly recorded: Recorded;
  readonly key: string;
  readonly fields: readonly { readonly name: string; readonly salt: string; readonly digest: string }[];
  readonly commitment: string;
  readonly leaf: string;
}
const FILE = join(import.meta.dirname, '../../test/vectors/audit-leaf/go.json');
const { entries } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly entries: readonly Vector[] };
const KEY = new Uint8Array(32).fill(7);
const RECORDED: Recorded = {
  id: '6d1f2c3b-4a5e-4f60-9182-a3b4c5d6e7f8',
  at: '2026-11-24T22:10:03.123456Z',
  action: 'file.opened',
  object: { type: 'file', id: 'f' },
  actor: { kind: 'person', personId: 'p', role: 'member', sessionId: 's' },
  subjects: [
    { type: 'person', id: 'p' },
    { type: 'device', id: 'd' },
  ],
  detail: { view: 1 },
};
const committed = (change: Partial<Recorded>): string => toHex(commitmentOf({ ...RECORDED, ...change }, KEY));
const refused = (code: string) => expect.objectContaining({ code });

describe('entries that Go has committed to', () => {
  it.each(entries)('are the same here: $recorded.action', ({ recorded, key, fields, commitment, leaf }) => {
    const salt = saltsOf(fromBase64(key));
    const ours = fieldsOf(recorded).map((field) => ({
      name: field.name,
      salt: toBase64(salt(field.name)),
      digest: toBase64(fieldDigest(field, salt(field.name))),
    }));
    expect(ours.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))).toEqual(fields);
    for (const hash of [undefined, nodeSha256]) {
      expect(toBase64(commitmentOf(recorded, fromBase64(key), hash))).toBe(commitment);
      expect(toBase64(leafHash(entryOf(fromBase64(commitment)), hash))).toBe(leaf);
    }
  });
});

describe('commitmentOf()', () => {
  it('is another one for each part of an entry', () => {
    const { actor } = RECORDED;
    const all = [
      committed({}),
      committed({ id: 'other' }),
      committed({ at: '2026-11-24T22:10:03.123457Z' }),
      committed({ action: 'file.closed' }),
      committed({ object: { type: 'file', id: null } }),
      committed({ object: { type: 'person', id: 'f' } }),
      committed({ actor: { ...actor, role: 'owner' } }),
      committed({ actor: { ...actor, sessionId: 't' } }),
      committed({ actor: { kind: 'person', personId: 'p', role: 'member' } }),
      committed({ subjects: [] }),
      committed({ subjects: [{ type: 'person', id: 'p' }] }),
      committed({
        subjects: [
          { type: 'person', id: 'd' },
          { type: 'device', id: 'p' },
        ],
      }),
      committed({ detail: {} }),
      committed({ detail: { view: null } }),
      committed({ detail: { view: '1' } }),
      committed({ detail: { View: 1 } }),
      committed({ detail: { view: 1, more: null } }),
      toHex(commitmentOf(RECORDED, new Uint8Array(32).fill(8))),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is the same whatever order keys and subjects stand in, and without keys that are undefined', () => {
    const { detail, actor, subjects } = RECORDED;
    expect(committed({ subjects: subjects.toReversed() })).toBe(committed({}));
    expect(committed({ actor: { sessionId: 's', role: 'member', personId: 'p', kind: 'person' } })).toBe(committed({}));
    expect(committed({ detail: { ...detail, gone: undefined }, actor: { ...actor, gone: undefined } })).toBe(
      committed({}),
    );
  });

  it('takes keys of 32 bytes alone', () => {
    for (const bytes of [0, 31, 33, 64])
      expect(() => commitmentOf(RECORDED, new Uint8Array(bytes))).toThrow(refused('audit-key'));
  });
});

describe('saltsOf()', () => {
  it('is HMAC-SHA-256', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), name, (key, text) => {
        expect(toHex(saltsOf(key)(text))).toBe(createHmac('sha256', key).update(text).digest('hex'));
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('commitmentOfDigests()', () => {
  it('is of a set: in any order, of one at least, and of none twice', () => {
    const [a, b, c] = [KEY, KEY.with(0, 1), KEY.with(31, 8)];
    expect(commitmentOfDigests([a, b, c])).toEqual(commitmentOfDigests([c, a, b]));
    expect(commitmentOfDigests([a, b])).not.toEqual(commitmentOfDigests([a, c]));
    for (const wrong of [[], [a, b, a], [a, b.subarray(1)], [a, Uint8Array.of(...b, 0)]])
      expect(() => commitmentOfDigests(wrong)).toThrow(refused('audit-digests'));
  });
});

describe('fieldsOf()', () => {
  const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)]);
  const detailOf = (value: unknown) => ({ ...RECORDED, detail: { value: value as Json } });

  it('names them', () => {
    expect(fieldsOf(RECORDED).map(({ name }) => name)).toEqual([
      'id',
      'at',
      'action',
      'object',
      'actor',
      'session',
      'subject/0',
      'subject/1',
      'detail/view',
    ]);
    expect(fieldsOf({ ...RECORDED, actor: { kind: 'system' } }).map(({ name }) => name)).not.toContain('session');
  });

  it('shows no session with who did it, and nothing of a subject or an object beside type and id', () => {
    const { object, subjects } = RECORDED;
    const more = {
      ...RECORDED,
      object: { ...object, name: 'x' },
      subjects: subjects.map((one) => ({ ...one, name: 'x' })),
    };
    expect(fieldsOf(more)).toEqual(fieldsOf(RECORDED));
    expect(fieldsOf(RECORDED)[4]).toEqual({ name: 'actor', value: { kind: 'person', personId: 'p', role: 'member' } });
  });

  it.each([
    ['a number that is none', Number.NaN],
    ['an infinite number', [Number.POSITIVE_INFINITY]],
    ['half a character', 'a\ud800'],
    ['half a character in a key', { 'a\udc00': 1 }],
    ['half a character further in', { a: [{ b: '\ud83d' }] }],
    ['a large integer', 1n],
    ['nothing in a list', [undefined]],
    ['a function', () => 1],
    ['33 levels', deep(32)],
  ])('refuses %s', (_what, value) => {
    expect(() => fieldsOf(detailOf(value))).toThrow(refused('audit-field'));
  });

  it('takes 32 levels, and what is undefined within an object as absent', () => {
    expect(fieldsOf(detailOf(deep(31)))).toHaveLength(9);
    expect(committed({ detail: { value: { a: undefined } } })).toBe(committed({ detail: { value: {} } }));
  });

  it('refuses a key of half a character or of over 65,535 bytes, and a subject that is named twice', () => {
    for (const key of ['\ud800', 'x'.repeat(65_529), 'ü'.repeat(32_765)])
      expect(() => fieldsOf({ ...RECORDED, detail: { [key]: 1 } })).toThrow(refused('audit-field'));
    expect(fieldsOf({ ...RECORDED, detail: { ['x'.repeat(65_528)]: 1 } })).toHaveLength(9);
    const [subject] = RECORDED.subjects;
    if (subject === undefined) throw new Error('no subject');
    const twice = { ...RECORDED, subjects: [...RECORDED.subjects, subject] };
    expect(() => fieldsOf(twice)).toThrow(refused('audit-field'));
  });

  it('tells two entries apart by every JSON that differs', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (a, b) => {
        const [one, other] = [a, b].map((value) => committedJson(value as Json));
        expect(one === other).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
      { numRuns: runs(200) },
    );
  });
});

function committedJson(value: Json): string {
  try {
    return committed({ detail: { value } });
  } catch (error) {
    if (error instanceof FormatError) return `refused ${JSON.stringify(sorted(value))}`;
    throw error;
  }
}

/** A value with its keys in order, as a reader of JSON would compare it; a list and an object without members are told apart. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return { list: value.map((item) => sorted(item)) };
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, sorted(member)]);
  return { members: members.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)) };
}
