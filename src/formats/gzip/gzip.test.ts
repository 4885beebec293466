import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { chunksOf, readStream } from '../archive/index.ts';
import { gunzip, inflateStream } from './index.ts';

const plain = utf8Bytes('shutdown.log line\n'.repeat(50_000));
const coded = (code: string) => expect.objectContaining({ code });
const whole = (stream: AsyncIterable<Uint8Array>) => readStream(stream, 1e9, 'test-limit');

describe('inflateStream()', () => {
  it('gives back what gzip, zlib and raw deflate packed, in parts of any size', async () => {
    for (const [format, bytes] of [
      ['gzip', gzipSync(plain)],
      ['deflate', deflateSync(plain)],
      ['deflate-raw', deflateRawSync(plain)],
    ] as const) {
      for (const size of [1000, 1_000_000]) {
        expect(await whole(inflateStream(chunksOf(bytes, size), format))).toEqual(plain);
      }
    }
  });

  it('copies what the source reuses', async () => {
    const packed = gzipSync(randomBytes(300_000));
    const shared = new Uint8Array(7000);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      for await (const part of chunksOf(packed, shared.length)) {
        shared.set(part);
        yield shared.subarray(0, part.length);
        shared.fill(0xaa);
      }
    }
    expect((await whole(gunzip(reusing()))).length).toBe(300_000);
  });

  it('ends bombs by ratio and by total', async () => {
    const bomb = gzipSync(new Uint8Array(40_000_000));
    await expect(whole(gunzip(chunksOf(bomb)))).rejects.toThrow(coded('gzip-limit'));
    await expect(whole(gunzip(chunksOf(gzipSync(plain)), { maxBytes: 1000 }))).rejects.toThrow(coded('gzip-limit'));
  });

  it('reports truncation and damage, after what was readable', async () => {
    const packed = gzipSync(randomBytes(1_000_000));
    let seen = 0;
    const reading = (async () => {
      for await (const part of gunzip(chunksOf(packed.subarray(0, 900_000)))) seen += part.length;
    })();
    await expect(reading).rejects.toThrow(coded('gzip-damaged'));
    expect(seen).toBeGreaterThan(500_000);
    await expect(whole(gunzip(chunksOf(plain)))).rejects.toThrow(coded('gzip-damaged'));
    await expect(whole(gunzip(chunksOf(new Uint8Array(0))))).rejects.toThrow(coded('gzip-damaged'));
  });

  it('lets an error of the source through, and tells the source when the reader stops', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(plain).subarray(0, 500);
      throw new Error('the disk is gone');
    }
    await expect(whole(gunzip(failing()))).rejects.toThrow('the disk is gone');
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield gzipSync(randomBytes(1_000_000));
        for (;;) yield new Uint8Array(1000);
      } finally {
        closed = true;
      }
    }
    for await (const _ of gunzip(endless())) break;
    expect(closed).toBe(true);
  });
});
