import { type Randomness, toBase64 } from '../../base/index.ts';
import { bindPolicy, macKey } from './integrity.ts';
import type { KeyAccess, Segment, TdfManifest } from './manifest.ts';
import { openWrap } from './wrap.ts';

/** The public key of a key access server, and where it answers. */
export interface KasKey {
  readonly url: string;
  readonly kid: string;
  readonly publicKeyPem: string;
}

/** Within the limits of every known reader, and few enough that 64 GiB need 3 MB of manifest. */
export const SEGMENT_BYTES = 2 * 1024 * 1024;

/** Wraps the key of a file to each server, any of which may then release it, and binds the policy under it. */
export async function buildKeyAccess(
  key: Uint8Array,
  { policy, kasKeys, random }: { policy: string; kasKeys: readonly KasKey[]; random: Randomness },
): Promise<KeyAccess[]> {
  const bindingHash = await bindPolicy(await macKey(key), policy);
  return Promise.all(
    kasKeys.map(async ({ url, kid, publicKeyPem }) => ({
      ...(await (
        await openWrap(publicKeyPem, random)
      )(key)),
      url,
      kid,
      splitId: '',
      bindingHash,
      encryptedMetadata: '',
    })),
  );
}

/** Puts the manifest of a file together once its segments are written. */
export function buildManifest(parts: {
  policy: string;
  mimeType: string;
  keyAccess: readonly KeyAccess[];
  segments: readonly Segment[];
  rootSignature: Uint8Array;
}): TdfManifest {
  return {
    schemaVersion: '4.3.0',
    legacy: false,
    payloadUrl: '0.payload',
    mimeType: parts.mimeType,
    policy: parts.policy,
    keyAccess: parts.keyAccess,
    rootSignature: toBase64(parts.rootSignature),
    segmentHashAlg: 'GMAC',
    segmentBytes: SEGMENT_BYTES,
    segments: parts.segments,
    assertions: [],
  };
}

/** Sizes of the plaintext segments; an empty file has one empty segment, as the Go SDK writes it. */
export function segmentSizes(sizeBytes: number): number[] {
  const count = Math.max(1, Math.ceil(sizeBytes / SEGMENT_BYTES));
  return Array.from({ length: count }, (_, i) => Math.min(SEGMENT_BYTES, sizeBytes - i * SEGMENT_BYTES));
}
