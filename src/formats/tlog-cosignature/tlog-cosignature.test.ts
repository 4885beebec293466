import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { leafHash } from '../merkle-tree/index.ts';
import { SIGNATURE_TYPE, signText, verifyNote } from '../signed-note/index.ts';
import { testKey } from '../signed-note/testing.ts';
import { formatCheckpoint } from '../tlog-checkpoint/index.ts';
import { cosign, cosignatureVerifier, cosignedAtSeconds } from './index.ts';

const witness = testKey('witness', 'witness.example.org/w1', SIGNATURE_TYPE.cosignature);
const root = leafHash(utf8Bytes('root'));
const TEXT = formatCheckpoint({ origin: 'log', size: 7, root, extensions: ['extension'] });
const AT = 1_679_315_147;
const verifier = cosignatureVerifier(witness.key);

describe('cosign()', () => {
  it('signs the whole text with the time, as cosignatureVerifier() wants it', async () => {
    const signature = await cosign(TEXT, AT, witness.key, witness.sign);
    expect(cosignedAtSeconds(signature)).toBe(AT);
    expect(signature.signature).toHaveLength(72);
    for (const wrong of [signature.signature.subarray(1), Uint8Array.of(...signature.signature, 0)])
      expect(() => cosignedAtSeconds({ ...signature, signature: wrong })).toThrow(
        expect.objectContaining({ code: 'tlog-cosignature-time' }),
      );
    expect(await verifyNote({ text: TEXT, signatures: [signature] }, [verifier])).toEqual([signature]);
  });

  it('signs exactly what the specification writes', async () => {
    const messages: string[] = [];
    await cosign(TEXT, AT, witness.key, (message) => {
      messages.push(new TextDecoder().decode(message));
      return witness.sign(message);
    });
    expect(messages).toEqual([`cosignature/v1\ntime 1679315147\n${TEXT}`]);
  });

  it.each([0, -1, 0.5, 2 ** 53, Number.NaN])('has no time %d', async (at) => {
    await expect(cosign(TEXT, at, witness.key, witness.sign)).rejects.toMatchObject({ code: 'tlog-cosignature-time' });
  });

  it('signs nothing but checkpoints, by no key of a log', async () => {
    await expect(cosign('any\n', AT, witness.key, witness.sign)).rejects.toMatchObject({
      code: 'tlog-checkpoint-text',
    });
    const log = testKey('log', 'log', SIGNATURE_TYPE.ed25519);
    await expect(cosign(TEXT, AT, log.key, log.sign)).rejects.toMatchObject({ code: 'tlog-cosignature-key' });
  });
});

describe('cosignatureVerifier()', () => {
  it('takes no other time, text, key or signature', async () => {
    const { signature } = await cosign(TEXT, AT, witness.key, witness.sign);
    expect(await verifier.verify(TEXT, signature)).toBe(true);
    const later = signature.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
    expect(await verifier.verify(TEXT, later)).toBe(false);
    expect(await verifier.verify(TEXT.replace('extension', 'other'), signature)).toBe(false);
    expect(await verifier.verify(TEXT.replace('\n7\n', '\n8\n'), signature)).toBe(false);
    for (const cut of [0, 7, 8, 71]) expect(await verifier.verify(TEXT, signature.subarray(0, cut))).toBe(false);
    const other = testKey('other', 'witness.example.org/w1', SIGNATURE_TYPE.cosignature);
    expect(await cosignatureVerifier(other.key).verify(TEXT, signature)).toBe(false);
  });

  it('takes no signature over the text alone, and none without a time', async () => {
    const key = { ...witness.key, type: SIGNATURE_TYPE.ed25519 };
    const plain = (await signText(TEXT, key, witness.sign)).signature;
    expect(await verifier.verify(TEXT, plain)).toBe(false);
    expect(await verifier.verify(TEXT, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, ...plain))).toBe(false);
    for (const time of ['0', 'undefined']) {
      const timeless = await witness.sign(utf8Bytes(`cosignature/v1\ntime ${time}\n${TEXT}`));
      expect(await verifier.verify(TEXT, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...timeless))).toBe(false);
    }
  });

  it('cosigns no text that is no checkpoint, even where the key has signed it so', async () => {
    const text = 'log\nseven\nroot\n';
    const signed = await witness.sign(utf8Bytes(`cosignature/v1\ntime 1\n${text}`));
    const verified = verifier.verify(text, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, ...signed));
    await expect(verified).rejects.toMatchObject({ code: 'tlog-checkpoint-text' });
  });
});

describe('cosignedAtSeconds()', () => {
  it.each([[[0, 0, 0, 0, 0, 0, 1]], [[0, 0, 0, 0, 0, 0, 0, 0]], [[0, 0x20, 0, 0, 0, 0, 0, 0]], [Array(8).fill(255)]])(
    'finds no time in %j',
    (bytes) => {
      const signature = { name: 'w', keyId: 1, signature: Uint8Array.of(...bytes, ...new Uint8Array(64)) };
      expect(() => cosignedAtSeconds(signature)).toThrow(expect.objectContaining({ code: 'tlog-cosignature-time' }));
    },
  );
});
