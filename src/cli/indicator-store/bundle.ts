import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { concatBytes, FormatError, utf8Bytes, utf8Text } from '../../base/index.ts';

/** A file of indicators as it was published. */
export interface BundleFile {
  readonly name: string;
  /** Where it came from, for those that were fetched. */
  readonly url?: string | undefined;
  readonly bytes: Uint8Array;
}

export interface Bundle {
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly licence?: string | undefined;
  readonly tlp?: string | undefined;
  readonly files: readonly BundleFile[];
}

/** Ending of a bundle's file name; its signature stands beside it with ".minisig" added. */
export const BUNDLE_SUFFIX = '.pavise-indicators';
const MAGIC = 'pavise-indicators 1\n';
const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 1000;
/** Names of sets and files become file names: no separators, no leading dot. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';

const Header = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN }),
    version: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    createdAt: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$' }),
    licence: Type.Optional(Type.String({ maxLength: 300 })),
    tlp: Type.Optional(Type.String({ maxLength: 20 })),
    files: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: NAME_PATTERN }),
          url: Type.Optional(Type.String({ maxLength: 2048 })),
          sizeBytes: Type.Integer({ minimum: 0, maximum: MAX_BUNDLE_BYTES }),
          sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MAX_FILES },
    ),
  },
  { additionalProperties: false },
);

/** Writes a bundle: one line that names the format, one line of JSON, then the files one after the other. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const { name, version, createdAt, licence, tlp } = bundle;
  const files = bundle.files.map((file) => ({
    name: file.name,
    url: file.url,
    sizeBytes: file.bytes.length,
    sha256: sha256Hex(file.bytes),
  }));
  const header = JSON.stringify({ name, version, createdAt, licence, tlp, files });
  return concatBytes([utf8Bytes(`${MAGIC}${header}\n`), ...bundle.files.map(({ bytes }) => bytes)]);
}

/**
 * Reads a bundle and checks every digest. Throws FormatError `bundle-magic`, `bundle-size`, `bundle-header`, `bundle-digest`.
 *
 * The digests tell damage; only the signature over the whole file tells who made it.
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > MAX_BUNDLE_BYTES) throw new FormatError('bundle-size', -1, 'Cannot read bundle: over 256 MiB');
  if (!isBundle(bytes)) throw new FormatError('bundle-magic', 0, 'Cannot read bundle: it does not begin as one');
  const end = bytes.indexOf(10, MAGIC.length);
  if (end < 0 || end > MAX_HEADER_BYTES) throw new FormatError('bundle-header', 0, 'Cannot read bundle: no header');
  const header = readHeader(bytes.subarray(MAGIC.length, end));
  const files: BundleFile[] = [];
  let at = end + 1;
  for (const { name, url, sizeBytes, sha256 } of header.files) {
    const content = bytes.subarray(at, at + sizeBytes);
    if (content.length !== sizeBytes) throw new FormatError('bundle-size', at, `Cannot read bundle: "${name}" is cut`);
    if (sha256Hex(content) !== sha256)
      throw new FormatError('bundle-digest', at, `Cannot trust bundle: "${name}" differs`);
    files.push({ name, url, bytes: content });
    at += sizeBytes;
  }
  if (at !== bytes.length) throw new FormatError('bundle-size', at, 'Cannot read bundle: something follows its files');
  return { ...header, files };
}

/** Whether bytes begin as a bundle does. */
export function isBundle(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function readHeader(bytes: Uint8Array) {
  let header: unknown;
  try {
    header = JSON.parse(utf8Text(bytes));
  } catch {
    throw new FormatError('bundle-header', MAGIC.length, 'Cannot read bundle: its header is not JSON');
  }
  if (!Value.Check(Header, header)) {
    throw new FormatError('bundle-header', MAGIC.length, 'Cannot read bundle: its header lacks or has unknown members');
  }
  if (new Set(header.files.map(({ name }) => name)).size !== header.files.length) {
    throw new FormatError('bundle-header', MAGIC.length, 'Cannot read bundle: two files have one name');
  }
  return header;
}
