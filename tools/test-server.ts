import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives the files of a test run one bundled PostgreSQL to share (`PAVISE_TEST_SERVER`); it starts once a file needs it.
 *
 * @returns what ends it; a run inside of a longer one shares that one's, and ends nothing
 */
export default async function shareTestServer(): Promise<() => Promise<void>> {
  if (process.env['PAVISE_TEST_SERVER'] !== undefined) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), 'pavise-tests-'));
  process.env['PAVISE_TEST_SERVER'] = folder;
  return async () => {
    // Only now: most runs of a single file never need the database.
    const { stopTestServer } = await import('../src/storage/testing.ts');
    await stopTestServer(folder);
    await rm(folder, { recursive: true, force: true });
  };
}
