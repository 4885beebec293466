import type { FastifyRequest } from 'fastify';
import type { Failure } from '../../base/index.ts';

const AGAIN_MS = 60_000;
const MOST_KEPT = 1000;

/** Tells whoever runs the server why phones are refused; the phones themselves show it to nobody. */
export interface Refusals {
  /** Notes which phone has proven to have sent a request. */
  provenBy(request: FastifyRequest, deviceId: string): void;
  /** Writes a refusal to the log, each reason of each phone once a minute: what is not signed costs its sender nothing. */
  tell(request: FastifyRequest, failure: Pick<Failure, 'code' | 'sentence'>): void;
}

export function refusals(now: () => number): Refusals {
  const senders = new WeakMap<FastifyRequest, string>();
  const toldAtMs = new Map<string, number>();
  return {
    provenBy(request, deviceId) {
      senders.set(request, deviceId);
    },
    tell(request, { code, sentence }) {
      const deviceId = senders.get(request) ?? null;
      const key = `${code} ${deviceId ?? ''}`;
      const nowMs = now();
      if (nowMs - (toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
      if (toldAtMs.size >= MOST_KEPT) toldAtMs.clear();
      toldAtMs.set(key, nowMs);
      request.log.warn({ code, deviceId, why: sentence }, 'phone refused');
    },
  };
}
