import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { parseTombstone } from './index.ts';

const data = '../shared/data/mvt-artifacts/android_data';
const coded = (code: string) => expect.objectContaining({ code });

const TEXT = `*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
Build fingerprint: 'maker/phone/phone:14/X/1:user/release-keys'
Revision: '0'
ABI: 'arm64'
Timestamp: 2024-05-01 10:00:00.123456789-0430
Process uptime: 40s
Cmdline: /system/bin/thing --flag value
pid: 100, tid: 101, name: a >>> odd name  >>> /system/bin/thing <<<
uid: 1000
signal 6 (SIGABRT), code -1 (SI_QUEUE from pid 100, uid 1000), fault addr 0x7f00
Abort message: 'first line
second line'
Cause: one
Cause: two
    x0  0000000000000000

backtrace:
      #00 pc 0000  /lib
--- --- --- --- --- --- --- --- --- --- --- --- --- --- --- ---
pid: 100, tid: 102, name: other  >>> /system/bin/thing <<<
`;

function field(number: number, value: Uint8Array | string | number): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(...varint(number * 8), ...varint(value));
  const bytes = typeof value === 'string' ? utf8Bytes(value) : value;
  return concatBytes([Uint8Array.of(...varint(number * 8 + 2), ...varint(bytes.length)), bytes]);
}

function varint(value: number): number[] {
  const out = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return [...out, Number(rest)];
}

describe('parseTombstone()', () => {
  it('reads the text form, only the crashing thread of it', () => {
    expect(parseTombstone(utf8Bytes(TEXT))).toEqual({
      form: 'text',
      buildFingerprint: 'maker/phone/phone:14/X/1:user/release-keys',
      revision: '0',
      abi: 'arm64',
      time: {
        original: '2024-05-01 10:00:00.123456789-0430',
        atMs: Date.UTC(2024, 4, 1, 14, 30, 0, 123),
        zoneKnown: true,
      },
      pid: 100,
      tid: 101,
      uid: 1000,
      threadName: 'a >>> odd name',
      commandLine: ['/system/bin/thing', '--flag', 'value'],
      seLinuxLabel: undefined,
      signal: { number: 6, name: 'SIGABRT', code: -1, codeName: 'SI_QUEUE', faultAddress: '0x7f00' },
      abortMessage: 'first line\nsecond line',
      causes: ['one', 'two'],
      processUptimeSeconds: 40,
    });
  });

  it('reads the protobuf form', () => {
    const thread = (id: number, name: string) => field(16, concatBytes([field(1, id), field(2, concatBytes([field(1, id), field(2, name)]))])); // biome-ignore format: one line reads better
    const signal = concatBytes([field(1, 11), field(2, 'SIGSEGV'), field(3, -6), field(4, 'SI_TKILL'), field(8, 1), field(9, 4096)]); // biome-ignore format: one line reads better
    const bytes = concatBytes([
      field(1, 1),
      field(4, '2024-05-01 10:00:00'),
      field(5, 100),
      field(6, 101),
      field(8, 'u:r:shell:s0\0'),
      field(9, '/system/bin/thing'),
      field(9, 'with blank'),
      field(10, signal),
      field(14, 'gone'),
      field(15, field(1, 'a cause')),
      thread(100, 'main'),
      thread(101, 'crasher'),
      field(20, 7),
    ]);
    expect(parseTombstone(bytes)).toMatchObject({
      form: 'protobuf',
      abi: 'arm64',
      time: { zoneKnown: false },
      pid: 100,
      uid: 0,
      threadName: 'crasher',
      commandLine: ['/system/bin/thing', 'with blank'],
      seLinuxLabel: 'u:r:shell:s0',
      signal: { number: 11, name: 'SIGSEGV', code: -6, codeName: 'SI_TKILL', faultAddress: '0x1000' },
      abortMessage: 'gone',
      causes: ['a cause'],
      processUptimeSeconds: 7,
    });
  });

  it('gives the same from both forms of the sample', (context) => {
    if (!existsSync(data)) return context.skip('the sample data is not here');
    const both = ['txt', 'pb'].map((kind) => parseTombstone(new Uint8Array(readFileSync(`${data}/tombstone_process.${kind}`)))); // biome-ignore format: one line reads better
    for (const tombstone of both) {
      expect(tombstone).toMatchObject({
        pid: 25541,
        tid: 21307,
        uid: 1046,
        threadName: 'mtk.ape.decoder',
        commandLine: ['/vendor/bin/hw/android.hardware.media.c2@1.2-mediatek'],
        causes: ['null pointer dereference'],
        time: { atMs: Date.UTC(2023, 3, 12, 10, 32, 40, 518), zoneKnown: true },
      });
    }
    const second = parseTombstone(new Uint8Array(readFileSync(`${data}/bugreport/FS/data/tombstones/tombstone_00`)));
    expect(second.abortMessage ?? second.pid).toBeDefined();
  });

  it('refuses what is no tombstone', () => {
    expect(() => parseTombstone(new Uint8Array(0))).toThrow(coded('tombstone-shape'));
    expect(() => parseTombstone(utf8Bytes('*** *** nothing'))).toThrow(coded('tombstone-shape'));
    expect(() => parseTombstone(Uint8Array.of(0x0f, 1, 2))).toThrow(coded('tombstone-protobuf'));
    expect(() => parseTombstone(field(2, 'x').subarray(0, 2))).toThrow(coded('tombstone-protobuf'));
  });
});
