import { createHmac } from 'node:crypto';
import { equalBytes, FormatError, fromBase64, fromHex } from '../base/index.ts';
import { type KeyAccess, unwrapShare } from '../formats/tdf/index.ts';
import type { KasKeys } from './kas-keys.ts';

/** The share, if one of our keys unwraps it and it binds this very policy; the two failures look alike. */
export async function provenShare(keys: KasKeys, policy: string, access: KeyAccess): Promise<Uint8Array | undefined> {
  // Old files name no key: then every RSA key is tried.
  const candidates = keys.privateKeys.filter(({ kid, key }) =>
    access.kid === '' ? key.algorithm === 'rsa' : kid === access.kid,
  );
  for (const { key } of candidates) {
    const share = await unwrapShare(key, access).catch(notThisKey);
    if (share !== undefined && bindsPolicy(share, policy, access.bindingHash)) return share;
  }
  return undefined;
}

function bindsPolicy(share: Uint8Array, policy: string, bindingHash: string): boolean {
  const expected = createHmac('sha256', share).update(policy).digest();
  try {
    const claimed = fromBase64(bindingHash);
    return equalBytes(expected, claimed.length === 64 ? fromHex(Buffer.from(claimed).toString('latin1')) : claimed);
  } catch (error) {
    return notThisKey(error) ?? false;
  }
}

function notThisKey(error: unknown): undefined {
  if (!(error instanceof FormatError)) throw error;
}
