import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { type ParsedBundle, readValue, type StixIndicator, type UnsupportedPattern } from '../stix/index.ts';

/** The public file has 3,228 rows and 500 kB. */
const MAX_BYTES = 16 * 1024 * 1024;
const HEADER = /^\ufeff?SHA256,Package Name,Certificate,Version,App\r?$/i;

/**
 * Reads `samples.csv` of stalkerware-indicators: SHA256, Package Name, Certificate, Version, App.
 *
 * Only the digests become indicators: package and certificate of a sample need not be those of the family (a test build is signed by anybody).
 * No field of the format holds a comma, so quotes are not needed; a row with another number of fields is unsupported. Throws FormatError
 * `samples-csv`, `samples-size`.
 */
export function parseSamplesCsv(bytes: Uint8Array): ParsedBundle {
  if (bytes.length > MAX_BYTES) throw new FormatError('samples-size', -1, 'Cannot read samples: file is over 16 MiB');
  const [header, ...rows] = utf8TextLoose(bytes).split(/\r?\n/);
  if (!HEADER.test(header ?? '')) {
    throw new FormatError('samples-csv', 0, 'Cannot read samples: the first line is not that of samples.csv');
  }
  const indicators: StixIndicator[] = [];
  const unsupported: UnsupportedPattern[] = [];
  for (const row of rows) {
    const fields = row.split(',');
    if (fields.length === 1 && fields[0] === '') continue;
    const parsed = fields.length !== 5 ? { why: 'row has not five fields' } : readValue('file:hash', fields[0] ?? '');
    if ('why' in parsed) unsupported.push({ pattern: row.slice(0, 200), why: parsed.why });
    else {
      indicators.push({
        id: `stalkerware--sample--${parsed.value}`,
        ...parsed,
        collection: fields[4] || 'Stalkerware',
      });
    }
  }
  return { indicators, unsupported };
}

/** Whether a file begins as samples.csv does. */
export function isSamplesCsv(bytes: Uint8Array): boolean {
  return HEADER.test(utf8TextLoose(bytes.subarray(0, 100)).split('\n')[0] ?? '');
}
