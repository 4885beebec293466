/** A system version: numeric components, then the letter of an Apple rapid security response ('' without one). */
interface ParsedVersion {
  readonly parts: readonly number[];
  readonly letter: string;
}

// "18.6", "18.6.1", "18.6 (a)": what DeviceInformation reports, with the supplemental extra version of a rapid security response.
const VERSION = /^(\d{1,6}(?:\.\d{1,6}){0,4})(?: ?\(([a-z])\))?$/;
const PATCH_LEVEL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/**
 * Says whether a version is at least another one.
 *
 * Missing components are 0; no letter sorts before any letter.
 * @returns null when either text is not a version, which is never a pass
 */
export function versionAtLeast(have: string, want: string): boolean | null {
  const order = compareVersions(have, want);
  return order === null ? null : order >= 0;
}

/** Orders two versions as `Array.sort` wants it; null when either is not a version. */
export function compareVersions(left: string, right: string): number | null {
  const a = parseVersion(left);
  const b = parseVersion(right);
  if (a === null || b === null) return null;
  for (let i = 0; i < Math.max(a.parts.length, b.parts.length); i++) {
    const difference = (a.parts[i] ?? 0) - (b.parts[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.letter === b.letter) return 0;
  return a.letter < b.letter ? -1 : 1;
}

/** An Android security patch level, which orders as text once its form is checked. */
export function isPatchLevel(text: string): boolean {
  return PATCH_LEVEL.test(text);
}

/** Says whether a patch level is at least another one; null when either text is none, which is never a pass. */
export function patchAtLeast(have: string, want: string): boolean | null {
  return isPatchLevel(have) && isPatchLevel(want) ? have >= want : null;
}

function parseVersion(text: string): ParsedVersion | null {
  const match = VERSION.exec(text.trim());
  if (match === null) return null;
  return { parts: (match[1] ?? '').split('.').map(Number), letter: match[2] ?? '' };
}
