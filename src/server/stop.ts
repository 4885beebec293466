/** A part of the server and how it ends. */
export type Stop = readonly [name: string, stop: () => Promise<void>];

const LIMIT_MS = 3500; // a person at a terminal waits for no more than five seconds, and the database has to end too

/**
 * Ends the parts in the reverse of their order, within a limit for all of them together.
 *
 * A part that fails or hangs is told to `say` and holds up no other: what was acknowledged is committed already.
 */
export async function stopAll(stops: Stop[], say: (line: string) => void): Promise<void> {
  const endAt = Date.now() + LIMIT_MS;
  for (const [name, stop] of stops.splice(0).reverse()) {
    try {
      await within(Math.max(100, endAt - Date.now()), stop());
    } catch (error) {
      say(`stopping, ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
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
