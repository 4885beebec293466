import { FormatError, type ReadAt } from '../../base/index.ts';
import { locateZipEntry, readZip, type ZipArchive } from '../zip/index.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type TdfManifest } from './manifest.ts';

/** A protected file before any key: nothing in it is proven yet. */
export interface TdfContainer {
  readonly readAt: ReadAt;
  readonly manifest: TdfManifest;
  readonly payloadOffset: number;
  readonly payloadBytes: number;
}

/**
 * Finds the two entries of a protected file and parses the manifest.
 *
 * @throws FormatError of zip and of `parseManifest`; `tdf-container` when it is another kind of zip, `tdf-segments` when the payload's
 * length is not what the segment table says
 */
export async function readContainer(readAt: ReadAt, sizeBytes: number): Promise<TdfContainer> {
  const zip = await readZip(readAt, sizeBytes);
  const manifestRange = await locateStored(zip, '0.manifest.json');
  if (manifestRange.length > MAX_MANIFEST_BYTES)
    throw new FormatError('tdf-limit', manifestRange.offset, 'Cannot read TDF: manifest is over 10 MiB');
  const bytes = await readAt(manifestRange.offset, manifestRange.length);
  if (bytes.length !== manifestRange.length)
    throw new FormatError('zip-truncated', manifestRange.offset, 'Cannot read zip: file ends early');
  const manifest = parseManifest(bytes);
  const payload = await locateStored(zip, manifest.payloadUrl);
  const tableBytes = manifest.segments.reduce((sum, segment) => sum + segment.encryptedBytes, 0);
  if (tableBytes !== payload.length) {
    throw new FormatError(
      'tdf-segments',
      payload.offset,
      `Cannot trust TDF: segments cover ${tableBytes} of ${payload.length} payload bytes`,
    );
  }
  return { readAt, manifest, payloadOffset: payload.offset, payloadBytes: payload.length };
}

async function locateStored(zip: ZipArchive, name: string): Promise<{ offset: number; length: number }> {
  const entry = zip.entries.find((candidate) => candidate.name === name);
  if (entry === undefined)
    throw new FormatError('tdf-container', -1, `Cannot read TDF: no entry ${JSON.stringify(name.slice(0, 80))}`);
  if (entry.method !== 0 || entry.compressedBytes !== entry.sizeBytes) {
    throw new FormatError('tdf-container', entry.headerOffset, 'Cannot read TDF: entry is compressed');
  }
  return locateZipEntry(zip, entry);
}
