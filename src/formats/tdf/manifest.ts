import { FormatError, fromBase64, type Json, toBase64, utf8Bytes, utf8Text } from '../../base/index.ts';
import { arrayField, numberField, objectField, optionalText, type Record, recordOf, textField } from './fields.ts';

/** One wrapped share of the key and the server that can unwrap it. */
export interface KeyAccess {
  readonly type: 'wrapped' | 'ec-wrapped' | 'mlkem-wrapped' | 'hybrid-wrapped';
  readonly url: string;
  readonly kid: string;
  /** Key accesses with the same split id hold the same share; distinct ones must all be opened. */
  readonly splitId: string;
  readonly wrappedKey: string;
  readonly bindingHash: string;
  readonly ephemeralPublicKey: string;
  readonly encryptedMetadata: string;
}

export interface Segment {
  /** As base64-decoded: the raw tag or MAC, in legacy files its hex digits. */
  readonly hash: Uint8Array;
  readonly sizeBytes: number;
  readonly encryptedBytes: number;
}

export interface TdfManifest {
  /** Absent or exactly '4.2.2' is the legacy form, whose hashes are hex inside base64. */
  readonly schemaVersion: string;
  readonly legacy: boolean;
  readonly payloadUrl: string;
  readonly mimeType: string;
  /** The exact base64 text: it is what the binding covers, so it is never serialised anew. */
  readonly policy: string;
  readonly keyAccess: readonly KeyAccess[];
  readonly rootSignature: string;
  readonly segmentHashAlg: 'GMAC' | 'HS256';
  readonly segmentBytes: number;
  readonly segments: readonly Segment[];
  readonly assertions: readonly Json[];
}

/** As the Go SDK's default: 64 GiB in segments of 2 MiB need 3 MB. */
export const MAX_MANIFEST_BYTES = 10 * 1024 * 1024;
/** iv of 12 bytes and tag of 16 around each segment. */
export const SEGMENT_OVERHEAD = 28;
// A segment is decrypted in memory; no known writer exceeds 4 MiB.
const MAX_SEGMENT_BYTES = 16 * 1024 * 1024;
const MAX_KEY_ACCESSES = 1000;
const KEY_ACCESS_TYPES: readonly KeyAccess['type'][] = ['wrapped', 'ec-wrapped', 'mlkem-wrapped', 'hybrid-wrapped'];

/**
 * Parses and checks `0.manifest.json`.
 *
 * @throws FormatError `tdf-manifest` (shape), `tdf-limit`, `tdf-segments` (table not uniform), `tdf-root` (root algorithm not keyed)
 */
export function parseManifest(bytes: Uint8Array): TdfManifest {
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new FormatError('tdf-limit', 0, 'Cannot read TDF: manifest is over 10 MiB');
  const root = parseJson(bytes);
  const payload = objectField(root, 'payload');
  const encryption = objectField(root, 'encryptionInformation');
  const integrity = objectField(encryption, 'integrityInformation');
  checkMethod(payload, encryption);
  const schemaVersion = optionalText(root, 'schemaVersion') || optionalText(root, 'tdf_spec_version');
  const segmentBytes = numberField(integrity, 'segmentSizeDefault');
  return {
    schemaVersion,
    legacy: schemaVersion === '' || schemaVersion === '4.2.2',
    payloadUrl: textField(payload, 'url'),
    mimeType: optionalText(payload, 'mimeType'),
    policy: textField(encryption, 'policy'),
    keyAccess: parseKeyAccesses(arrayField(encryption, 'keyAccess')),
    rootSignature: parseRoot(objectField(integrity, 'rootSignature')),
    segmentHashAlg: parseHashAlg(textField(integrity, 'segmentHashAlg')),
    segmentBytes,
    segments: parseSegments(integrity, segmentBytes),
    assertions: Array.isArray(root.assertions) ? (root.assertions as Json[]) : [], // JSON.parse yields Json
  };
}

/** Serialises in the field order of the Go SDK; `parseManifest` reads back an equal value. */
export function encodeManifest(manifest: TdfManifest): Uint8Array<ArrayBuffer> {
  return utf8Bytes(
    JSON.stringify({
      schemaVersion: manifest.schemaVersion,
      payload: {
        type: 'reference',
        url: manifest.payloadUrl,
        protocol: 'zip',
        mimeType: manifest.mimeType,
        isEncrypted: true,
      },
      encryptionInformation: {
        type: 'split',
        policy: manifest.policy,
        keyAccess: manifest.keyAccess.map(encodeKeyAccess),
        method: { algorithm: 'AES-256-GCM', isStreamable: true, iv: '' },
        integrityInformation: {
          rootSignature: { alg: 'HS256', sig: manifest.rootSignature },
          segmentHashAlg: manifest.segmentHashAlg,
          segmentSizeDefault: manifest.segmentBytes,
          encryptedSegmentSizeDefault: manifest.segmentBytes + SEGMENT_OVERHEAD,
          // Both sizes always: the Go and Java readers have no fallback to the default.
          segments: manifest.segments.map((segment) => ({
            hash: toBase64(segment.hash),
            segmentSize: segment.sizeBytes,
            encryptedSegmentSize: segment.encryptedBytes,
          })),
        },
      },
      assertions: manifest.assertions,
    }),
  );
}

function encodeKeyAccess(access: KeyAccess) {
  return {
    type: access.type,
    url: access.url,
    protocol: 'kas',
    kid: access.kid,
    sid: access.splitId,
    wrappedKey: access.wrappedKey,
    policyBinding: { alg: 'HS256', hash: access.bindingHash },
    ...(access.ephemeralPublicKey === '' ? {} : { ephemeralPublicKey: access.ephemeralPublicKey }),
    ...(access.encryptedMetadata === '' ? {} : { encryptedMetadata: access.encryptedMetadata }),
    schemaVersion: '1.0',
  };
}

function parseJson(bytes: Uint8Array): Record {
  let value: unknown;
  try {
    value = JSON.parse(utf8Text(bytes));
  } catch {
    throw new FormatError('tdf-manifest', 0, 'Cannot read TDF: manifest is not JSON in UTF-8');
  }
  return recordOf(value, 'manifest');
}

function checkMethod(payload: Record, encryption: Record): void {
  const algorithm = optionalText(objectField(encryption, 'method'), 'algorithm');
  const protocol = optionalText(payload, 'protocol');
  if (
    algorithm.toUpperCase() !== 'AES-256-GCM' ||
    (protocol !== '' && protocol !== 'zip') ||
    payload.isEncrypted === false
  ) {
    throw new FormatError(
      'tdf-manifest',
      -1,
      `Cannot read TDF: payload is not AES-256-GCM in a zip (${JSON.stringify(algorithm.slice(0, 40))})`,
    );
  }
}

function parseKeyAccesses(items: readonly unknown[]): KeyAccess[] {
  if (items.length === 0) throw new FormatError('tdf-manifest', -1, 'Cannot read TDF: no key access');
  if (items.length > MAX_KEY_ACCESSES)
    throw new FormatError('tdf-limit', -1, `Cannot read TDF: over ${MAX_KEY_ACCESSES} key accesses`);
  return items.map((item) => parseKeyAccess(recordOf(item, 'keyAccess')));
}

function parseKeyAccess(item: Record): KeyAccess {
  const type = KEY_ACCESS_TYPES.find((known) => known === item.type);
  if (type === undefined) throw new FormatError('tdf-manifest', -1, 'Cannot read TDF: key access of an unknown type');
  return {
    type,
    url: textField(item, 'url'),
    kid: optionalText(item, 'kid'),
    splitId: optionalText(item, 'sid'),
    wrappedKey: textField(item, 'wrappedKey'),
    bindingHash: parseBinding(item.policyBinding),
    ephemeralPublicKey: optionalText(item, 'ephemeralPublicKey'),
    encryptedMetadata: optionalText(item, 'encryptedMetadata'),
  };
}

/** An object, in old files a bare string. */
function parseBinding(value: unknown): string {
  return typeof value === 'string' ? value : textField(recordOf(value, 'policyBinding'), 'hash');
}

function parseRoot(root: Record): string {
  // GMAC as root algorithm is the tail of public bytes: it proves nothing, although stock readers take it.
  if (optionalText(root, 'alg') !== 'HS256')
    throw new FormatError('tdf-root', -1, 'Cannot trust TDF: root signature is not HS256');
  return textField(root, 'sig');
}

function parseHashAlg(text: string): 'GMAC' | 'HS256' {
  if (text !== 'GMAC' && text !== 'HS256')
    throw new FormatError('tdf-manifest', -1, 'Cannot read TDF: unknown segment hash');
  return text;
}

function parseSegments(integrity: Record, segmentBytes: number): Segment[] {
  const encryptedDefault = numberField(integrity, 'encryptedSegmentSizeDefault');
  if (segmentBytes > MAX_SEGMENT_BYTES)
    throw new FormatError('tdf-limit', -1, 'Cannot read TDF: segments are over 16 MiB');
  if (encryptedDefault !== segmentBytes + SEGMENT_OVERHEAD) throw badSegments(0);
  const items = arrayField(integrity, 'segments');
  return items.map((item, i) => {
    const record = recordOf(item, 'segment');
    // The JavaScript SDK leaves sizes out where they equal the default.
    const sizeBytes = record.segmentSize === undefined ? segmentBytes : numberField(record, 'segmentSize');
    const encryptedBytes =
      record.encryptedSegmentSize === undefined
        ? sizeBytes + SEGMENT_OVERHEAD
        : numberField(record, 'encryptedSegmentSize');
    // Uniform but for the last one: readers find a segment by division.
    const fits = i === items.length - 1 ? sizeBytes <= segmentBytes : sizeBytes === segmentBytes;
    if (!fits || encryptedBytes !== sizeBytes + SEGMENT_OVERHEAD) throw badSegments(i);
    return { hash: fromBase64(textField(record, 'hash')), sizeBytes, encryptedBytes };
  });
}

function badSegments(index: number): FormatError {
  return new FormatError('tdf-segments', -1, `Cannot trust TDF: segment table is not uniform at segment ${index}`);
}
