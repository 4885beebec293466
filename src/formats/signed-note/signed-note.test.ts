import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { cosignatureVerifier } from '../tlog-cosignature/index.ts';
import {
  ed25519Verifier,
  formatNote,
  formatVerifierKey,
  makeVerifierKey,
  type NoteSignature,
  parseNote,
  parseVerifierKey,
  SIGNATURE_TYPE,
  signText,
  verifyNote,
} from './index.ts';
import { testKey } from './testing.ts';

const ada = testKey('ada', 'ada.example.org', SIGNATURE_TYPE.ed25519);
const bob = testKey('bob', 'bob.example.org/größe', SIGNATURE_TYPE.ed25519);
const TEXT = 'first\n\nlast\n';
const bySome = async (...signers: readonly (typeof ada)[]): Promise<readonly NoteSignature[]> =>
  await Promise.all(signers.map(({ key, sign }) => signText(TEXT, key, sign)));
const verifierOf = ({ key }: typeof ada) => ed25519Verifier(key);
const namesOf = async (signatures: readonly NoteSignature[], known: readonly (typeof ada)[]) =>
  (await verifyNote({ text: TEXT, signatures }, known.map(verifierOf))).map(({ name }) => name);
const refusal = async (signatures: readonly NoteSignature[], known: readonly (typeof ada)[]): Promise<string> => {
  try {
    await namesOf(signatures, known);
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return 'ok';
};

describe('parseNote()', () => {
  it('parts the text at the last empty line, and formatNote() writes the same bytes', async () => {
    const bytes = formatNote({ text: TEXT, signatures: await bySome(ada, bob) });
    expect(parseNote(bytes)).toEqual({ text: TEXT, signatures: await bySome(ada, bob) });
    expect(formatNote(parseNote(bytes))).toEqual(bytes);
  });

  const line = '\u2014 a AAAAAQE=\n';
  it.each([
    ['', 'no signatures'],
    ['text\n', 'no empty line'],
    ['text\n\n', 'no signature'],
    [`text\n${line}`, 'no empty line before it'],
    [`text\n\n${line}\n`, 'an empty line behind it'],
    [`text\n\n${line.slice(0, -1)}`, 'a line that does not end'],
    [`te\u0000xt\n\n${line}`, 'a control character'],
    [`te\txt\n\n${line}`, 'a tab'],
    [`text\r\n\n${line}`, 'a carriage return'],
    ['text\n\n- a AAAAAQE=\n', 'a hyphen'],
    ['text\n\n\u2014 AAAAAQE=\n', 'no name'],
    ['text\n\n\u2014  AAAAAQE=\n', 'an empty name'],
    ['text\n\n\u2014 a+b AAAAAQE=\n', 'a plus in the name'],
    ['text\n\n\u2014 a\u00a0b AAAAAQE=\n', 'a space in the name'],
    ['text\n\n\u2014 a\u0085b AAAAAQE=\n', 'another space in the name'],
    ['text\n\n\u2014 a AAAAAQ==\n', 'a key id alone'],
    ['text\n\n\u2014 a AAAAAQEBx', 'another line that does not end'],
    ['text\n\n\u2014 a AAAAAQE\n', 'no padding'],
    ['text\n\n\u2014 a AAAAAQF=\n', 'spare bits'],
    ['text\n\n\u2014 a AAAAAQE= \n', 'a space at the end'],
    ['text\n\n\u2014 a AAAA AQE=\n', 'a space within'],
    ['text\n\n\u2014 a ====\n', 'no base64'],
  ])('refuses %j: %s', (text) => {
    expect(() => parseNote(utf8Bytes(text))).toThrow(expect.objectContaining({ code: 'signed-note-format' }));
  });

  it('takes what the specification leaves open', () => {
    const text = '\n\u007f\ufeff\u2028text\n';
    const note = parseNote(utf8Bytes(`${text}\n\u2014 \ufeffa/b?c AAAAAQE=\n`));
    expect(note).toEqual({ text, signatures: [{ name: '\ufeffa/b?c', keyId: 1, signature: Uint8Array.of(1) }] });
  });

  it('stops at 256 KiB and at 100 signatures', () => {
    expect(parseNote(utf8Bytes(`a\n\n${line.repeat(100)}`)).signatures).toHaveLength(100);
    const [text, rest] = ['a'.repeat(262_144 - utf8Bytes(`\n\n${line}`).length), `\n\n${line}`];
    expect(formatNote(parseNote(utf8Bytes(text + rest)))).toHaveLength(262_144);
    expect(
      formatNote({ text: 'a\n', signatures: Array(100).fill({ name: 'a', keyId: 1, signature: Uint8Array.of(1) }) }),
    ).toBeDefined();
    for (const text of [
      `a\n\n${line.repeat(101)}`,
      `${'a'.repeat(262_144)}\n\n${line}`,
      `${'a'.repeat(262_145 - utf8Bytes(rest).length)}${rest}`,
    ])
      expect(() => parseNote(utf8Bytes(text))).toThrow(expect.objectContaining({ code: 'signed-note-limit' }));
    expect(() => parseNote(Uint8Array.of(0xff, 10, 10))).toThrow(
      expect.objectContaining({ code: 'signed-note-format' }),
    );
  });
});

describe('formatNote()', () => {
  const signature = { name: 'a', keyId: 0xffffffff, signature: Uint8Array.of(1) };
  it.each([
    ['a text without end', { text: 'a', signatures: [signature] }, 'signed-note-format'],
    ['a lone surrogate', { text: 'a\ud800\n', signatures: [signature] }, 'signed-note-format'],
    ['no signature', { text: 'a\n', signatures: [] }, 'signed-note-format'],
    ['a name with a space', { text: 'a\n', signatures: [{ ...signature, name: 'a b' }] }, 'signed-note-format'],
    ['a name with an end', { text: 'a\n', signatures: [{ ...signature, name: 'a\n' }] }, 'signed-note-format'],
    [
      'an empty signature',
      { text: 'a\n', signatures: [{ ...signature, signature: new Uint8Array(0) }] },
      'signed-note-format',
    ],
    ['101 signatures', { text: 'a\n', signatures: Array(101).fill(signature) }, 'signed-note-limit'],
    ['a long text', { text: `${'a'.repeat(262_144)}\n`, signatures: [signature] }, 'signed-note-limit'],
  ])('refuses %s', (_what, note, code) => {
    expect(() => formatNote(note)).toThrow(expect.objectContaining({ code }));
  });

  it('writes what parseNote() reads', () => {
    const name = fc.stringMatching(/^[a-zé./—-]{1,20}$/u);
    const signatures = fc.array(
      fc.record({
        name,
        keyId: fc.nat({ max: 0xffffffff }),
        signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~\n—é]{0,60}$/u), signatures, (text, list) => {
        const note = { text: `${text}\n`, signatures: list };
        expect(parseNote(formatNote(note))).toEqual(note);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('verifyNote()', () => {
  it('gives the signatures of known keys, once each, and leaves others out', async () => {
    const both = await bySome(ada, bob);
    expect(await namesOf(both, [ada, bob])).toEqual([ada.key.name, bob.key.name]);
    expect(await namesOf(both, [bob])).toEqual([bob.key.name]);
    expect(await namesOf([...both, ...both], [ada, ada])).toEqual([ada.key.name]);
  });

  it('leaves out signatures that share only a name or only an id with a known key', async () => {
    const [signature] = await bySome(ada);
    if (signature === undefined) throw new Error('not signed');
    const forged = { ...signature, signature: new Uint8Array(64) };
    const named = { ...forged, keyId: (signature.keyId + 1) % 2 ** 32 };
    const numbered = { ...forged, name: 'eve.example.org' };
    expect(await namesOf([named, signature, numbered], [ada])).toEqual([ada.key.name]);
    expect(await refusal([named, numbered], [ada])).toBe('signed-note-unsigned');
  });

  it('refuses the whole note for one signature of a known key that does not verify, wherever it stands', async () => {
    const [good, other] = await bySome(ada, bob);
    if (good === undefined || other === undefined) throw new Error('not signed');
    for (const bytes of [new Uint8Array(64), other.signature, good.signature.subarray(1), new Uint8Array(72)]) {
      const bad = { ...good, signature: bytes };
      for (const signatures of [[bad], [bad, good], [good, bad], [other, bad]])
        expect(await refusal(signatures, [ada, bob])).toBe('signed-note-signature');
    }
    expect(await refusal([good], [])).toBe('signed-note-unsigned');
    const changed = verifyNote({ text: 'other\n', signatures: [good] }, [verifierOf(ada)]);
    await expect(changed).rejects.toMatchObject({ code: 'signed-note-signature' });
  });

  it('refuses two known keys that cannot be told apart', async () => {
    const twin = { ...ada, key: { ...ada.key, publicKey: bob.key.publicKey } };
    expect(await refusal(await bySome(ada), [ada, twin])).toBe('signed-note-key');
  });

  it('refuses one key of two types, and takes keys that share a name or an id', async () => {
    const signatures = await bySome(ada);
    const typed = { key: { ...ada.key, type: SIGNATURE_TYPE.cosignature }, verify: async () => true };
    const known = [verifierOf(ada), typed];
    await expect(verifyNote({ text: TEXT, signatures }, known)).rejects.toMatchObject({ code: 'signed-note-key' });
    const named = { ...bob, key: makeVerifierKey(ada.key.name, SIGNATURE_TYPE.ed25519, bob.key.publicKey) };
    const numbered = { ...bob, key: { ...bob.key, id: ada.key.id } };
    expect(await namesOf(signatures, [named, numbered, ada])).toEqual([ada.key.name]);
  });

  it('finds nothing signed by a key that is none', async () => {
    const broken = { ...ada, key: { ...ada.key, publicKey: new Uint8Array(32).fill(2) } };
    expect(await refusal(await bySome(ada), [broken])).toBe('signed-note-signature');
  });
});

describe('parseVerifierKey()', () => {
  const vkey = formatVerifierKey(ada.key);
  it('reads what formatVerifierKey() writes', () => {
    expect(parseVerifierKey(vkey)).toEqual(ada.key);
    const cosigner = makeVerifierKey('w', SIGNATURE_TYPE.cosignature, bob.key.publicKey);
    expect(parseVerifierKey(formatVerifierKey(cosigner))).toEqual(cosigner);
    expect(cosigner.id).not.toBe(makeVerifierKey('w', SIGNATURE_TYPE.ed25519, bob.key.publicKey).id);
  });

  it.each([
    ['', 'nothing'],
    [vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), 'the id of another key'],
    [vkey.replace(/\+[0-9a-f]{8}\+/, (id) => id.toUpperCase()), 'capitals'],
    [vkey.replace('ada', 'eve'), 'another name'],
    [vkey.replace('ada', 'a a'), 'a space'],
    [`\n${vkey}`, 'a newline'],
    [`${vkey}\n`, 'a newline at the end'],
    [vkey.slice(0, -4), 'a short key'],
    [`${vkey.slice(0, -4)}AAAAAAAA`, 'a long key'],
    [vkey.slice(0, -1), 'no padding'],
    [`${'a'.repeat(1000)}${vkey}`, 'a long name'],
    ['a+00000000+', 'no key'],
    ['EnochRoot+af0cfe78+BQ==', 'an unknown type'],
    [`a+298a98f3+${'A'.repeat(44)}`, 'another unknown type, with the id that it has'],
    [
      formatVerifierKey(makeVerifierKey('a'.repeat(971), SIGNATURE_TYPE.ed25519, ada.key.publicKey)),
      'one character more than 1,024',
    ],
  ])('refuses %.60j: %s', (text) => {
    expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({ code: 'signed-note-key' }));
  });

  it('takes keys of up to 1,024 characters', () => {
    const longest = makeVerifierKey('a'.repeat(970), SIGNATURE_TYPE.ed25519, ada.key.publicKey);
    expect(formatVerifierKey(longest)).toHaveLength(1024);
    expect(parseVerifierKey(formatVerifierKey(longest))).toEqual(longest);
  });

  it.each([
    ['', 32],
    ['a b', 32],
    ['a+b', 32],
    ['a\n', 32],
    ['a\u0001', 32],
    ['a\ud800', 32],
    ['a', 31],
    ['a', 33],
  ])('names no key %j of %i bytes', (name, bytes) => {
    expect(() => makeVerifierKey(name, SIGNATURE_TYPE.ed25519, new Uint8Array(bytes))).toThrow(
      expect.objectContaining({ code: 'signed-note-key' }),
    );
  });

  it('makes no key of one type sign as another', async () => {
    const cosigner = makeVerifierKey('w', SIGNATURE_TYPE.cosignature, ada.key.publicKey);
    expect(() => ed25519Verifier(cosigner)).toThrow(expect.objectContaining({ code: 'signed-note-key' }));
    await expect(signText(TEXT, cosigner, ada.sign)).rejects.toMatchObject({ code: 'signed-note-key' });
    expect(() => cosignatureVerifier(ada.key)).toThrow(expect.objectContaining({ code: 'tlog-cosignature-key' }));
  });
});
