import { sqlIn } from './table-walls.ts';

/** Rooms in which every time comes from the one clock, `now` of `src/server/main.ts`; how long something takes is `performance.now()`. */
const ROOMS =
  /^src\/(audit|jobs|people|policies|devices|training|findings|hunt|access|privacy|files|server)\/(?!.*(\.test\.ts$|testing\.ts$))/;
const CLOCK = 'src/server/main.ts';
const READS = /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.timeOrigin\b/;
/** graphile-worker compares the time of a job with the database's own clock. */
const DATABASE_CLOCK = 'src/jobs/store.ts';
const SQL_READS = /\b(?:now|\w+_timestamp)\s*\(\s*\)|\bcurrent_(?:timestamp|date|time)\b|\blocaltime(?:stamp)?\b/i;

/**
 * Finds a second clock in the rooms of the server: one that runs apart makes a fact fresh and a session over at the same moment, and no
 * test can hold it.
 *
 * @param file path below the checkout
 */
export function clockViolations(file: string, text: string): string[] {
  if (!ROOMS.test(file) || file === CLOCK) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const found: string[] = [];
  if (READS.test(code)) found.push(`one-clock: ${file} reads the clock; take \`now\` from the services`);
  if (file !== DATABASE_CLOCK && sqlIn(text, file.endsWith('.tsx')).some((spoken) => SQL_READS.test(spoken)))
    found.push(`one-clock: ${file} reads the database's clock; give the statement the time`);
  return found;
}
