import { FormatError } from '../../base/index.ts';

/** A JSON object whose members have not been checked yet. */
export interface Record {
  readonly [key: string]: unknown;
}

export function recordOf(value: unknown, what: string): Record {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'an object');
  return value as Record; // a non-null object that is no array
}

export function objectField(record: Record, key: string): Record {
  return recordOf(record[key], key);
}

/** The Go SDK writes `null` for an empty list. */
export function arrayField(record: Record, key: string): readonly unknown[] {
  const value = record[key] ?? [];
  if (!Array.isArray(value)) throw wrong(key, 'a list');
  return value;
}

export function textField(record: Record, key: string): string {
  const value = record[key];
  if (typeof value !== 'string' || value === '') throw wrong(key, 'a text');
  return value;
}

/** Absent, null and empty are the same to all writers. */
export function optionalText(record: Record, key: string): string {
  const value = record[key] ?? '';
  if (typeof value !== 'string') throw wrong(key, 'a text');
  return value;
}

export function numberField(record: Record, key: string): number {
  const value = record[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(key, 'a size');
  return value;
}

function wrong(what: string, wanted: string): FormatError {
  return new FormatError('tdf-manifest', -1, `Cannot read TDF: "${what}" is not ${wanted}`);
}
