/** The numbers of a version ("17.5.1"); none of what is no version. */
export function numbersOf(version: string): readonly number[] {
  return /^\d+(?:\.\d+)*/.test(version) ? version.split('.').map((part) => Number.parseInt(part, 10) || 0) : [];
}

/** Below 0 where `a` is the older version, above where it is the newer one; what is left out counts as 0. */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
