import { type LogClock, type LogTime, wordyTimeMs } from './clock.ts';

/** One entry of a log of a system service. */
export interface LogEntry {
  readonly line: number;
  readonly time: LogTime | undefined;
  readonly level: string;
  /** With the lines that continue it, up to 64 KiB. */
  readonly text: string;
}

const START =
  /^([A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}) \[(\d{1,10})\] <(\w{1,20})> (?:\(0x[0-9a-f]{1,16}\) )?(.*)$/;
const LOCKDOWN_START = /^(\d\d)\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)\.\d{1,9} +(?:pid=\d{1,10} )?(.*)$/;
/** Entries carry property lists of some kilobytes. */
const MAX_TEXT_CHARS = 64 * 1024;

/** Entries of mobile_installation.log, containermanagerd.log, mobileactivationd.log: `Www Mmm dd HH:MM:SS YYYY [pid] <level> (0xhex) text`, in local time. */
export function logEntries(lines: Iterable<string>, clock: LogClock): Generator<LogEntry> {
  return entries(lines, (line) => {
    const match = START.exec(line);
    if (match === null) return undefined;
    const localMs = wordyTimeMs(match[1] ?? '');
    return {
      time: localMs === undefined ? undefined : clock.at(localMs),
      level: match[3] ?? '',
      text: match[4] ?? '',
    };
  });
}

/** Entries of lockdownd.log: `mm/dd/yy HH:MM:SS.ffffff pid=N event: text`, in local time. */
export function lockdownEntries(lines: Iterable<string>, clock: LogClock): Generator<LogEntry> {
  return entries(lines, (line) => {
    const match = LOCKDOWN_START.exec(line);
    if (match === null) return undefined;
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
    const valid = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60;
    const localMs = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
    return { time: valid ? clock.at(localMs) : undefined, level: '', text: match[7] ?? '' };
  });
}

function* entries(
  lines: Iterable<string>,
  begin: (line: string) => Omit<LogEntry, 'line'> | undefined,
): Generator<LogEntry> {
  let current: LogEntry | undefined;
  let more: string[] = [];
  let [chars, number] = [0, 0];
  const whole = (entry: LogEntry): LogEntry =>
    more.length === 0 ? entry : { ...entry, text: [entry.text, ...more].join('\n') };
  for (const line of lines) {
    number++;
    const begun = begin(line);
    if (begun !== undefined) {
      if (current !== undefined) yield whole(current);
      current = { line: number, ...begun };
      more = [];
      chars = 0;
    } else if (chars < MAX_TEXT_CHARS) {
      more.push(line.slice(0, MAX_TEXT_CHARS));
      chars += line.length;
    }
  }
  if (current !== undefined) yield whole(current);
}
