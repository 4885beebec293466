import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { CATALOG, HEADER } from './chunks.ts';

interface MadeProcess {
  readonly uuid: string;
  readonly pid: number;
  readonly euid?: number;
  readonly loaded?: number;
  readonly subsystems?: number;
}

function chunk(tag: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + Math.ceil(data.length / 8) * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, tag, true);
  view.setBigUint64(8, BigInt(data.length), true);
  bytes.set(data, 16);
  return bytes;
}

/** A tracev3 file with one catalog for each list of processes, and log entries (of no meaning) behind each. */
export function makeTracev3(...catalogs: readonly (readonly MadeProcess[])[]): Uint8Array {
  const parts = catalogs.flatMap((processes) => [
    chunk(CATALOG, catalogOf(processes)),
    chunk(0x600d, new Uint8Array(1001).fill(7)),
  ]);
  return concatBytes([chunk(HEADER, new Uint8Array(0xd0)), ...parts]);
}

function catalogOf(processes: readonly MadeProcess[]): Uint8Array {
  const uuids = processes.map(({ uuid }) => new Uint8Array(Buffer.from(uuid, 'hex')));
  const strings = utf8Bytes('com.example\0category\0\0\0\0');
  const entries = processes.map(({ pid, euid = 501, loaded = 0, subsystems = 0 }, i) => {
    const bytes = new Uint8Array(40 + 16 * loaded + 8 + Math.ceil((6 * subsystems) / 8) * 8);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, i, true);
    view.setUint16(4, i, true);
    view.setUint16(6, 0xffff, true);
    view.setUint32(20, pid, true);
    view.setUint32(24, euid, true);
    view.setUint32(32, loaded, true);
    view.setUint32(40 + 16 * loaded, subsystems, true);
    return bytes;
  });
  const fixed = new Uint8Array(24);
  const view = new DataView(fixed.buffer);
  const stringsAt = 16 * uuids.length;
  const entriesAt = stringsAt + strings.length;
  view.setUint16(0, stringsAt, true);
  view.setUint16(2, entriesAt, true);
  view.setUint16(4, entries.length, true);
  view.setUint16(6, entriesAt + entries.reduce((sum, { length }) => sum + length, 0), true);
  return concatBytes([fixed, ...uuids, strings, ...entries]);
}

/** A uuidtext file of a binary. */
export function makeUuidText(path: string, texts: readonly string[] = ['%d things']): Uint8Array {
  const strings = texts.map((text) => utf8Bytes(`${text}\0`));
  const head = new Uint8Array(16 + 8 * strings.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x66778899, true);
  view.setUint32(4, 2, true);
  view.setUint32(8, 1, true);
  view.setUint32(12, strings.length, true);
  for (const [i, { length }] of strings.entries()) view.setUint32(20 + 8 * i, length, true);
  return concatBytes([head, ...strings, utf8Bytes(`${path}\0`)]);
}
