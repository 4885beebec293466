import { FindingsError } from './findings-error.ts';

/** Refuses what a schema cannot: dates that do not exist, and characters that PostgreSQL does not keep. */
export function mustBeStorable(value: unknown, key = ''): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) {
      throw new FindingsError('report-text', 400, 'Remove NUL and half characters: the text cannot be kept');
    }
    const date = key === 'at' ? new Date(value) : null;
    if (date !== null && (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== value.slice(0, 19))) {
      throw new FindingsError('report-date', 400, 'Correct the date of a finding: no such date exists');
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) mustBeStorable(child, name);
  }
}
