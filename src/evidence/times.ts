/** Seconds between 1970-01-01 and 2001-01-01, the epoch of Core Data. */
const APPLE_EPOCH_SECONDS = 978_307_200;
const MAX_APPLE_SECONDS = 7_258_118_400;

/** Apple seconds, or nanoseconds as newer message databases have them, to milliseconds since 1970; undefined for zero and nonsense. */
export function appleTimeMs(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return undefined;
  const seconds = number > 1e12 ? number / 1e9 : number;
  return seconds > MAX_APPLE_SECONDS ? undefined : Math.round((seconds + APPLE_EPOCH_SECONDS) * 1000);
}

/** Unix seconds to milliseconds; undefined for zero, -1 ("never") and nonsense. */
export function unixTimeMs(value: unknown): number | undefined {
  const seconds = typeof value === 'bigint' ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0) || seconds > 8_640_000_000) return undefined;
  return Math.round(seconds * 1000);
}

/** Microseconds since 1601-01-01, as Chrome has them, to milliseconds since 1970. */
export function chromeTimeMs(value: unknown): number | undefined {
  const microseconds = typeof value === 'bigint' ? Number(value) : value;
  if (typeof microseconds !== 'number' || !(microseconds > 0)) return undefined;
  return unixTimeMs(microseconds / 1e6 - 11_644_473_600);
}

/** Microseconds since 1970, as Firefox has them, to milliseconds. */
export function microsecondsTimeMs(value: unknown): number | undefined {
  const microseconds = typeof value === 'bigint' ? Number(value) : value;
  return typeof microseconds === 'number' ? unixTimeMs(microseconds / 1e6) : undefined;
}
