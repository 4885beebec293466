import { canonicalJson } from '../../base/index.ts';
import type { ParsedBundle } from '../../formats/stix/index.ts';

export interface ListedIndicator {
  readonly type: string;
  readonly value: string;
  readonly collection: string;
}

/** What a newer state has more and less than an older one, by type and value. */
export function compareIndicators(
  older: readonly ParsedBundle[],
  newer: readonly ParsedBundle[],
): { added: ListedIndicator[]; removed: ListedIndicator[] } {
  const [before, after] = [listed(older), listed(newer)];
  return {
    added: [...after].filter(([key]) => !before.has(key)).map(([, indicator]) => indicator),
    removed: [...before].filter(([key]) => !after.has(key)).map(([, indicator]) => indicator),
  };
}

function listed(bundles: readonly ParsedBundle[]): Map<string, ListedIndicator> {
  const map = new Map<string, ListedIndicator>();
  for (const { indicators } of bundles) {
    for (const { key: type, value, collection } of indicators) {
      const key = canonicalJson([type, value.toLowerCase()]);
      if (!map.has(key)) map.set(key, { type, value, collection });
    }
  }
  return map;
}
