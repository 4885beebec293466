import { concatBytes, utf8TextLoose } from '../../base/index.ts';
import type { ByteSource } from './chunks.ts';

const SIGNATURE = 0x66778899;
const HEADER_BYTES = 16;
/** Paths of iOS have at most 1,024 bytes (PATH_MAX). */
const MAX_PATH_BYTES = 1024;

/**
 * Reads the path of the binary that a uuidtext file is of: the last string of it, behind the texts of the log. Undefined when the file is none
 * or names no path.
 */
export function binaryPath(file: ByteSource): string | undefined {
  const bytes = pathBytes(file);
  const text = bytes === undefined ? '' : utf8TextLoose(bytes);
  return text.startsWith('/') ? text : undefined;
}

/** Cuts a uuidtext file down to what `binaryPath` needs; undefined when it is none. */
export function keepBinaryPath(file: ByteSource): Uint8Array | undefined {
  const path = pathBytes(file)?.slice();
  if (path === undefined) return undefined;
  const head = new Uint8Array(HEADER_BYTES);
  new DataView(head.buffer).setUint32(0, SIGNATURE, true);
  return concatBytes([head, path, new Uint8Array(1)]);
}

function pathBytes(file: ByteSource): Uint8Array | undefined {
  const head = file.read(0, HEADER_BYTES);
  if (head.length < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0, true) !== SIGNATURE) return undefined;
  const textsAt = HEADER_BYTES + 8 * view.getUint32(12, true);
  const from = Math.max(textsAt, file.sizeBytes - MAX_PATH_BYTES - 2);
  if (from >= file.sizeBytes) return undefined;
  const tail = file.read(from, file.sizeBytes - from);
  const end = tail.lastIndexOf(0);
  if (end <= 0) return undefined;
  const start = tail.lastIndexOf(0, end - 1) + 1;
  return tail.subarray(start, end);
}
