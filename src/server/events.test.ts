import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Actor, EVERYONE } from '../audit/index.ts';
import { createToken } from '../people/index.ts';
import { type Joined, openPeopleBench, type PeopleBench } from '../people/testing.ts';
import { listen } from '../storage/index.ts';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { type EventHub, eventRoutes } from './events.ts';
import { whoCalls } from './rooms.ts';

let app: Awaited<ReturnType<typeof createApp>>;
afterEach(() => app.close());

describe('a stream and its session', () => {
  let bench: PeopleBench;
  let owner: Joined;
  let hub: EventHub;
  let url: string;
  const HOUR = 3_600_000;

  beforeAll(async () => {
    bench = await openPeopleBench();
    owner = await bench.setUp();
  });
  beforeEach(async () => {
    owner = { ...owner, cookie: (await bench.signIn(owner.authenticator)).cookie };
    const who = (request: FastifyRequest) => whoCalls(bench.services, request);
    app = await createApp({ config: readConfig([], {}), authenticate: who }, false);
    hub = eventRoutes(app, who, 30);
    url = `${await app.listen({ port: 0 })}/api/v1/events`;
  });
  afterEach(() => hub.close());
  afterAll(() => bench?.[Symbol.asyncDispose]());

  /** Opens a stream and says whether it still runs. */
  async function open(headers: Record<string, string>): Promise<{ ended: () => boolean; beats: () => number }> {
    const reply = await fetch(url, { headers });
    expect(reply.status).toBe(200);
    let ended = false;
    let beats = 0;
    void (async () => {
      for await (const chunk of reply.body ?? []) beats += Buffer.from(chunk).toString().split(': alive').length - 1;
    })().finally(() => {
      ended = true;
    });
    return { ended: () => ended, beats: () => beats };
  }

  it('heartbeats, and opening the stream, are no use: a session ends when it was idle for twelve hours, and its stream with it', async () => {
    const stream = await open({ cookie: owner.cookie });
    bench.clock.nowMs += 6 * HOUR;
    const later = await open({ cookie: owner.cookie });
    await expect.poll(stream.beats).toBeGreaterThan(2);
    bench.clock.nowMs += 6 * HOUR - 1;
    await expect.poll(later.beats).toBeGreaterThan(2);
    expect([stream.ended(), later.ended()]).toEqual([false, false]);
    bench.clock.nowMs += 1;
    await expect.poll(() => [stream.ended(), later.ended()]).toEqual([true, true]);
    expect((await bench.call('GET', '/api/v1/me', undefined, { cookie: owner.cookie })).status).toBe(401);
  });

  it('what a page asks by itself is no use either, and what a person asks is', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(url.replace('events', 'nothing'), { headers: { cookie: owner.cookie, ...headers } });
    app.close();
    app = await createApp(
      { config: readConfig([], {}), authenticate: (request) => whoCalls(bench.services, request) },
      false,
    );
    app.get('/api/v1/nothing', { config: { roles: EVERYONE } }, () => ({}));
    url = `${await app.listen({ port: 0 })}/api/v1/events`;
    bench.clock.nowMs += 11 * HOUR;
    expect((await ask({ 'x-pavise-unattended': '1' })).status).toBe(200);
    bench.clock.nowMs += 2 * HOUR;
    expect((await ask({ 'x-pavise-unattended': '1' })).status).toBe(401);
    owner = { ...owner, cookie: (await bench.signIn(owner.authenticator)).cookie };
    bench.clock.nowMs += 11 * HOUR;
    expect((await ask({})).status).toBe(200);
    bench.clock.nowMs += 2 * HOUR;
    expect((await ask({})).status).toBe(200);
  });

  it('ends at once when its session is ended, its person suspended or its token revoked, and no other does', async () => {
    hub.close();
    await app.close();
    const who = (request: FastifyRequest) => whoCalls(bench.services, request);
    app = await createApp({ config: readConfig([], {}), authenticate: who }, false);
    hub = eventRoutes(app, who, 60 * HOUR); // no heartbeat helps
    url = `${await app.listen({ port: 0 })}/api/v1/events`;
    const heard = await listen(
      bench.database.connection,
      (notice) => hub.publish(notice),
      () => {},
    );
    const member = await bench.join('member', 'Emil', owner.cookie);
    const other = await bench.signIn(member.authenticator);
    const { token, item } = await createToken(
      bench.services,
      { kind: 'system' },
      { name: 'x', role: 'auditor', expiresInDays: 1 },
    );
    const streams = {
      first: await open({ cookie: member.cookie }),
      second: await open({ cookie: other.cookie }),
      token: await open({ authorization: `Bearer ${token}` }),
      owner: await open({ cookie: owner.cookie }),
    };
    const ended = () => Object.entries(streams).flatMap(([name, stream]) => (stream.ended() ? [name] : []));
    await bench.call('POST', '/api/v1/sign-out', undefined, { cookie: member.cookie });
    await expect.poll(ended).toEqual(['first']);
    const change = { state: 'suspended' };
    await bench.call('PATCH', `/api/v1/people/${member.id}`, change, { cookie: owner.cookie });
    await expect.poll(ended).toEqual(['first', 'second']);
    await bench.call('DELETE', `/api/v1/tokens/${item.id}`, undefined, { cookie: owner.cookie });
    await expect.poll(ended).toEqual(['first', 'second', 'token']);
    await heard.close();
  });
});

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
      while (reading.bytes < (round + 1) * 50 * 1000 && !reading.closed) await once(reading.socket, 'data');
    }
    const sentBytes = rounds * 50 * 1000;
    expect([reading.closed, reading.bytes > sentBytes]).toEqual([false, true]);
    still.socket.on('data', (chunk) => {
      still.bytes += chunk.length;
    });
    still.socket.resume();
    if (!still.closed) await once(still.socket, 'close');
    expect([still.closed, still.bytes < sentBytes]).toEqual([true, true]);
    hub.close();
    reading.socket.destroy();
  });
});
