import type { OpenFile } from '../evidence.ts';
import { type DumpSection, PROPERTIES } from './dumpstate.ts';

const HEAD_BYTES = 64 * 1024;

/** How dumpstate begins, or what stands near its start. */
export const DUMPSTATE_SIGN = /^(?:== dumpstate: |DUMP OF SERVICE |Currently running services:|------ [A-Z].* ------)/m;

/** What the first lines of a service's own dump look like, where it was saved without the header of dumpsys. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^ACCESSIBILITY MANAGER \(dumpsys accessibility\)/m, 'accessibility'],
  [/^Current AppOps Service state:/m, 'appops'],
  [/^Battery History /m, 'batterystats'],
  [/^ADB MANAGER STATE /m, 'adb'],
  [/^Applications Database Info:/m, 'dbinfo'],
  [/^(?:Activity Resolver Table|Packages):\s*$/m, 'package'],
  [/^ChangeId\(\d+; name=/m, 'platform_compat'],
  [/^\[[\w.-]+\]: \[/, PROPERTIES],
];

/** A file that one service wrote is one section; none where its content is not known. */
export function looseSections(file: OpenFile): readonly DumpSection[] {
  const head = headOf(file);
  return SIGNS.filter(([sign]) => sign.test(head)).map(([, service]) => ({ service, from: 0, to: file.sizeBytes }));
}

/** The first bytes as text; bytes that are no UTF-8 become U+FFFD. */
export function headOf(file: OpenFile, limitBytes = HEAD_BYTES): string {
  return new TextDecoder().decode(file.read(0, Math.min(limitBytes, file.sizeBytes)));
}
