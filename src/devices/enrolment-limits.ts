import { normalizeIP } from '@fastify/rate-limit';
import { CodedError, FormatError } from '../base/index.ts';
import { DeviceError } from './device-error.ts';

const MINUTE_MS = 60_000;
/** Tries that fail, from one address: a secret of 256 bits is not found by trying, and each try costs a question to the database. */
const FAILURES = 300;
/** Steps of one invitation: a phone takes four. */
const STEPS = 30;
/** Above as many addresses and invitations, those that are new share one count: the memory of it is bounded. */
const MOST_KEYS = 20_000;

/**
 * What a minute allows of enrolling: what succeeds counts for its invitation, what fails for its address (of IPv6 its /64).
 *
 * An office or a fleet enrols behind one address, so that an address alone says nothing against anybody.
 */
export interface EnrolmentLimits {
  /** Runs a step that only a secret opens: it finds the invitation, or fails. @throws DeviceError `device-enrolment-limit` (429) */
  step<T extends { readonly id: string }>(address: string, find: () => Promise<T>): Promise<T>;
  /** Whether an address may try at all. @throws DeviceError `device-enrolment-limit` (429) */
  admit(address: string): void;
  /** Counts a try that failed. */
  failed(address: string): void;
}

export function enrolmentLimits(now: () => number, mostKeys = MOST_KEYS): EnrolmentLimits {
  let counts = new Map<string, number>();
  let beganAtMs = now();
  const keyOf = (kind: string, name: string): string => {
    if (now() - beganAtMs >= MINUTE_MS || now() < beganAtMs) {
      counts = new Map();
      beganAtMs = now();
    }
    const key = `${kind} ${name}`;
    return counts.has(key) || counts.size < mostKeys ? key : kind;
  };
  const count = (key: string): number => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
  const addressKey = (address: string): string => keyOf('address', normalizeIP(address, 64));
  const admit = (address: string): void => {
    const key = addressKey(address); // first: it may begin another minute
    if ((counts.get(key) ?? 0) >= FAILURES) throw tooMany('too much has failed from this address');
  };
  const failed = (address: string): void => void count(addressKey(address));
  return {
    async step(address, find) {
      admit(address);
      const found = await find().catch((error: unknown) => {
        if (error instanceof FormatError || (error instanceof CodedError && error.status < 500)) failed(address);
        throw error;
      });
      if (count(keyOf('invitation', found.id)) > STEPS) throw tooMany('this link has been opened too often');
      return found;
    },
    admit,
    failed,
  };
}

function tooMany(why: string): DeviceError {
  return new DeviceError('device-enrolment-limit', 429, `Wait a minute and try again: ${why}`);
}
