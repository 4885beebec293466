import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { limitBytesInFlight } from './bytes-in-flight.ts';

const LIMITS = { allBytes: 1000, strangersBytes: 400, eachBytes: 300, strangerBytes: 250 };
let app: FastifyInstance;
let port: number;
const sockets: Socket[] = [];
let held: Map<string, number>;
/** Tells each request that was not refused before its body is read. */
const arrivals = new EventEmitter();
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

/** A server whose senders are what the header `x-sender` says; those that begin with "known" have proven it. */
async function listen(): Promise<void> {
  app = Fastify({ forceCloseConnections: true, bodyLimit: 300 });
  held = new Map();
  limitBytesInFlight(
    app,
    ({ headers }) => {
      const key = String(headers['x-sender']);
      return { key, proven: key.startsWith('known') };
    },
    LIMITS,
    held,
  );
  app.addHook('preParsing', async () => void arrivals.emit('taken'));
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/', { config: { roles: 'public' } }, async () => 'taken');
  app.post('/upload', { config: { roles: 'public', upload: true } }, async () => 'taken');
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

interface Sending {
  /** Sends the rest and gives the status; at once where it was refused. */
  end(): Promise<number>;
  readonly refused: () => boolean;
}

/** Begins to send a body and holds back its last byte. */
async function begin(sender: string, bytes: number, path = '/', chunked = false): Promise<Sending> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let answer = '';
  socket.on('error', () => {}); // the answer tells
  const answered = new Promise<void>((done) => {
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
      done();
    });
  });
  const taken = once(arrivals, 'taken');
  const length = chunked ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: a/b\r\nx-sender: ${sender}\r\n${length}\r\n\r\n`);
  socket.write(chunked ? `${(bytes - 1).toString(16)}\r\n${'x'.repeat(bytes - 1)}\r\n` : 'x'.repeat(bytes - 1));
  await Promise.race([taken, answered]); // it holds what it announced, or is refused
  return {
    refused: () => answer !== '',
    async end() {
      if (answer === '') socket.write(chunked ? '1\r\nx\r\n0\r\n\r\n' : 'x');
      await answered;
      return Number(answer.split(' ')[1]);
    },
  };
}

describe('limitBytesInFlight()', () => {
  it('refuses one sender what is more than her share, while others go on', async () => {
    await listen();
    const first = await begin('known a', 200);
    expect(await (await begin('known a', 200)).end()).toBe(429);
    expect(await (await begin('known b', 200)).end()).toBe(200);
    expect(held).toEqual(
      new Map([
        ['all', 200],
        ['sender known a', 200],
      ]),
    );
    expect(await first.end()).toBe(200);
    expect(await (await begin('known a', 200)).end(), 'what was answered is given back').toBe(200);
    await expect.poll(() => held).toEqual(new Map());
  });

  it('gives less to a sender who has not said who that is', async () => {
    await listen();
    expect(await (await begin('x', 251)).end()).toBe(429);
    expect(await (await begin('x', 250)).end()).toBe(200);
    expect(await (await begin('known a', 251)).end()).toBe(200);
  });

  it('keeps room for those who have proven who they are', async () => {
    await listen();
    const strangers = [await begin('x', 200), await begin('y', 200)];
    const each = [
      ['sender x', 200],
      ['sender y', 200],
    ] as const;
    expect(held).toEqual(new Map([['all', 400], ['strangers', 400], ...each]));
    expect(await (await begin('z', 1)).end()).toBe(503);
    expect(await (await begin('known a', 200)).end()).toBe(200);
    for (const sending of strangers) expect(await sending.end()).toBe(200);
    expect(await (await begin('z', 200)).end()).toBe(200);
  });

  it('refuses everybody what is more than the server holds', async () => {
    await listen();
    const all = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) all.push(await begin(`known ${name}`, 200));
    expect(await (await begin('known f', 1)).end()).toBe(503);
    expect(all.map((sending) => sending.refused())).toEqual([false, false, false, false, false]);
    expect(await all[0]?.end()).toBe(200);
    expect(await (await begin('known f', 200)).end()).toBe(200);
  });

  it('gives back what a sender held who hangs up', async () => {
    await listen();
    await begin('known a', 300);
    sockets[0]?.destroy();
    await expect.poll(async () => await (await begin('known a', 300)).end()).toBe(200);
  });

  it('counts a body as large as the route takes', async () => {
    await listen();
    const first = await begin('known a', 300);
    expect(await (await begin('known a', 1)).end()).toBe(429);
    expect(await first.end()).toBe(200);
  });

  it('counts the most that a route reads where the length is not announced', async () => {
    await listen();
    const first = await begin('known a', 10, '/', true);
    expect(await (await begin('known a', 10)).end()).toBe(429);
    expect(await first.end()).toBe(200);
  });

  it('leaves what is no body to count alone: uploads, and what is refused unread', async () => {
    await listen();
    await begin('known a', 300, '/upload');
    expect(await (await begin('known a', 300)).end()).toBe(200);
    expect(await (await begin('known a', 301)).end()).toBe(413);
  });
});
