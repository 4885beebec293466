import { seeded } from './random.ts';

/** How a generated iPhone keeps its things; what differs from one system to the next, and from one moment to the next. */
export interface Layout {
  readonly osVersion: string;
  /** Whether the system is of this version or later; of phones that hold every file at once both are true. */
  since(major: number): boolean;
  until(major: number): boolean;
  /** Whether the next database was open when the phone was copied, so that its rows stand in the write-ahead log. */
  open(): boolean;
}

/** Every file of every system at once, closed. */
export function everyLayout(osVersion: string): Layout {
  return { osVersion, since: () => true, until: () => true, open: () => false };
}

const VERSIONS = ['12.5.8', '13.7', '14.8.1', '15.8.8', '16.7.16', '17.4.1', '17.7.11', '18.3', '18.7.10', '26.6.1'];

/** The layout of one system, chosen by the seed. */
export function layoutOf(seed: number): Layout {
  const random = seeded(seed * 31 + 7);
  const osVersion = VERSIONS[Math.floor(random() * VERSIONS.length)] ?? '';
  const own = Number.parseInt(osVersion, 10);
  return {
    osVersion,
    since: (major) => own >= major,
    until: (major) => own <= major,
    open: () => random() < 0.4,
  };
}

/** Zone of a generated phone, in minutes east of Greenwich. */
export function zoneMinutesOf(seed: number): number {
  return [120, 0, -240, 330, 540, -210, 765][seed % 7] ?? 0;
}

/** "+0530" */
export function zoneText(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

const STAMP = /(\d{4})([-.])(\d\d)\2(\d\d)([ _])(\d\d)([:-])(\d\d)\7(\d\d)(\.\d+)?( ?)\+0200/g;

/** Writes every time of a text that names the zone +0200 in another zone. */
export function inZone(text: string, minutes: number): string {
  if (minutes === 120) return text;
  return text.replace(STAMP, (_, year, dash, month, day, gap, hour, colon, minute, second, part = '', space = '') => {
    const atMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    const [date = '', time = ''] = new Date(atMs + (minutes - 120) * 60_000).toISOString().slice(0, 19).split('T');
    const local = `${date.replaceAll('-', dash)}${gap}${time.replaceAll(':', colon)}`;
    return `${local}${part}${space}${zoneText(minutes)}`;
  });
}
