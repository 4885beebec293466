/** Deepest nesting: real profiles stay below 20, so that 128 is generous and far from the stack's end. */
export const MAX_DEPTH = 128;
/** Most values in one list: an InstalledApplicationList of 2,000 apps has about 40,000; big caches of a phone reach a million. */
export const MAX_VALUES = 4_000_000;
/** Largest list in bytes: backups hold binary lists of some ten MB. */
export const MAX_BYTES = 256 * 1024 * 1024;
