import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoverProvider } from './discover.ts';

let issuer: string;
let sentBytes = 0;
const CHUNK = Buffer.alloc(65_536, 'a');

/** Whoever answers for a provider: it may be any server. */
const server: Server = createServer((request, reply) => {
  const path = request.url?.split('/')[1];
  const own = `${issuer}/${path}`;
  if (path !== 'endless') {
    const page = path === 'script' ? 'javascript:void(0)' : `${own}/sign-in`;
    reply
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ issuer: own, authorization_endpoint: page }));
    return;
  }
  reply.setHeader('content-type', 'application/json').write(`{"issuer":"${own}","more":"`);
  const more = (): void => {
    do sentBytes += CHUNK.length;
    while (reply.write(CHUNK) && !reply.destroyed);
    if (!reply.destroyed) reply.once('drain', more);
  };
  more();
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('discoverProvider()', () => {
  it('takes a document that names a page of the web', async () => {
    const found = await discoverProvider(`${issuer}/good`, 'pavise', undefined);
    expect(found.serverMetadata().issuer).toBe(`${issuer}/good`);
  });

  it('sends no browser to what is no page of the web', async () => {
    await expect(discoverProvider(`${issuer}/script`, 'pavise', undefined)).rejects.toMatchObject({
      code: 'people-oidc-issuer',
      message: expect.stringContaining('names no sign-in page') as string,
    });
  });

  it('ends an answer that does not end, long before its time is over', async () => {
    await expect(discoverProvider(`${issuer}/endless`, 'pavise', undefined)).rejects.toMatchObject({
      code: 'people-oidc-issuer',
    });
    // Until its time is over it would be sent many times that; what was on its way in buffers counts.
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });
});
