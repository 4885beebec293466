const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const dayOnly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "4 minutes ago", in the reader's language. */
export function age(atMs: number | null | undefined, nowMs = Date.now()): string {
  if (atMs === null || atMs === undefined) return 'never';
  const delta = atMs - nowMs;
  for (const [unit, size] of UNITS) {
    if (Math.abs(delta) >= size) return relative.format(Math.trunc(delta / size), unit);
  }
  return delta > 0 ? 'in a moment' : 'just now';
}

/** Date and time in the reader's language and zone. */
export function moment(atMs: number | null | undefined): string {
  return atMs === null || atMs === undefined ? 'never' : dateTime.format(atMs);
}

/** The same to the second and with its zone, for evidence: whoever relies on it must not guess whose clock it is. */
export function instant(atMs: number | null | undefined): string {
  return atMs === null || atMs === undefined ? 'never' : exact.format(atMs);
}

export function day(atMs: number | null | undefined): string {
  return atMs === null || atMs === undefined ? 'never' : dayOnly.format(atMs);
}

/** "1.4 MB", powers of 1000 as file managers show them. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "passcodeSet" or "app_unknown-sources" → "Passcode set", for identifiers that have no text of their own. */
export function words(identifier: string): string {
  const spaced = identifier
    .replace(/[._-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\b(os|sms|usb|mdm)\b/g, (short) => short.toUpperCase());
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A value of a fact or a control as a reader expects it. */
export function plain(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'not known';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(plain).join(', ');
  return JSON.stringify(value);
}
