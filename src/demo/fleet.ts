import { setTimeout as pause } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';
import { type Iphone, simulateIphone } from './iphone.ts';
import { PHONES } from './organisation.data.ts';
import type { PracticeBook } from './practice-book.ts';

const POLL_MS = 20_000;
// Each enrolment makes an RSA key and many short-lived objects: at a stretch, nineteen of them would swell the server for good.
const ENROLLING_AT_ONCE = 1;
const ENROLMENT_PAUSE_MS = 300;

/**
 * Runs the simulated iPhones: those that have a token enrol, then each polls every 20 seconds.
 *
 * A phone that cannot reach the server, or is refused, tries again at its next turn, as a real one does.
 */
export function runFleet(options: {
  readonly pages: PracticeBook;
  readonly baseUrl: URL;
  readonly now: () => number;
  readonly count: number;
  readonly pollMs?: number;
}): { readonly firstReady: Promise<void>; stop(): Promise<void> } {
  const { pages, baseUrl, now, pollMs = POLL_MS } = options;
  const timers = new Set<NodeJS.Timeout>();
  const busy = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let enrolling = 0;
  let stopped = false;
  let ready = (): void => {};
  const firstReady = new Promise<void>((resolve) => {
    ready = resolve;
  });

  /** Lets one phone at a time through. */
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    if (enrolling >= ENROLLING_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    enrolling++;
    try {
      if (!stopped) await work();
      if (!stopped && waiting.length > 0) await pause(ENROLMENT_PAUSE_MS);
    } finally {
      enrolling--;
      waiting.shift()?.();
    }
  };

  const remember = async (number: string, iphone: Iphone): Promise<void> => {
    const { book } = pages;
    if (iphone.memory === undefined) delete book.phones[number];
    else book.phones[number] = { ...iphone.memory, profiles: [...iphone.memory.profiles] };
    await pages.save();
  };

  const enrol = async (number: string, iphone: Iphone, token: string): Promise<void> => {
    try {
      await inTurn(() => iphone.enrol(token));
    } catch (error) {
      // Used up, perhaps in a run that was killed before it wrote so: the next start invites the phone anew.
      if (error instanceof DemoError && error.code === 'demo-invitation-closed') delete pages.book.tokens[number];
      throw error;
    }
    if (iphone.memory !== undefined) delete pages.book.tokens[number];
    await remember(number, iphone);
  };

  const turn = async (number: string, iphone: Iphone): Promise<void> => {
    const token = pages.book.tokens[number];
    if (iphone.memory === undefined && token !== undefined) await enrol(number, iphone, token);
    if (stopped || iphone.memory === undefined || iphone.memory.erased) return;
    const answered = await iphone.connect();
    if (answered > 0 || iphone.memory === undefined) await remember(number, iphone);
  };

  const live = (number: string, iphone: Iphone, delayMs: number): void => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      const run = turn(number, iphone)
        .catch(() => {}) // it tries again at its next turn; the server has logged what went wrong on its side
        .then(() => {
          busy.delete(run);
          if (number === '0') ready();
          live(number, iphone, pollMs);
        });
      busy.add(run);
    }, delayMs);
    timer.unref();
    timers.add(timer);
  };

  for (const [i, phone] of PHONES.slice(0, options.count).entries()) {
    const number = String(i);
    const memory = pages.book.phones[number];
    const iphone = simulateIphone({ make: phone, seed: number, baseUrl, now, memory });
    // The known ones come spread over one period, new ones at once.
    live(number, iphone, memory === undefined ? 0 : Math.round((pollMs * i) / PHONES.length));
  }

  return {
    firstReady,
    async stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const resolve of waiting.splice(0)) resolve();
      await Promise.all(busy);
      ready();
    },
  };
}
