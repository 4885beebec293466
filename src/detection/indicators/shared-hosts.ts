import { SHARED_HOSTS } from './shared-hosts.data.ts';

/** Second-level names under which countries register, e.g. co.uk, com.br: nobody owns what is below. */
const COUNTRY_REGISTRY =
  /^(ac|co|com|edu|firm|gen|go|gob|gov|gouv|idv|ind|info|ltd|mil|ne|net|nom|or|org|plc|sch|web)\.[a-z]{2}$/;

/** Whether unrelated parties publish below a host, so that an indicator for it must not match what is below. */
export function isSharedHost(host: string): boolean {
  return SHARED_HOSTS.has(host) || COUNTRY_REGISTRY.test(host);
}
