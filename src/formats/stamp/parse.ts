/** A time as evidence tells it. */
export interface Stamp {
  readonly original: string;
  /** Milliseconds since 1970; as if the zone were UTC when `zoneKnown` is false. */
  readonly atMs: number;
  readonly zoneKnown: boolean;
}

const MAX_LENGTH = 64;
const FORM = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ?(Z|UTC|[+-]\d\d:?\d\d)?$/;

/** Reads "2023-04-12 12:32:40.518290770+0200" and its kin (blank or T, fraction or none, Z, offset or none); undefined for anything else. */
export function parseStamp(text: string): Stamp | undefined {
  const original = text.slice(0, MAX_LENGTH).trim();
  const match = FORM.exec(original);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 60) return undefined;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  const zone = match[8];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs;
  return { original, atMs: utc - offsetMs(zone), zoneKnown: zone !== undefined };
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
