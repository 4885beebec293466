import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainHash, GENESIS, headText } from '../audit/entry.ts';
import { auditRoutes, chainState, headLine, startSealer } from '../audit/index.ts';
import { secretsOf } from '../storage/index.ts';
import { testDatabase } from '../storage/testing.ts';
import { auditVerify } from './audit-verify.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-verify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let last = GENESIS;
const entries = Array.from({ length: 6 }, (_, index) => {
  const entry = {
    seq: index + 1,
    id: `00000000-0000-4000-8000-00000000000${index}`,
    at: '2026-01-01T00:00:00.000000Z',
    actor: { kind: 'system' },
    action: `test.${index}`,
    object: { type: 'test', id: null },
    detail: { index },
  };
  last = chainHash(last, entry);
  return { ...entry, hash: last };
});
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const signedAt = '2026-01-01T00:00:01.000Z';
const head = {
  seq: 6,
  hash: last,
  signedAt,
  signature: sign(null, Buffer.from(headText(6, last, signedAt)), privateKey).toString('hex'),
  publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
};

const anotherKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

async function verify(lines: readonly unknown[], ...args: string[]): Promise<{ code: number; said: string }> {
  const file = join(folder, 'entries.jsonl');
  await writeFile(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  let said = '';
  const add = (text: string): void => {
    said += text;
  };
  return { code: await auditVerify([file, ...args], { out: add, err: add }), said };
}

/** A server that answers every request with the same. */
async function withServer<T>(status: number, body: unknown, work: (url: string) => Promise<T>): Promise<T> {
  const app = Fastify();
  app.get('/*', async (_request, reply) => reply.code(status).send(body));
  try {
    return await work(await app.listen({ host: '127.0.0.1', port: 0 }));
  } finally {
    await app.close();
  }
}

describe('pavise audit verify', () => {
  it('ends 0 on what GET /api/v1/audit/export gives, over more than one page', async () => {
    const test = await testDatabase();
    const app = Fastify();
    app.decorateRequest('actor', { getter: () => ({ kind: 'system' }) as const });
    await auditRoutes(app, { db: test.db, chain: chainState(test, Date.now) });
    {
      await using sealer = await startSealer(
        { db: test.db, secrets: secretsOf(new Uint8Array(32)), now: Date.now, keptFile: join(folder, 'head.json') },
        { onHead: () => {}, onError: () => {}, onAlarm: () => {} },
      );
      await test.pool.query(`insert into audit_entries (actor, action, object_type, detail)
        select '{"kind":"system"}', 'test.step', 'test', jsonb_build_object('n', n) from generate_series(1, 1200) n`);
      await app.inject('/api/v1/audit/export');
      await sealer.sealNow();
    }
    const reply = await app.inject('/api/v1/audit/export');
    expect(reply.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="pavise-audit.jsonl"',
    });
    const lines = reply.body.trimEnd().split('\n');
    expect(lines).toHaveLength(1202); // and the one that tells of the kept head
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ action: 'audit.exported', object: { type: 'audit' } });
    expect(await verify(lines)).toMatchObject({ code: 0, said: expect.stringContaining('1202 entries') as string });
    await app.close();
    await test.close();
  }, 60_000);

  it('ends 0 on a whole log, with and without a kept head in each of its forms', async () => {
    expect((await verify(entries)).code).toBe(0);
    for (const given of [
      `6:${last}`,
      `audit head 6 ${last} abcd`,
      headLine(head),
      `2026-01-01T00:01:00Z host pavise[7]: ${headLine(head)}`,
      JSON.stringify(head),
      JSON.stringify({ auditHead: head }),
    ]) {
      expect(await verify(entries, '--head', given)).toMatchObject({
        code: 0,
        said: expect.stringContaining('holds the kept head at 6'),
      });
    }
  });

  it('ends 1 on a changed, dropped or reordered entry, a cut tail and a rewritten chain', async () => {
    const [one, two, ...rest] = entries;
    const cases = [
      await verify([one, { ...two, action: 'test.other' }, ...rest]),
      await verify([one, ...rest]),
      await verify([two, one, ...rest]),
      await verify(entries.slice(0, 5), '--head', `6:${last}`),
      await verify(entries.slice(0, 5), '--head', JSON.stringify(head)),
      await verify(entries, '--head', `6:${'0'.repeat(64)}`),
      await verify(entries, '--head', JSON.stringify({ ...head, signature: '00'.repeat(64) })),
      await verify(entries, '--head', headLine({ ...head, signature: '00'.repeat(64) })),
      await verify(entries, '--head', headLine({ ...head, signedAt: '2026-01-01T00:00:02.000Z' })),
      await verify(entries, '--head', headLine(head), '--public-key', anotherKey),
    ];
    expect(cases.map(({ code }) => code)).toEqual(cases.map(() => 1));
    expect(cases[3]?.said).toContain('tail was cut');
  });

  it('reads the JSON answer of the API too, in either order', async () => {
    for (const answer of [{ items: entries }, { items: [...entries].reverse(), next: 1 }, entries])
      expect(await verify([JSON.stringify(answer, null, 2)])).toMatchObject({
        code: 0,
        said: expect.stringContaining('6 entries'),
      });
    expect((await verify([JSON.stringify({ items: entries.slice(0, 5) })], '--head', `6:${last}`)).code).toBe(1);
  });

  it('names the role that a server asks for, and says whose head it measured against', async () => {
    const page = (status: number, body: unknown, ...args: string[]): Promise<string> =>
      withServer(status, body, async (url) => {
        let said = '';
        const add = (text: string): void => {
          said += text;
        };
        await auditVerify(['--server', url, '--token', 'pvt_x', ...args], { out: add, err: add });
        return said;
      });
    expect(await page(403, {})).toContain('role owner, administrator, investigator or auditor');
    expect(await page(401, {})).toContain('Give another API token');
    const { publicKey: key, ...signed } = head;
    const answer = { verified: true, why: null, entries: 6, hash: last, publicKey: key, head: signed, items: entries };
    expect(await page(200, answer)).toContain("holds the server's own head at 6, its signature is right; give --head");
    expect(await page(200, answer, '--head', headLine(head))).toContain(
      'holds the kept head at 6, its signature is right',
    );
    const changedKey = { ...answer, publicKey: anotherKey };
    expect(await page(200, changedKey, '--head', headLine(head))).toBe(
      'Not verified: the server signs by another key than the kept head was signed by\n',
    );
  });

  it('ends 2 on what is no entry, no head, or nothing at all', async () => {
    expect(await verify([...entries, 'no json'])).toMatchObject({ code: 2, said: expect.stringContaining('line 7') });
    expect((await verify(entries, '--head', '{"seq":6}')).code).toBe(2);
    expect((await verify(entries, '--heads', 'x')).code).toBe(2);
    let said = '';
    const add = (text: string): void => {
      said += text;
    };
    expect(await auditVerify([join(folder, 'none.jsonl')], { out: add, err: add })).toBe(2);
    expect(said).toMatch(/^Name a file or folder that is there: ".*none\.jsonl" is not\n$/);
  });
});
