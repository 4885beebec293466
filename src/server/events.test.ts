import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { eventRoutes } from './events.ts';

let app: Awaited<ReturnType<typeof createApp>>;
afterEach(() => app.close());

describe('eventRoutes()', () => {
  it('lets a page go that does not read, and keeps serving one that does', async () => {
    const actor: Actor = { kind: 'person', personId: 'p1', role: 'owner', sessionId: 's1' };
    app = await createApp({ config: readConfig([], {}), authenticate: async () => actor }, false);
    const hub = eventRoutes(app, async () => actor);
    const { port } = new URL(await app.listen({ port: 0 }));
    const open = async () => {
      const socket = connect(Number(port), '127.0.0.1');
      const state = { socket, closed: false, bytes: 0 };
      socket.on('close', () => {
        state.closed = true;
      });
      socket.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await new Promise((done) => socket.once('data', done));
      return state;
    };
    const still = await open();
    const reading = await open();
    still.socket.pause();
    reading.socket.on('data', (chunk) => {
      reading.bytes += chunk.length;
    });
    const notice = { topic: 'device', ids: { deviceId: 'x'.repeat(1000) } };
    const rounds = 400;
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < 50; n++) hub.publish(notice);
      await sleep(1);
    }
    const sentBytes = rounds * 50 * 1000;
    for (let waited = 0; reading.bytes < sentBytes && waited < 200; waited++) await sleep(50);
    expect([reading.closed, reading.bytes > sentBytes]).toEqual([false, true]);
    still.socket.on('data', (chunk) => {
      still.bytes += chunk.length;
    });
    still.socket.resume();
    for (let waited = 0; !still.closed && waited < 200; waited++) await sleep(50);
    expect([still.closed, still.bytes < sentBytes]).toEqual([true, true]);
    hub.close();
    reading.socket.destroy();
  });
});
