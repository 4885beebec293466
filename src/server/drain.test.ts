import { request } from 'node:http';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { drainAtClose } from './drain.ts';

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function openApp(limitMs?: number) {
  const app = Fastify({ forceCloseConnections: true });
  drainAtClose(app, limitMs);
  const [arrived, mayEnd] = [deferred(), deferred()];
  const config = { roles: 'public' } as const;
  app.get('/slow', { config }, async () => {
    arrived.resolve();
    await mayEnd.promise;
    return 'whole';
  });
  app.get('/stream', { config: { ...config, background: true } }, (_request, reply) => {
    reply.hijack();
    reply.raw.write('first');
    arrived.resolve();
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url, arrived: arrived.promise, mayEnd: mayEnd.resolve };
}

/** On a connection of its own. */
function get(url: string): Promise<{ status: number | undefined; body: string; connection: string | undefined }> {
  return new Promise((done, fail) => {
    request(url, { agent: false }, (reply) => {
      let body = '';
      reply.on('data', (chunk) => {
        body += String(chunk);
      });
      reply.on('error', fail);
      reply.on('end', () => done({ status: reply.statusCode, body, connection: reply.headers.connection }));
    })
      .on('error', fail)
      .end();
  });
}

describe('a server that is told to stop', () => {
  it('lets what runs end, and takes nothing new', async () => {
    const { app, url, arrived, mayEnd } = await openApp();
    const running = get(`${url}/slow`);
    await arrived;
    const closed = app.close();
    const late = await get(`${url}/slow`);
    expect([late.status, late.connection]).toEqual([503, 'close']);
    mayEnd();
    expect(await running).toMatchObject({ status: 200, body: 'whole' });
    await closed;
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('waits for no stream', async () => {
    const { app, url, arrived } = await openApp();
    const stream = get(`${url}/stream`);
    await arrived;
    const [ended] = await Promise.allSettled([stream, app.close()]);
    expect(ended.status).toBe('rejected');
  });

  it('waits for nobody longer than its limit', async () => {
    const { app, url, arrived } = await openApp(50);
    const running = get(`${url}/slow`);
    await arrived;
    const [ended] = await Promise.allSettled([running, app.close()]);
    expect(ended.status).toBe('rejected');
  });
});
