import {
  concatBytes,
  equalBytes,
  FormatError,
  fromBase64,
  fromHex,
  toBase64,
  toHex,
  utf8Bytes,
  utf8TextLoose,
} from '../../base/index.ts';
import type { KeyAccess, Segment, TdfManifest } from './manifest.ts';
import { owned } from './owned.ts';

/** Shares are XORed into the key of the file, which is 32 bytes as each of them. */
export const KEY_BYTES = 32;

/** The binding of a policy under a share of the key: base64 of the HMAC's hex digits, as all writers do, in 4.3.0 too. */
export async function bindPolicy(mac: CryptoKey, policy: string): Promise<string> {
  return toBase64(utf8Bytes(toHex(await hmac(mac, utf8Bytes(policy)))));
}

/**
 * Tells whether `access` binds the policy under this share.
 *
 * Both spellings are taken, raw and hex; compared in constant time.
 */
export async function checkBinding(
  mac: CryptoKey,
  policy: string,
  access: Pick<KeyAccess, 'bindingHash'>,
): Promise<boolean> {
  const expected = await hmac(mac, utf8Bytes(policy));
  const claimed = decodeMac(access.bindingHash, 'tdf-binding');
  return equalBytes(expected, claimed);
}

/** Signature over the segment hashes in their order: what keeps segments from being dropped, doubled or moved. */
export async function rootSignature(mac: CryptoKey, segments: readonly Segment[]): Promise<Uint8Array> {
  return hmac(mac, concatBytes(segments.map((segment) => segment.hash)));
}

/** Throws FormatError `tdf-root` unless the segment table is the one that the writer signed. */
export async function verifyRoot(mac: CryptoKey, manifest: TdfManifest): Promise<void> {
  const claimed = decodeMac(manifest.rootSignature, 'tdf-root');
  if (!equalBytes(await rootSignature(mac, manifest.segments), claimed)) {
    throw new FormatError('tdf-root', -1, 'Cannot trust TDF: root signature differs, segments were changed');
  }
}

/** The tag or MAC that a segment must have; legacy tables hold its hex digits. */
export function segmentTag(manifest: TdfManifest, segment: Segment): Uint8Array {
  return manifest.legacy ? fromHex(utf8TextLoose(segment.hash)) : segment.hash;
}

/**
 * Joins the shares of all splits to the key of the file, after checking the binding under each.
 *
 * @param shares by split id
 * @throws FormatError `tdf-key` when a share is missing, `tdf-binding`
 */
export async function joinShares(
  manifest: TdfManifest,
  shares: ReadonlyMap<string, Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = new Uint8Array(KEY_BYTES);
  for (const splitId of new Set(manifest.keyAccess.map((access) => access.splitId))) {
    const share = shares.get(splitId);
    if (share?.length !== KEY_BYTES)
      throw new FormatError('tdf-key', -1, `Cannot open TDF: no key for split ${JSON.stringify(splitId)}`);
    await requireBinding(await macKey(share), manifest, splitId);
    for (let i = 0; i < KEY_BYTES; i++) key[i] = (key[i] ?? 0) ^ (share[i] ?? 0);
  }
  return key;
}

/** One of the key accesses of the split must bind the policy; others may be dead entries of foreign servers. */
export async function requireBinding(mac: CryptoKey, manifest: TdfManifest, splitId: string): Promise<void> {
  for (const access of manifest.keyAccess) {
    if (access.splitId === splitId && (await checkBinding(mac, manifest.policy, access))) return;
  }
  throw new FormatError('tdf-binding', -1, 'Cannot trust TDF policy: binding HMAC differs');
}

export function macKey(share: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', owned(share), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

export async function hmac(key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes));
}

function decodeMac(text: string, code: string): Uint8Array {
  try {
    const bytes = fromBase64(text);
    return bytes.length === 64 ? fromHex(utf8TextLoose(bytes)) : bytes;
  } catch {
    throw new FormatError(code, -1, 'Cannot trust TDF: a MAC is neither raw nor hex in base64');
  }
}
