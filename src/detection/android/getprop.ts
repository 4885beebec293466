import type { PropertyRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { told } from './told.ts';

const DAY_MS = 86_400_000;
/** Six months, as MVT counts them. */
const MAX_PATCH_AGE_MS = 6 * 31 * DAY_MS;

/** Values that show that the start of the phone is not verified (Android Verified Boot), or that anybody by cable is root. */
const UNSAFE: ReadonlyMap<string, readonly [value: RegExp, explanation: string]> = new Map([
  [
    'ro.boot.verifiedbootstate',
    [/^(?:orange|red)$/, 'The phone does not verify what it starts: its boot loader is unlocked or the check failed.'],
  ],
  [
    'ro.debuggable',
    [/^1$/, 'The system of this phone is a version for developers: every app can be watched from outside.'],
  ],
  ['ro.secure', [/^0$/, 'Commands by cable run with full rights on this phone.']],
]);

/** Looks at the age of the security patches and at the properties of the verified start. */
export const judgeGetprop: Heuristic<PropertyRecord> = ({ nowMs }) => {
  const findings = new Map<string, Finding>();
  return {
    record({ path, name, value }) {
      const explanation =
        name === 'ro.build.version.security_patch' ? patchAge(value, nowMs) : unsafe(name, value.toLowerCase());
      if (explanation === undefined || findings.has(name)) return;
      const common = { level: 'medium', verdict: 'weakness', path, explanation } as const;
      findings.set(name, told('getprop', { ...common, value: `${name} = ${value}`, locator: `[${name}]` }));
    },
    end: () => [...findings.values()],
  };
};

function patchAge(value: string, nowMs: number): string | undefined {
  const patchedMs = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(value) : Number.NaN;
  if (!(nowMs - patchedMs > MAX_PATCH_AGE_MS)) return undefined;
  const months = Math.floor((nowMs - patchedMs) / (30.44 * DAY_MS));
  return `The security patches of this phone are ${months} months old: holes that are publicly known stand open. Update it once evidence is secured.`;
}

function unsafe(name: string, value: string): string | undefined {
  const rule = UNSAFE.get(name);
  return rule?.[0].test(value) ? rule[1] : undefined;
}
