/** A moment in the phone's own time. */
export interface LocalTime {
  /** As the evidence has it. */
  readonly local: string;
  /** UTC where the zone is known, else the local time read as if it were UTC. */
  readonly ms: number;
  readonly zoneUnknown: boolean;
}

/** Reads "2022-03-29 18:37:30.315", "2022-08-16-15-56-39" and the like; undefined where the text is no such time. */
export type DeviceClock = (text: string) => LocalTime | undefined;

const TIME = /^(\d{4})-(\d\d)-(\d\d)[ T-](\d\d)[:-](\d\d)(?:[:-](\d\d)(?:[.-](\d{1,9}))?)?(?: ?([+-]\d\d):?(\d\d))?$/;
const HOUR_MS = 3_600_000;
/** Offsets are remembered by hour: a formatter costs microseconds, an appops dump has a hundred thousand times. */
const MAX_REMEMBERED = 50_000;

/**
 * Makes the clock of a device.
 *
 * @param zone name of the IANA database (`persist.sys.timezone`); undefined or a name that nobody knows: times keep `zoneUnknown`
 */
export function deviceClock(zone: string | undefined): DeviceClock {
  const format = zone === undefined ? undefined : formatterOf(zone);
  const offsets = new Map<number, number>();
  const offsetAt = (asUtcMs: number): number | undefined => {
    if (format === undefined) return undefined;
    const hour = Math.floor(asUtcMs / HOUR_MS);
    const known = offsets.get(hour);
    if (known !== undefined) return known;
    // The offset at the local time read as UTC may be that of the other side of a change: ask again with it applied.
    const first = offsetOf(format, asUtcMs);
    const offset = offsetOf(format, asUtcMs - first);
    if (offsets.size < MAX_REMEMBERED) offsets.set(hour, offset);
    return offset;
  };
  return (text) => {
    const match = TIME.exec(text.trim());
    if (match === null) return undefined;
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
    if (!year || !month || !day || hour === undefined || minute === undefined || second === undefined) return undefined;
    const millis = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
    const asUtcMs = Date.UTC(year, month - 1, day, hour, minute, second, millis);
    if (month > 12 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970) return undefined;
    const own = match[8] === undefined ? undefined : ownOffsetMs(match[8], match[9] ?? '00');
    const offset = own ?? offsetAt(asUtcMs);
    return { local: text.trim(), ms: asUtcMs - (offset ?? 0), zoneUnknown: offset === undefined };
  };
}

/** Time for a sighting or finding: none where the zone is not known, since a wrong one would be read as true. */
export function knownMs(time: LocalTime | undefined): number | undefined {
  return time === undefined || time.zoneUnknown ? undefined : time.ms;
}

function ownOffsetMs(hours: string, minutes: string): number {
  const sign = hours.startsWith('-') ? -1 : 1;
  return sign * (Math.abs(Number(hours)) * 60 + Number(minutes)) * 60_000;
}

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined; // a zone that this machine does not know
  }
}

function offsetOf(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - Math.floor(utcMs / 1000) * 1000;
}
