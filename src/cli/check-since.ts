import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { CheckReport } from '../detection/api.ts';
import { CheckError, inputError } from './check-error.ts';

const MAX_REPORT_BYTES = 64 * 1024 * 1024;

/**
 * Reads the report of an earlier check: a file of `--json`, or the folder of `--out`.
 *
 * Throws CheckError `check-input`, `check-since` when it is no report, or one of before reports held what to compare by.
 */
export function readEarlier(path: string): CheckReport {
  let report: unknown;
  try {
    const file = statSync(path).isDirectory() ? join(path, 'report.json') : path;
    if (statSync(file).size > MAX_REPORT_BYTES) throw notAReport(path);
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw notAReport(path);
    throw error instanceof CheckError ? error : inputError(error, path);
  }
  if (!Value.Check(CheckReport, report)) throw notAReport(path);
  if (report.baseline === undefined) {
    throw new CheckError(
      'check-since',
      400,
      `Give a report that can be compared with: "${path}" tells of no programs, profiles or shutdowns of the phone`,
    );
  }
  return report;
}

function notAReport(path: string): CheckError {
  return new CheckError(
    'check-since',
    400,
    `Give a report made by "pavise check --json" with --since: "${path}" is none`,
  );
}
