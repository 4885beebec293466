import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chainHash, GENESIS, headText, type SealedEntry, type SignedHead } from './entry.ts';
import { verifyChain } from './verify.ts';

/** Chains entries as the sealer does. */
function chained(entries: readonly Omit<SealedEntry, 'hash'>[], previous = GENESIS): SealedEntry[] {
  let hash = previous;
  return entries.map((entry) => {
    hash = chainHash(hash, entry);
    return { ...entry, hash };
  });
}

const plain = [1, 2, 3, 4, 5, 6].map((seq) => ({
  seq,
  id: `00000000-0000-4000-8000-00000000000${seq}`,
  at: `2026-01-01T00:00:00.00000${seq}Z`,
  actor: { kind: 'device', deviceId: `device-${seq}` },
  action: `test.${seq}`,
  object: { type: 'test', id: `object-${seq}` },
  detail: { seq },
}));
const entries = chained(plain);
const pair = generateKeyPairSync('ed25519');
const another = generateKeyPairSync('ed25519');
const spki = ({ publicKey }: typeof pair): Buffer => publicKey.export({ format: 'der', type: 'spki' });

function headAt(seq: number, changes: Partial<SignedHead> = {}, key = pair): SignedHead {
  const head = { seq, hash: entries[seq - 1]?.hash ?? GENESIS, signedAt: '2026-01-01T00:01:00.000Z', ...changes };
  const signature = sign(null, Buffer.from(headText(head.seq, head.hash, head.signedAt)), key.privateKey);
  return { ...head, signature: signature.toString('hex'), ...changes };
}
const publicKey = spki(pair);
const changed = (seq: number, change: Partial<SealedEntry>): SealedEntry[] =>
  entries.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));
const swapped = [...entries.slice(0, 2), ...entries.slice(3, 4), ...entries.slice(2, 3), ...entries.slice(4)];
const rewritten = chained(plain.map((entry) => (entry.seq === 3 ? { ...entry, action: 'test.other' } : entry)));
const shifted = chained(plain.slice(1).map((entry) => ({ ...entry, seq: entry.seq - 1 })));
const twice = [...entries.slice(0, 3), ...entries.slice(2)];

describe('verifyChain()', () => {
  it('verifies a whole log, against no head, a head within and the head at its end', async () => {
    const whole = { ok: true, entries: 6, hash: entries[5]?.hash };
    expect(await verifyChain(entries)).toEqual({ ...whole, headSeq: null });
    for (const seq of [1, 4, 6])
      expect(await verifyChain(entries, { head: headAt(seq), publicKey })).toEqual({ ...whole, headSeq: seq });
    expect(await verifyChain([])).toEqual({ ok: true, entries: 0, hash: GENESIS, headSeq: null });
  });

  it.each<[string, SealedEntry[], number, string]>([
    ['the id of an entry', changed(3, { id: '00000000-0000-4000-8000-0000000000ff' }), 3, 'changed'],
    ['its time', changed(3, { at: '2026-01-01T00:00:00.000009Z' }), 3, 'changed'],
    ['who did it', changed(3, { actor: { kind: 'device', deviceId: 'device-4' } }), 3, 'changed'],
    ['what was done', changed(3, { action: 'test.4' }), 3, 'changed'],
    ['the kind of thing', changed(3, { object: { type: 'tent', id: 'object-3' } }), 3, 'changed'],
    ['the thing', changed(3, { object: { type: 'test', id: 'object-4' } }), 3, 'changed'],
    ['the thing left out', changed(3, { object: { type: 'test', id: null } }), 3, 'changed'],
    ['its detail', changed(3, { detail: { seq: 4 } }), 3, 'changed'],
    ['its detail added to', changed(3, { detail: { seq: 3, more: true } }), 3, 'changed'],
    ['its hash', changed(3, { hash: 'ab'.repeat(32) }), 3, 'changed'],
    ['its place', changed(3, { seq: 4 }), 3, 'gap'],
    ['an entry taken out', entries.filter(({ seq }) => seq !== 3), 3, 'gap'],
    ['the first taken out', entries.slice(1), 1, 'gap'],
    [
      'the first taken out and the others numbered anew, without new hashes',
      entries.slice(1).map((e) => ({ ...e, seq: e.seq - 1 })),
      1,
      'changed',
    ],
    ['two swapped', swapped, 3, 'gap'],
    ['two swapped with their numbers', swapped.map((e, i) => ({ ...e, seq: i + 1 })), 3, 'changed'],
    ['one twice', twice, 4, 'gap'],
    ['one of another log', changed(4, { ...rewritten[3] }), 4, 'changed'],
    ['a chain that begins after another entry', chained(plain, 'ab'.repeat(32)), 1, 'changed'],
  ])('finds without a head: %s', async (_what, log, seq, code) => {
    expect(await verifyChain(log)).toMatchObject({ ok: false, seq, code });
  });

  it.each<[string, SealedEntry[], SignedHead, Uint8Array, string]>([
    ['a chain that was rewritten whole', rewritten, headAt(6), publicKey, 'rewritten'],
    ['a chain that was rewritten before a head within', rewritten, headAt(4), publicKey, 'rewritten'],
    ['a head beyond the entries', entries.slice(0, 5), headAt(6), publicKey, 'cut'],
    ['a first entry taken out and all chained anew', shifted, headAt(6), publicKey, 'cut'],
    ['no entry at all', [], headAt(1), publicKey, 'cut'],
    ['a head that another key signed', entries, headAt(6, {}, another), publicKey, 'signature'],
    ['a head measured by another key', entries, headAt(6), spki(another), 'signature'],
    ['a head at another place', entries, { ...headAt(6), seq: 5 }, publicKey, 'signature'],
    ['a head with another hash', entries, { ...headAt(6), hash: entries[4]?.hash ?? '' }, publicKey, 'signature'],
    ['a head at another time', entries, { ...headAt(6), signedAt: '2026-01-01T00:01:00.001Z' }, publicKey, 'signature'],
    ['a head without a signature', entries, { ...headAt(6), signature: '' }, publicKey, 'signature'],
    ['a key that is none', entries, headAt(6), Buffer.from('none'), 'signature'],
  ])('finds against a signed head: %s', async (_what, log, head, key, code) => {
    expect(await verifyChain(log, { head, publicKey: key })).toMatchObject({ ok: false, code });
  });

  it('goes on from a place that was verified before, and holds a head at that very place against it', async () => {
    const from = { size: 4, hash: entries[3]?.hash ?? '' };
    expect(await verifyChain(entries.slice(4), { head: headAt(6), publicKey }, from)).toMatchObject({
      ok: true,
      entries: 6,
    });
    expect(await verifyChain(rewritten.slice(4), undefined, from)).toMatchObject({
      ok: false,
      seq: 5,
      code: 'changed',
    });
    const head = headAt(4, { hash: 'ab'.repeat(32) });
    expect(await verifyChain(entries.slice(4), { head, publicKey }, from)).toMatchObject({
      ok: false,
      code: 'rewritten',
    });
    expect(await verifyChain(entries.slice(3), undefined, from)).toMatchObject({ ok: false, seq: 5, code: 'gap' });
  });
});
