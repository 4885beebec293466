import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Watched } from './watch.ts';

/** A request whose body is sent to a server that may not want it. */
export interface Sending {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Sent without saying how long it is. */
  readonly chunked?: boolean;
}

/** What a server did under a flood. */
export interface Flooded extends Watched {
  /** How often each status came; 0 where the connection ended without one. */
  readonly statuses: Readonly<Record<number, number>>;
}

const PIECE = Buffer.alloc(64 * 1024);

/**
 * Sends the same body many times at once to a server on this machine. Linux only.
 *
 * A thread of its own looks at the server meanwhile, so that what sending costs is not taken for the server's lateness.
 */
export async function flood(server: { url: URL; pid: number }, sending: Sending, count: number): Promise<Flooded> {
  const workerData = { url: server.url.href, pid: server.pid };
  const watch = new Worker(new URL('./watch.ts', import.meta.url), { workerData });
  await once(watch, 'message');
  const statuses: Record<number, number> = {};
  const send = async (): Promise<void> => {
    const status = await sendOne(server.url, sending);
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: count }, send));
  watch.postMessage('over');
  const [watched]: unknown[] = await once(watch, 'message');
  return { statuses, ...(watched as Watched) }; // what watch.ts tells at its end
}

/** Sends one as fast as it is taken, until all is sent or the server answers or hangs up. */
async function sendOne(url: URL, { method, path, headers = {}, bytes, chunked = false }: Sending): Promise<number> {
  const socket = connect(Number(url.port), '127.0.0.1');
  let answer = '';
  const ended = new Promise<void>((done) => {
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
      done();
    });
    socket.once('close', () => done());
  });
  socket.on('error', () => {}); // a server that hangs up is one of the outcomes
  const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': `${bytes}` };
  const lines = Object.entries({ host: url.host, connection: 'close', ...headers, ...length });
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  for (let sent = 0; sent < bytes && answer === '' && !socket.destroyed; sent += PIECE.length) {
    const piece = PIECE.subarray(0, Math.min(PIECE.length, bytes - sent));
    const framed = chunked
      ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
      : piece;
    if (!socket.write(framed)) await Promise.race([new Promise((done) => socket.once('drain', done)), ended]);
  }
  if (chunked) socket.write('0\r\n\r\n');
  await ended;
  socket.destroy();
  return Number(answer.split(' ')[1] ?? 0);
}
