import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKasKeys } from '../files/index.ts';
import { prepareJobs } from '../jobs/index.ts';
import { createPerson } from '../people/index.ts';
import { grantServer, keepPublicUrl, migrate, openDb, openPool, openSecrets, startBundled } from '../storage/index.ts';
import { keysExport } from './keys-export.ts';
import { open } from './open.ts';
import { protect } from './protect.ts';
import { recover } from './recover.ts';
import { tokenCreate, tokenList, tokenRemove } from './token.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'pavise-recover-'));
  const bundled = await startBundled(data, { noSync: true });
  const owner = openPool(bundled.ownerConnection, 2);
  await migrate(openDb(owner));
  await prepareJobs(owner);
  const pool = openPool(bundled.connection, 2);
  const db = openDb(pool);
  await grantServer(openDb(owner), db);
  await owner.end();
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

function withoutData(command: Command): Command {
  return (args, io) => command(args.slice(0, -2), io);
}

async function auditEntries(): Promise<unknown[]> {
  const bundled = await startBundled(data, { noSync: true });
  const pool = openPool(bundled.connection, 1);
  const { rows } = await pool.query(
    `select action, detail from audit_entries where action = 'files.keys.exported' order by id`,
  );
  await pool.end();
  await bundled.stop();
  return rows;
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

  it('pavise keys export writes the keys that open a protected file, tells the audit log why, and overwrites nothing', async () => {
    const out = join(data, 'keys.json');
    const why = ['--reason', 'The workspace is down and Mara needs the list'];
    expect(await run(keysExport, '--out', out)).toMatchObject({ code: 2, said: expect.stringMatching(/^Say why by/) });
    expect(await run(keysExport, '--out', out, ...why)).toMatchObject({
      code: 2,
      said: 'Start the server once: it has made no keys yet\n',
    });
    const bundled = await startBundled(data, { noSync: true });
    const db = openDb(openPool(bundled.connection, 2));
    const { publicKeys } = await openKasKeys({ db, secrets: await openSecrets(data, undefined) }, Date.now());
    await db.destroy();
    await bundled.stop();

    expect(await run(keysExport, '--out', out, ...why)).toMatchObject({
      code: 0,
      said: expect.stringContaining('delete it when you are done'),
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    for (const { pem } of publicKeys.values()) {
      const key = join(data, 'public.pem');
      const note = join(data, 'note.txt');
      writeFileSync(key, pem);
      writeFileSync(note, 'meet at the usual place');
      await run(withoutData(protect), note, '--kas-url', 'https://pavise.example.org/kas', '--kas-key', key);
      const opened = await run(withoutData(open), `${note}.tdf`, '-o', `${note}.open`, '--kas-private-key', out);
      expect([opened.code, readFileSync(`${note}.open`, 'utf8')]).toEqual([0, 'meet at the usual place']);
    }
    expect(await run(keysExport, '--out', out, ...why)).toMatchObject({
      code: 2,
      said: expect.stringContaining('is there already'),
    });
    const entries = await auditEntries();
    expect(entries).toEqual([
      {
        action: 'files.keys.exported',
        detail: { reason: why[1], keys: [...publicKeys.values()].map(({ kid }) => kid) },
      },
    ]);
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
