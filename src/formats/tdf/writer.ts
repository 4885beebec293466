import { concatBytes, FormatError, type Randomness, type ReadAt } from '../../base/index.ts';
import { crc32, type WrittenEntry, zipDescriptor, zipDirectory, zipLocalHeader } from '../zip/index.ts';
import { buildKeyAccess, buildManifest, type KasKey, segmentSizes } from './build.ts';
import { KEY_BYTES, macKey, rootSignature } from './integrity.ts';
import { encodeManifest, type Segment } from './manifest.ts';
import { owned } from './owned.ts';

/**
 * Protects `sizeBytes` of plaintext: yields the bytes of the .tdf, a segment at a time.
 *
 * For browsers; on Node `protectFile` of `node.ts` is several times faster.
 * @param options.policy base64 text from `encodePolicy`
 */
export async function* protectStream(
  plaintext: ReadAt,
  sizeBytes: number,
  options: { policy: string; mimeType: string; kasKeys: readonly KasKey[]; random: Randomness },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { random } = options;
  const key = random.getRandomValues(new Uint8Array(KEY_BYTES));
  const cipher = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const mac = await macKey(key);
  const keyAccess = await buildKeyAccess(key, options);
  key.fill(0);

  const header = zipLocalHeader('0.payload');
  yield header;
  const segments: Segment[] = [];
  let crc = 0;
  let written = 0;
  for (const size of segmentSizes(sizeBytes)) {
    const plain = owned(await plaintext(written - segments.length * 28, size));
    if (plain.length !== size)
      throw new FormatError('tdf-input', written, 'Cannot protect file: it became shorter while it was read');
    const iv = random.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, plain));
    const bytes = concatBytes([iv, sealed]);
    segments.push({ hash: sealed.slice(-16), sizeBytes: size, encryptedBytes: bytes.length });
    crc = crc32(bytes, crc);
    written += bytes.length;
    yield bytes;
  }
  const manifest = buildManifest({
    ...options,
    keyAccess,
    segments,
    rootSignature: await rootSignature(mac, segments),
  });
  const manifestBytes = encodeManifest(manifest);
  yield zipEnd(
    { name: '0.payload', crc32: crc, sizeBytes: written, headerOffset: 0 },
    manifestBytes,
    crc32(manifestBytes),
  );
}

/** All that follows the payload: its descriptor, the manifest's entry, the directory. */
export function zipEnd(payload: WrittenEntry, manifestBytes: Uint8Array, manifestCrc: number): Uint8Array<ArrayBuffer> {
  const descriptor = zipDescriptor(payload);
  const headerOffset = zipLocalHeader(payload.name).length + payload.sizeBytes + descriptor.length;
  const manifest = { name: '0.manifest.json', crc32: manifestCrc, sizeBytes: manifestBytes.length, headerOffset };
  const before = [descriptor, zipLocalHeader(manifest.name), manifestBytes, zipDescriptor(manifest)];
  const directoryOffset = before.reduce((sum, part) => sum + part.length, headerOffset - descriptor.length);
  return concatBytes([...before, zipDirectory([payload, manifest], directoryOffset)]);
}
