import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';

const LIMIT_MS = 300;
let app: FastifyInstance;
afterEach(() => app.close());

async function makeApp(args: string[]): Promise<FastifyInstance> {
  const authenticate = async () => ({ kind: 'anonymous' }) as const;
  app = await createApp({ config: readConfig(args, {}), authenticate }, false, LIMIT_MS);
  const config = { roles: 'public', rateLimit: { max: 2, timeWindow: 60_000 } } as const;
  app.get('/limited', { config }, async () => ({ ok: true }));
  app.post('/body', { config: { roles: 'public' } }, async () => ({ ok: true }));
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scope.post('/upload', { config: { roles: 'public', upload: true } }, async ({ body }) => {
      let bytes = 0;
      if (body instanceof Readable) for await (const chunk of body) bytes += (chunk as Buffer).length; // a request's chunks
      return { bytes };
    });
  });
  return app;
}

describe('createApp() behind a reverse proxy', () => {
  const ask = async (forwardedFor: string, remoteAddress = '127.0.0.1') =>
    (await app.inject({ url: '/limited', remoteAddress, headers: { 'x-forwarded-for': forwardedFor } })).statusCode;

  it('limits each caller that a trusted proxy names', async () => {
    await makeApp(['--trust-proxy', '127.0.0.1']);
    expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([200, 200, 429]);
    expect(await ask('192.0.2.2')).toBe(200);
    // What the caller himself wrote stands left of what the proxy added.
    expect(await ask('198.51.100.9, 192.0.2.1')).toBe(429);
  });

  it('believes nobody else', async () => {
    await makeApp(['--trust-proxy', '127.0.0.1']);
    const from = '203.0.113.5';
    expect([await ask('192.0.2.1', from), await ask('192.0.2.2', from), await ask('192.0.2.3', from)]).toEqual([
      200, 200, 429,
    ]);
  });
});

describe('createApp() with slow senders', () => {
  async function slowly(path: string, type: string): Promise<string> {
    await makeApp([]);
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket: Socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {}); // the answer tells
    const closed = new Promise((done) => socket.once('close', done));
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\ncontent-length: 10\r\n\r\n`,
    );
    for (const digit of '1234567890') {
      // Writing on after the answer would make the other side reset the connection, and the answer with it.
      if (answer !== '' || socket.destroyed) break;
      socket.write(digit);
      await sleep(LIMIT_MS / 5);
    }
    await closed;
    return answer.split('\r\n')[0] ?? '';
  }

  it('lets an upload take longer than other bodies', async () => {
    expect(await slowly('/upload', 'application/octet-stream')).toBe('HTTP/1.1 200 OK');
  });

  it('ends every other request whose body does not come in time', async () => {
    expect(await slowly('/body', 'application/json')).toBe('HTTP/1.1 408 Request Timeout');
  });

  it('waits for no body any more once it is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await makeApp([]);
    await app.inject({ method: 'POST', url: '/nowhere', payload: 'not read by anybody' });
    await app.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
