import { describe, expect, it } from 'vitest';
import { concatBytes, FormatError } from '../../base/index.ts';
import { binaryPath, keepBinaryPath, keepCatalogs, logProcesses } from './index.ts';
import { makeTracev3, makeUuidText } from './testing.ts';

const [A, B, C] = ['A1'.repeat(16), 'B2'.repeat(16), 'C3'.repeat(16)] as const;
const fileOf = (bytes: Uint8Array) => ({
  sizeBytes: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});
const file = makeTracev3(
  [
    { uuid: A, pid: 71, euid: 0, loaded: 3, subsystems: 5 },
    { uuid: B, pid: 0xffff_fffe, subsystems: 4 },
  ],
  [
    { uuid: A, pid: 71, euid: 0 },
    { uuid: C, pid: 3, loaded: 1 },
  ],
);
const PROCESSES = [
  { uuid: A, pid: 71, euid: 0 },
  { uuid: B, pid: 0xffff_fffe, euid: 501 },
  { uuid: C, pid: 3, euid: 501 },
];

describe('logProcesses()', () => {
  it('lists each process of all catalogs once', () => {
    expect(logProcesses(fileOf(file))).toEqual({ processes: PROCESSES, damage: undefined });
    // A log that is still written to ends in zeros.
    expect(logProcesses(fileOf(concatBytes([file, new Uint8Array(64)])))).toEqual({
      processes: PROCESSES,
      damage: undefined,
    });
  });

  it('keeps what stands before damage, and says so', () => {
    const cut = logProcesses(fileOf(file.subarray(0, file.length - 2000)));
    expect([cut.processes.length, cut.damage]).toEqual([2, 'Cannot read tracev3: a chunk reaches beyond the end']);
    const huge = file.slice();
    // The number of binaries that the first process had loaded.
    new DataView(huge.buffer).setUint32(16 + 0xd0 + 16 + 24 + 32 + 24 + 32, 0xffff_ffff, true);
    expect(logProcesses(fileOf(huge))).toEqual({
      processes: [],
      damage: 'Cannot read tracev3: an entry reaches beyond its catalog',
    });
  });

  it('refuses what is no such file', () => {
    expect(() => logProcesses(fileOf(new Uint8Array(4096).fill(7)))).toThrow(FormatError);
  });
});

describe('keepCatalogs()', () => {
  it('leaves out the entries of the log, and nothing of the processes', () => {
    const kept = keepCatalogs(fileOf(file));
    expect(kept.length).toBeLessThan(file.length - 2000);
    expect(logProcesses(fileOf(kept))).toEqual({ processes: PROCESSES, damage: undefined });
  });

  it('keeps damage visible', () => {
    const cut = file.subarray(0, file.length - 2000);
    expect(logProcesses(fileOf(keepCatalogs(fileOf(cut)))).damage).toMatch(/^Cannot read tracev3/);
  });
});

describe('binaryPath()', () => {
  it('gives the last string, of the whole file and of its kept part', () => {
    const text = makeUuidText('/usr/libexec/größe', ['%d', 'a longer text of the log']);
    expect(binaryPath(fileOf(text))).toBe('/usr/libexec/größe');
    const kept = keepBinaryPath(fileOf(text)) ?? new Uint8Array(0);
    expect([binaryPath(fileOf(kept)), kept.length]).toEqual(['/usr/libexec/größe', 37]);
    expect(binaryPath(fileOf(makeUuidText('/a', [])))).toBe('/a');
  });

  it('is undefined where there is none', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(100), makeUuidText('no path')]) {
      expect(binaryPath(fileOf(bytes))).toBeUndefined();
    }
    const hostile = makeUuidText('/a');
    new DataView(hostile.buffer).setUint32(12, 0xffff_ffff, true);
    expect(binaryPath(fileOf(hostile))).toBeUndefined();
  });
});
