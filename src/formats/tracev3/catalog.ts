import { FormatError, toHex } from '../../base/index.ts';
import { type ByteSource, bad, CATALOG, chunksOf, MAX_CATALOG_BYTES, PREAMBLE_BYTES } from './chunks.ts';

/** A process that wrote to the log. */
export interface LogProcess {
  /** Of its main binary, 32 hex digits in upper case, as the files of uuidtext are named. */
  readonly uuid: string;
  readonly pid: number;
  /** Effective user. */
  readonly euid: number;
}

export interface LogProcesses {
  /** Each binary under each pid and user once. */
  readonly processes: readonly LogProcess[];
  /** Why not every catalog was read, or undefined; what stood before it counts. */
  readonly damage: string | undefined;
}

/** Fixed part of a catalog; the offsets in it count from its end. */
const FIXED_BYTES = 24;
const UUID_BYTES = 16;
/** A phone runs some hundred processes at a time. */
const MAX_PROCESSES = 100_000;

/**
 * Lists the processes in the catalogs of a file.
 *
 * @throws FormatError `tracev3-header` when the file is none; later damage is in the answer
 */
export function logProcesses(file: ByteSource): LogProcesses {
  const found = new Map<string, LogProcess>();
  let damage: string | undefined;
  try {
    for (const { tag, offset, sizeBytes } of chunksOf(file)) {
      if (tag !== CATALOG) continue;
      const bytes = file.read(offset + PREAMBLE_BYTES, Math.min(sizeBytes, MAX_CATALOG_BYTES));
      for (const process of processesIn(bytes, offset)) {
        if (found.size >= MAX_PROCESSES) throw bad('tracev3-limit', offset, `more than ${MAX_PROCESSES} processes`);
        found.set(`${process.uuid} ${process.pid} ${process.euid}`, process);
      }
    }
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === 'tracev3-header') throw error;
    damage = error.message;
  }
  return { processes: [...found.values()], damage };
}

/** Identifiers (16 bytes each), strings of subsystems, then one entry for each process; every number little-endian. */
function* processesIn(bytes: Uint8Array, offset: number): Generator<LogProcess> {
  if (bytes.length < FIXED_BYTES) throw bad('tracev3-catalog', offset, 'a catalog is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const uuids = Math.floor(view.getUint16(0, true) / UUID_BYTES);
  const count = view.getUint16(4, true);
  let at = FIXED_BYTES + view.getUint16(2, true);
  const need = (length: number): void => {
    if (at + length > bytes.length) throw bad('tracev3-catalog', offset, 'an entry reaches beyond its catalog');
  };
  for (let i = 0; i < count; i++) {
    need(40);
    const index = view.getUint16(at + 4, true);
    const [pid, euid] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    // The binaries that it had loaded, 16 bytes each; then its subsystems, 6 bytes each, filled up to 8.
    at += 40 + UUID_BYTES * view.getUint32(at + 32, true);
    need(8);
    at += 8 + Math.ceil((6 * view.getUint32(at, true)) / 8) * 8;
    const from = FIXED_BYTES + index * UUID_BYTES;
    if (index >= uuids || from + UUID_BYTES > bytes.length) continue; // the kernel and some others name none
    yield { uuid: toHex(bytes.subarray(from, from + UUID_BYTES)).toUpperCase(), pid, euid };
  }
}
