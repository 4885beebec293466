/** The parts of a server that have started, each with how it ends. */
export interface Parts {
  /**
   * Starts the next part and remembers how it ends; a part that does not start is not ended, and one that needs no end has no `stop`.
   *
   * @param limitMs how long its end may take, of a part that waits for others; it counts beside the limit of all
   * @throws the signal's reason when the start as a whole is broken off
   */
  start<T>(
    name: string,
    start: () => Promise<T>,
    stop?: (started: T) => PromiseLike<unknown>,
    limitMs?: number,
  ): Promise<T>;
  /**
   * Ends the parts in the reverse of their order, within a limit for all of them together.
   *
   * A part that fails or hangs is told to `say` and holds up no other: what was acknowledged is committed already.
   */
  stop(say: (line: string) => void): Promise<void>;
}

const LIMIT_MS = 3500; // a person at a terminal waits for no more than five seconds, and the database has to end too
const LEAST_MS = 100;

/** An empty list of parts. @param signal breaks off the start: no further part is started */
export function startParts(signal: AbortSignal, limitMs: number = LIMIT_MS): Parts {
  const stops: (readonly [name: string, stop: () => PromiseLike<unknown>, ownLimitMs: number | undefined])[] = [];
  return {
    async start(name, start, stop, ownLimitMs) {
      signal.throwIfAborted();
      const started = await start();
      if (stop !== undefined) stops.push([name, () => stop(started), ownLimitMs]);
      return started;
    },
    async stop(say) {
      let leftMs = limitMs;
      for (const [name, stop, ownLimitMs] of stops.splice(0).reverse()) {
        const startedAt = performance.now();
        try {
          await within(ownLimitMs ?? Math.max(LEAST_MS, leftMs), stop());
        } catch (error) {
          say(`stopping, ${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
        if (ownLimitMs === undefined) leftMs -= performance.now() - startedAt;
      }
    },
  };
}

async function within(limitMs: number, work: PromiseLike<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('did not end in time')), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
