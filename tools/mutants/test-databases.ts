import openTestPlace from '../test-place.ts';

/**
 * Gives the tests one PostgreSQL and a migrated database to copy, for as long as the work lasts: a test file that is run for each of a
 * hundred mutants must not start a server each time.
 */
export async function withTestDatabases<T>(needed: boolean, work: () => Promise<T>): Promise<T> {
  if (!needed) return work();
  const stop = await openTestPlace();
  try {
    return await work();
  } finally {
    await stop();
  }
}
