import { StorageError } from './storage-error.ts';

/** How slow a sender may be: never still for `idleMs`, and `leastBytes` in every `windowMs`. */
interface Pace {
  readonly idleMs: number;
  readonly windowMs: number;
  readonly leastBytes: number;
}

/** 4 KiB/s over a minute: slower than any phone line, faster than somebody who only wants to hold a connection. */
export const UPLOAD_PACE: Pace = { idleMs: 30_000, windowMs: 60_000, leastBytes: 240 * 1024 };

/**
 * Passes chunks on, however long they take altogether, and ends a sender that stops or trickles.
 *
 * @throws StorageError `storage-blob-slow` (408); the source is then left as it is, so that a reply can still be sent over its connection
 */
export async function* paced(source: AsyncIterable<Uint8Array>, pace: Pace): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let slow = false;
  let windowEndsAt = Date.now() + pace.windowMs;
  let bytesInWindow = 0;
  try {
    for (;;) {
      const next = await nextWithin(pace.idleMs, chunks);
      if (next === 'idle') {
        slow = true;
        throw tooSlow();
      }
      if (next.done === true) return;
      bytesInWindow += next.value.length;
      if (Date.now() >= windowEndsAt) {
        slow = bytesInWindow < pace.leastBytes;
        if (slow) throw tooSlow();
        bytesInWindow = 0;
      }
      yield next.value;
      // The time that the taker needed (a slow disk) is not the sender's.
      if (bytesInWindow === 0) windowEndsAt = Date.now() + pace.windowMs;
    }
  } finally {
    if (!slow) await chunks.return?.();
  }
}

async function nextWithin(
  limitMs: number,
  chunks: AsyncIterator<Uint8Array>,
): Promise<IteratorResult<Uint8Array> | 'idle'> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<'idle'>((done) => {
    timer = setTimeout(done, limitMs, 'idle');
  });
  const next = chunks.next();
  next.catch(() => {}); // after 'idle' nobody waits for it any more
  try {
    return await Promise.race([next, idle]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): StorageError {
  return new StorageError('storage-blob-slow', 'Send the file again over a better line: too little of it arrived', 408);
}
