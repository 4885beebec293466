import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, FormatError, type Json, toBase64, utf8Bytes, utf8Text } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import { leafHash, nodeHash } from '../formats/merkle-tree/index.ts';
import { ed25519Verifier, SIGNATURE_TYPE, signText } from '../formats/signed-note/index.ts';
import { testKey } from '../formats/signed-note/testing.ts';
import { mutate, seeded } from '../formats/testing.ts';
import { formatCheckpoint } from '../formats/tlog-checkpoint/index.ts';
import { formatTlogProof } from '../formats/tlog-proof/index.ts';
import { commitmentOf, entryOf } from './leaf.ts';
import { disclose, disclosedEntry, formatDisclosure, parseDisclosure } from './leaf-disclosure.ts';
import { fieldsOf, type Recorded } from './leaf-fields.ts';
import { formatFieldProof, openFieldProof } from './leaf-proof.ts';

const KEY = new Uint8Array(32).fill(7);
const RECORDED: Recorded = {
  id: '6d1f2c3b-4a5e-4f60-9182-a3b4c5d6e7f8',
  at: '2026-11-24T22:10:03.123456Z',
  action: 'privacy.looked',
  object: { type: 'person', id: 'ada' },
  actor: { kind: 'person', personId: 'bob', role: 'auditor', sessionId: 'secret-session' },
  subjects: [
    { type: 'person', id: 'ada' },
    { type: 'person', id: 'carol' },
  ],
  detail: { page: 'größe', other: { id: 'carol' }, count: 3 },
};
const ENTRY = entryOf(commitmentOf(RECORDED, KEY));
const NAMES = new Set(['at', 'action', 'actor', 'subject/0', 'detail/page']);
const shown = disclose(RECORDED, KEY, (name) => NAMES.has(name));
const bytes = formatDisclosure(shown);
const text = utf8Text(bytes);
const refused = (code: string) => expect.objectContaining({ code });
const rewritten = (change: (value: { fields: Record<string, Json>[]; digests: Json[]; schema: Json }) => void) => {
  const value = JSON.parse(text);
  change(value);
  return utf8Bytes(canonicalJson(value));
};

describe('disclose()', () => {
  it('shows what it is asked for and nothing else, and leads to the entry of the log', () => {
    expect(shown.fields.map(({ name }) => name)).toEqual(['action', 'actor', 'at', 'detail/page', 'subject/0']);
    expect(shown.digests).toHaveLength(6);
    expect(disclosedEntry(shown)).toEqual(ENTRY);
    for (const hidden of ['secret-session', 'carol', 'count', toBase64(KEY)]) expect(text).not.toContain(hidden);
  });

  it('leads to the same entry whatever is shown', () => {
    const names = fieldsOf(RECORDED).map(({ name }) => name);
    fc.assert(
      fc.property(fc.subarray(names, { minLength: 1 }), (some) => {
        const disclosure = disclose(RECORDED, KEY, (name) => some.includes(name));
        expect(disclosure.fields.map(({ name }) => name).sort()).toEqual(some.sort());
        expect(disclosedEntry(parseDisclosure(formatDisclosure(disclosure)))).toEqual(ENTRY);
      }),
      { numRuns: runs(100) },
    );
  });

  it('shows at least one field', () => {
    expect(() => disclose(RECORDED, KEY, () => false)).toThrow(refused('audit-disclosure'));
  });

  it('leads to another entry once a value, a name, a salt or a digest differs', () => {
    const [first, ...rest] = shown.fields;
    const [digest = KEY, ...digests] = shown.digests;
    if (first === undefined) throw new Error('nothing is shown');
    for (const other of [
      { ...shown, fields: [{ ...first, value: 'privacy.overlooked' }, ...rest] },
      { ...shown, fields: [{ ...first, name: 'detail/action' }, ...rest] },
      { ...shown, fields: [{ ...first, salt: KEY }, ...rest] },
      { ...shown, fields: rest },
      { ...shown, digests },
      { ...shown, digests: [digest.with(0, (digest[0] ?? 0) ^ 1), ...digests] },
      { ...shown, digests: [...shown.digests, KEY] },
    ])
      expect(disclosedEntry(other)).not.toEqual(ENTRY);
    expect(() => disclosedEntry({ ...shown, digests: [digest, ...shown.digests] })).toThrow(refused('audit-digests'));
  });
});

describe('parseDisclosure()', () => {
  it('reads what formatDisclosure() writes', () => {
    expect(parseDisclosure(bytes)).toEqual(shown);
  });

  const salt = toBase64(KEY);
  it.each([
    ['nothing', utf8Bytes('')],
    ['no UTF-8', Uint8Array.of(0xff)],
    ['a list', utf8Bytes('[]')],
    ['null', utf8Bytes('null')],
    ['white space', utf8Bytes(` ${text}`)],
    ['a member more', rewritten((value) => Object.assign(value, { more: 1 }))],
    ['a member less', utf8Bytes(text.replace(/^\{"digests":\[[^\]]*\],/, '{'))],
    ['another schema', rewritten((value) => Object.assign(value, { schema: 'pavise.audit.disclosure/2' }))],
    ['no field', rewritten((value) => value.fields.splice(0))],
    ['fields that are no list', rewritten((value) => Object.assign(value, { fields: {} }))],
    ['a field that is none', rewritten((value) => Object.assign(value, { fields: [null] }))],
    ['a field without a value', rewritten((value) => delete value.fields[0]?.['value'])],
    ['a field with more', rewritten((value) => Object.assign(value.fields[0] ?? {}, { more: 1 }))],
    ['a name that is none', rewritten((value) => Object.assign(value.fields[0] ?? {}, { name: 1 }))],
    ['a name twice', rewritten(({ fields }) => fields.splice(1, 0, { ...fields[0], salt }))],
    ['names out of order', rewritten(({ fields }) => fields.reverse())],
    ['a short salt', rewritten((value) => Object.assign(value.fields[0] ?? {}, { salt: 'AAAA' }))],
    ['a salt that is none', rewritten((value) => Object.assign(value.fields[0] ?? {}, { salt: [[salt]] }))],
    ['digests out of order', rewritten(({ digests }) => digests.reverse())],
    ['a digest twice', rewritten(({ digests }) => digests.splice(0, 0, digests[0] ?? ''))],
    ['a digest that is none', rewritten(({ digests }) => digests.unshift(''))],
    ['a digest in another spelling', utf8Bytes(text.replace('=', '\\u003d'))],
    ['a number in another spelling', utf8Bytes(text.replace('"größe"', '1.0'))],
    ['a number of too many digits', utf8Bytes(text.replace('"größe"', '9007199254740993'))],
    ['a key twice', utf8Bytes(text.replace('"größe"', '{"a":1,"a":2}'))],
    ['over 256 KiB', utf8Bytes(text.replace('größe', 'x'.repeat(262_144)))],
  ])('refuses %s', (_what, wrong) => {
    expect(() => parseDisclosure(wrong)).toThrow(refused('audit-disclosure'));
  });

  it.each([
    ['a name that no entry has', rewritten(({ fields }) => Object.assign(fields[4] ?? {}, { name: 'surprise' }))],
    ['a subject of no number', rewritten(({ fields }) => Object.assign(fields[4] ?? {}, { name: 'subject/01' }))],
    ['half a character', utf8Bytes(text.replace('größe', '\\ud800'))],
    ['an infinite number', utf8Bytes(text.replace('"größe"', '1e999'))],
    ['a tower of lists', utf8Bytes(text.replace('"größe"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`))],
  ])('refuses %s in a field', (_what, wrong) => {
    expect(() => parseDisclosure(wrong)).toThrow(refused('audit-field'));
  });

  it('takes 256 KiB, and writes no more', () => {
    const recorded = (length: number) => ({ ...RECORDED, detail: { text: 'x'.repeat(length) } });
    const sizeOf = (length: number) => formatDisclosure(disclose(recorded(length), KEY, () => true));
    const room = 262_144 - sizeOf(0).length;
    expect(parseDisclosure(sizeOf(room)).fields).toHaveLength(9);
    expect(() => sizeOf(room + 1)).toThrow(refused('audit-disclosure'));
  });

  it('takes no other spelling of any disclosure, and throws nothing but its own', () => {
    for (let i = 0; i < runs(3000); i++) {
      const random = seeded(i + 1);
      random(2);
      const changed = mutate(bytes, random);
      try {
        expect(utf8Text(formatDisclosure(parseDisclosure(changed)))).toBe(utf8Text(changed));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  });
});

describe('openFieldProof()', async () => {
  const ORIGIN = 'log.example.org/audit';
  const log = testKey('log', ORIGIN, SIGNATURE_TYPE.ed25519);
  const before = leafHash(utf8Bytes('before'));
  const root = nodeHash(before, leafHash(ENTRY));
  const note = { text: formatCheckpoint({ origin: ORIGIN, size: 2, root, extensions: [] }), signatures: [] };
  const signed = { ...note, signatures: [await signText(note.text, log.key, log.sign)] };
  const proof = { index: 1, proof: [before], note: signed };
  const of = { origin: ORIGIN, verifiers: [ed25519Verifier(log.key)] };

  it('proves fields by the checkpoint of the log', async () => {
    const proven = await openFieldProof(formatFieldProof(proof, shown), of);
    expect(proven).toMatchObject({ index: 1, checkpoint: { origin: ORIGIN, size: 2 } });
    expect(proven.fields).toContainEqual({ name: 'detail/page', value: 'größe' });
    expect(proven.fields.map(({ name }) => name)).toEqual(shown.fields.map(({ name }) => name));
  });

  it('proves no other value, place or log, and nothing where nothing is shown', async () => {
    const [first, ...rest] = shown.fields;
    if (first === undefined) throw new Error('nothing is shown');
    const changed = { ...shown, fields: [{ ...first, value: 'other' }, ...rest] };
    for (const [file, trusted, code] of [
      [formatFieldProof(proof, changed), of, 'merkle-tree-root'],
      [formatFieldProof({ ...proof, index: 0 }, shown), of, 'merkle-tree-root'],
      [formatFieldProof(proof, shown), { ...of, origin: 'other' }, 'tlog-checkpoint-origin'],
      [formatFieldProof(proof, shown), { ...of, verifiers: [] }, 'signed-note-unsigned'],
      [formatTlogProof(proof), of, 'audit-disclosure'],
      [formatTlogProof({ ...proof, extra: utf8Bytes('{}') }), of, 'audit-disclosure'],
    ] as const)
      await expect(openFieldProof(file, trusted)).rejects.toMatchObject({ code });
  });
});
