import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendProblem } from '../server/problem.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { filesRoutes } from './index.ts';
import type { FilesServices } from './services.ts';
import { type Account, addAccount, protectPlain, testServices } from './testing.ts';

const app = Fastify({ forceCloseConnections: true });
app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
const origin = 'http://localhost:8420';
let database: TestDatabase;
let folder: string;
let services: FilesServices;
let owner: Account;
let reader: Account;
let as: Account;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'reading-'));
  const { db } = database;
  owner = await addAccount(db, 'olga');
  reader = await addAccount(db, 'rana');
  services = await testServices(db, folder, origin);
  app.decorateRequest('actor', { getter: () => as.actor });
  await filesRoutes(app, services);
  await app.listen({ port: 0, host: '127.0.0.1' });
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const CONTENT_BYTES = 32 * 1024 ** 2; // more than all buffers between server and reader hold

test('a person reads 50 contents at once and no more, whoever else reads', async () => {
  const key = services.keys.publicKeys.get('ec:secp256r1');
  const policy = { owner: owner.email, dissem: [reader.email] };
  const kas = { publicKey: key?.pem ?? '', kid: key?.kid ?? '' };
  const { bytes } = await protectPlain(policy, kas, origin, new Uint8Array(CONTENT_BYTES));
  const { port } = app.server.address() as AddressInfo; // a TCP server has an AddressInfo
  const base = `http://127.0.0.1:${port}/api/v1/files`;
  as = owner;
  const sent = await fetch(`${base}?title=Large`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from(bytes),
  });
  const path = `${base}/${((await sent.json()) as { id: string }).id}/content`;

  const opens = async (): Promise<number> => {
    const reply = await fetch(path);
    await reply.body?.cancel();
    return reply.status;
  };
  const stuck = await Promise.all(Array.from({ length: 50 }, () => openWithoutReading(port, new URL(path).pathname)));
  expect(await opens()).toBe(429);
  as = reader;
  expect(await opens()).toBe(200);
  as = owner;
  for (const socket of stuck) socket.destroy();
  await expect.poll(opens, { timeout: 5000 }).toBe(200);
});

/** A reader who takes the head of an answer and then nothing. */
function openWithoutReading(port: number, path: string): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    });
    socket.on('error', fail);
    socket.once('data', () => {
      socket.pause();
      done(socket);
    });
  });
}
