/** A moment that a log tells in the phone's own time. */
export interface LogTime {
  /** UTC where the zone is known, else the local time read as if it were UTC. */
  readonly ms: number;
  readonly zoneUnknown: boolean;
}

/** Reads local times by the offset that held when the archive was made; around a change of the clocks older entries are off by an hour. */
export interface LogClock {
  /** Minutes east of UTC; undefined where neither the archive's name nor its log tells. */
  readonly offsetMinutes: number | undefined;
  /** @param localMs the local time read as if it were UTC */
  at(localMs: number): LogTime;
}

/** How an archive is named: when it was made, in which zone, on which build. */
const NAME =
  /sysdiagnose_(\d{4})\.(\d\d)\.(\d\d)_(\d\d)-(\d\d)-(\d\d)([+-])(\d\d)(\d\d)(?:_([A-Za-z]{1,20})-OS_([A-Za-z]{1,20})_([0-9A-Za-z]{3,12}))?/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What the name of an archive tells. */
export interface ArchiveName {
  readonly madeAtMs: number;
  readonly offsetMinutes: number;
  readonly buildVersion: string;
}

/** Finds the name of an archive in a text: its folder, its file, a line of its log. */
export function archiveNameIn(text: string): ArchiveName | undefined {
  const match = NAME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const minutes = Number(match[8]) * 60 + Number(match[9]);
  const localMs = localTimeMs(year, month, day, hour, minute, second);
  if (localMs === undefined || minutes > 14 * 60) return undefined;
  const offsetMinutes = match[7] === '-' ? -minutes : minutes;
  return { madeAtMs: localMs - offsetMinutes * 60_000, offsetMinutes, buildVersion: match[12] ?? '' };
}

/** Makes the clock of an archive. */
export function logClock(offsetMinutes: number | undefined): LogClock {
  return {
    offsetMinutes,
    at: (localMs) => ({
      ms: localMs - (offsetMinutes ?? 0) * 60_000,
      zoneUnknown: offsetMinutes === undefined,
    }),
  };
}

/** Reads "Mon Apr  7 06:41:21 2025" as if it were UTC; undefined for anything else. */
export function wordyTimeMs(text: string): number | undefined {
  const match = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/.exec(text);
  if (match === null) return undefined;
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = match.slice(2).map(Number);
  return localTimeMs(year, MONTHS.indexOf(match[1] ?? '') + 1, day, hour, minute, second);
}

/** Milliseconds of a local time read as if it were UTC; undefined where the calendar has no such time. */
export function localTimeMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** Time for a sighting or finding: none where the zone is not known, since a wrong one would be read as true. */
export function knownMs(time: LogTime | undefined): number | undefined {
  return time === undefined || time.zoneUnknown ? undefined : time.ms;
}

/** Time for the timeline, with its doubt. */
export function eventTime(time: LogTime): { readonly atMs: number; readonly zoneUnknown?: true } {
  return time.zoneUnknown ? { atMs: time.ms, zoneUnknown: true } : { atMs: time.ms };
}
