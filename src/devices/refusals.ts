import { BlockList, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Failure } from '../base/index.ts';
import type { Db } from '../storage/index.ts';
import { addRefusals, type NewRefusal, type RefusalPlace } from './store-refusals.ts';

const AGAIN_MS = 60_000;
const FLUSH_MS = 3000;
/** Reasons that are kept in memory at once: there are some fifty, and each phone has few. */
const MOST_KEPT = 2000;

/** Tells whoever runs the server why phones are refused; the phones themselves show it to nobody. */
export interface Refusals extends AsyncDisposable {
  /** Notes which phone has proven to have sent a request. */
  provenBy(request: FastifyRequest, deviceId: string): void;
  /** Keeps a refusal, and writes it to the log, each reason of each phone once a minute: what is not signed costs its sender nothing. */
  tell(request: FastifyRequest, failure: Pick<Failure, 'code' | 'sentence'>): void;
  /** Keeps a refusal of what came by another way than a request. */
  note(refusal: {
    readonly deviceId: string;
    readonly code: string;
    readonly why: string;
    readonly place: RefusalPlace;
  }): void;
  /** Writes what is waiting, and waits for what is being written. */
  flush(): Promise<void>;
}

/** Opens the keeper; refusals are counted in memory and written together, so that a flood of them costs one statement in seconds. */
export function openRefusals({ db, now }: { readonly db: Db; readonly now: () => number }): Refusals {
  const senders = new WeakMap<FastifyRequest, string>();
  const toldAtMs = new Map<string, number>();
  let waiting = new Map<string, NewRefusal>();
  const keep = (refusal: Pick<NewRefusal, 'deviceId' | 'code' | 'why' | 'place'>): void => {
    const key = `${refusal.deviceId} ${refusal.code} ${refusal.place}`;
    const known = waiting.get(key);
    if (known === undefined && waiting.size >= MOST_KEPT) return; // the next flush is seconds away
    const at = new Date(now());
    waiting.set(key, { ...refusal, firstAt: known?.firstAt ?? at, lastAt: at, count: (known?.count ?? 0) + 1 });
  };
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const batch = [...waiting.values()];
    waiting = new Map();
    // Also waits for the batch that the timer is writing: whoever flushes reads the table next.
    if (batch.length === 0) return await writing;
    const written = writing.then(() => addRefusals(db, batch));
    writing = written.catch(() => {});
    await written;
  };
  // A failed batch is lost on purpose: a phone that is refused comes again.
  const timer = setInterval(() => void flush().catch(() => {}), FLUSH_MS);
  timer.unref();
  return {
    provenBy(request, deviceId) {
      senders.set(request, deviceId);
    },
    tell(request, { code, sentence }) {
      const deviceId = senders.get(request) ?? null;
      keep({ deviceId, code, why: sentence, place: placeOf(request.ip) });
      const key = `${code} ${deviceId ?? ''}`;
      const nowMs = now();
      if (nowMs - (toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
      if (toldAtMs.size >= MOST_KEPT) toldAtMs.clear();
      toldAtMs.set(key, nowMs);
      request.log.warn({ code, deviceId, why: sentence }, 'phone refused');
    },
    note: keep,
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush();
    },
  };
}

const HERE = new BlockList();
HERE.addSubnet('127.0.0.0', 8);
HERE.addAddress('::1', 'ipv6');
/** RFC 1918, 3927, 6598, 4193 and 4291: addresses that nobody on the internet has. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(net, bits);
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** What kind of place an address is: enough to look for a cause, and nobody's address. */
function placeOf(ip: string): RefusalPlace {
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4';
  if (HERE.check(ip, family)) return 'this-machine';
  return PRIVATE.check(ip, family) ? 'private-network' : 'internet';
}
