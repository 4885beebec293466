import { finished } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../base/index.ts';

const MIB = 1024 * 1024;

/** What bodies may take of the memory at once. */
export interface FlightLimits {
  /** All together: some twice as much is really used, since a body is put together from its pieces. */
  readonly allBytes: number;
  /** All senders together who have not said who they are; what is left is for those who have. */
  readonly strangersBytes: number;
  /** One sender: the largest body that a route takes, and a little beside it. */
  readonly eachBytes: number;
  /** One sender who has not said who that is; an office behind one address is one. */
  readonly strangerBytes: number;
}
const LIMITS: FlightLimits = {
  allBytes: 64 * MIB,
  strangersBytes: 16 * MIB,
  eachBytes: 10 * MIB, // a phone's list of apps: 8
  strangerBytes: 6 * MIB, // a request to the key server: 4
};

class FlightError extends CodedError {}

/**
 * Caps the bytes of bodies that are read or worked on at once, for all and for each sender, so that nobody fills the memory.
 *
 * What a request announces is taken before it is read, and given back with the answer; where it announces nothing, the most that its route
 * reads. A route with `config.upload` reads piece by piece and is not counted; a body above its route's limit is refused without being read.
 * @param senderOf says for whom a request counts, and whether it was proven who that is
 * @param held bytes on their way: of `all`, of `strangers` and of each `sender`; empty when nothing is
 */
export function limitBytesInFlight(
  app: FastifyInstance,
  senderOf: (request: FastifyRequest) => { readonly key: string; readonly proven: boolean },
  limits = LIMITS,
  held = new Map<string, number>(),
): void {
  const heldBy = (key: string): number => held.get(key) ?? 0;
  const add = (key: string, bytes: number): void => {
    const sum = heldBy(key) + bytes;
    if (sum > 0) held.set(key, sum);
    else held.delete(key);
  };
  app.addHook('preParsing', async (request, reply) => {
    const bytes = announcedBytes(request);
    if (bytes === 0) return;
    const { key, proven } = senderOf(request);
    const accounts = ['all', ...(proven ? [] : ['strangers']), `sender ${key}`];
    if (heldBy(`sender ${key}`) + bytes > (proven ? limits.eachBytes : limits.strangerBytes))
      throw refuse(429, 'sender-busy', 'Send one thing after another: too much of yours is on its way');
    const full =
      heldBy('all') + bytes > limits.allBytes || (!proven && heldBy('strangers') + bytes > limits.strangersBytes);
    if (full) throw refuse(503, 'server-busy', 'Try again in a moment: too much is being sent at once');
    for (const account of accounts) add(account, bytes);
    finished(reply.raw, () => {
      for (const account of accounts) add(account, -bytes);
    });
  });
}

function refuse(status: number, code: string, why: string): FlightError {
  return new FlightError(code, status, why);
}

function announcedBytes({ raw, routeOptions }: FastifyRequest): number {
  if (routeOptions.config.upload === true) return 0;
  const most = routeOptions.bodyLimit ?? MIB;
  if (raw.headers['transfer-encoding'] !== undefined) return most;
  const bytes = Number(raw.headers['content-length'] ?? 0);
  return bytes <= most ? bytes : 0;
}
