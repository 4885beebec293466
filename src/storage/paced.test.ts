import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './paced.ts';

// Time passes where the test says so: on a busy machine a pause of 25 ms may take 200.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function* sender(chunks: number, bytes: number, pauseMs: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) {
    await new Promise((done) => setTimeout(done, pauseMs));
    yield new Uint8Array(bytes);
  }
}

async function taken(source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  return bytes;
}

const pace = { idleMs: 200, windowMs: 100, leastBytes: 50 };
const refusal = { code: 'storage-blob-slow', status: 408 };

describe('paced()', () => {
  it('passes on what keeps the pace, however long it takes altogether', async () => {
    const all = taken(paced(sender(20, 40, 25), pace));
    await vi.advanceTimersByTimeAsync(20 * 25);
    expect(await all).toBe(800);
  });

  it('ends a sender that stops, and one that trickles', async () => {
    const stopped = expect(taken(paced(sender(2, 1000, 5000), pace))).rejects.toMatchObject(refusal);
    await vi.advanceTimersByTimeAsync(200);
    await stopped;
    const trickled = expect(taken(paced(sender(100, 1, 20), pace))).rejects.toMatchObject(refusal);
    await vi.advanceTimersByTimeAsync(120);
    await trickled;
  });

  it('tells the source to end when the taker does', async () => {
    let ended = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1);
      } finally {
        ended = true;
      }
    };
    for await (const chunk of paced(source(), pace)) if (chunk.length === 1) break;
    expect(ended).toBe(true);
  });
});
