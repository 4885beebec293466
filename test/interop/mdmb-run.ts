import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = 'github.com/jessepeterson/mdmb/cmd/mdmb@latest';
const LIMIT_MS = 300_000;

/** Finds mdmb, or builds it with Go. */
export async function findMdmb(): Promise<string> {
  const path = process.env['MDMB'] ?? join(process.env['GOBIN'] ?? join(homedir(), 'go', 'bin'), 'mdmb');
  if (!existsSync(path)) await run('go', ['install', MODULE], { timeout: LIMIT_MS });
  return path;
}

/**
 * Enrols `count` simulated devices, each with an unsigned profile and a challenge of its own, and lets all of them connect.
 *
 * @param profile fetches a fresh unsigned profile
 * @throws what mdmb says as soon as it fails or prints an error
 */
export async function enrolAndConnect(
  mdmb: string,
  profile: () => Promise<Uint8Array>,
  count: number,
  rounds: number,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mdmb-'));
  const call = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await run(mdmb, ['-db', join(folder, 'mdmb.db'), ...args], { timeout: LIMIT_MS });
    if (/error|fail|unexpected|status code|HTTP [45]/i.test(stderr + stdout.replace(/^.*errors?:?\s*0\b.*$/gim, ''))) {
      throw new Error(`mdmb ${args.join(' ')}: ${stdout}${stderr}`);
    }
    return stdout;
  };
  try {
    await call('devices-create', '-n', String(count));
    const ids = (await call('devices-list')).match(/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/gi) ?? [];
    if (ids.length !== count) throw new Error(`mdmb made ${ids.length} devices, ${count} expected`);
    for (const id of ids) {
      const file = join(folder, `${id}.mobileconfig`);
      await writeFile(file, await profile());
      await call('-uuids', id, 'devices-profiles-install', '-f', file);
    }
    await call('-uuids', 'all', 'devices-connect', '-w', '2', '-i', String(rounds));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
