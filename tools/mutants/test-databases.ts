import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBundled } from '../../src/storage/supervisor.ts';
import { testDatabase } from '../../src/storage/testing.ts';

/**
 * Gives the tests one PostgreSQL and a migrated database to copy, for as long as the work lasts: a test file that is run for each of a
 * hundred mutants must not start a server each time.
 */
export async function withTestDatabases<T>(needed: boolean, work: () => Promise<T>): Promise<T> {
  if (!needed) return work();
  const folder = await mkdtemp(join(tmpdir(), 'pavise-mutants-'));
  const bundled = await startBundled(folder, { noSync: true });
  try {
    const { host, user } = bundled.connection;
    process.env['PAVISE_TEST_DATABASE_URL'] =
      `postgresql://${user}@localhost/postgres?host=${encodeURIComponent(String(host))}`;
    const template = await testDatabase();
    await template.db.destroy();
    process.env['PAVISE_TEST_DATABASE_TEMPLATE'] = new URL(String(template.connection.connectionString)).pathname.slice(
      1,
    );
    return await work();
  } finally {
    await bundled.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
