import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareJobs } from '../jobs/index.ts';
import { createPerson } from '../people/index.ts';
import { keepPublicUrl, migrate, openDb, openPool, startBundled } from '../storage/index.ts';
import { recover } from './recover.ts';
import { tokenCreate, tokenList, tokenRemove } from './token.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'pavise-recover-'));
  const bundled = await startBundled(data, { noSync: true });
  const pool = openPool(bundled.connection, 2);
  const db = openDb(pool);
  await migrate(db);
  await prepareJobs(pool);
  const services = { db, publicUrl: new URL('https://pavise.example.org'), now: () => Date.now() };
  for (const role of ['owner', 'member'] as const) {
    const wanted = { displayName: role, email: `${role}@example.org`, role };
    await createPerson(services, { kind: 'system' }, wanted);
  }
  await pool.query(`update people set state = 'active', joined_at = now()`);
  await db.destroy();
  await bundled.stop();
  await keepPublicUrl(data, services.publicUrl);
}, 60_000);
afterAll(() => rm(data, { recursive: true, force: true }));

type Command = typeof recover;

async function run(command: Command, ...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const add = (text: string): void => {
    said += text;
  };
  return { code: await command([...args, '--data', data], { out: add, err: add }), said };
}

describe('on a data folder whose server does not run', () => {
  it('pavise recover prints a link for an owner, and names the owners when another is asked for', async () => {
    expect(await run(recover, '--owner', 'OWNER@example.org')).toEqual({
      code: 0,
      said: expect.stringMatching(
        /^https:\/\/pavise\.example\.org\/workspace\/#\/join\?token=[\w-]{43}\nFor one use, until /,
      ),
    });
    expect(await run(recover, '--owner', 'member@example.org')).toEqual({
      code: 2,
      said: 'Give --owner one of owner@example.org: "member@example.org" is no owner\n',
    });
    expect((await run(recover)).code).toBe(2);
  });

  it('pavise token makes, lists and removes tokens', async () => {
    const made = JSON.parse((await run(tokenCreate, '--role', 'auditor', '--name', 'nightly', '--json')).said);
    const listed = (await run(tokenList)).said;
    expect(listed).toMatch(
      new RegExp(`^${made.item.id}  auditor        until \\d{4}-\\d\\d-\\d\\d  used never       nightly\\n$`),
    );
    expect(listed).not.toContain(made.token);
    expect(await run(tokenRemove, made.token)).toMatchObject({
      code: 2,
      said: expect.not.stringContaining(made.token),
    });
    expect(await run(tokenRemove, made.item.id)).toEqual({ code: 0, said: `Revoked ${made.item.id}\n` });
    expect((await run(tokenList)).said).toBe('No API tokens.\n');
    expect((await run(tokenRemove, made.item.id)).code).toBe(2);
  });
});
