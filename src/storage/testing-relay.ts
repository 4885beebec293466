import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A way to a database that a test can freeze or cut. */
export interface Relay extends AsyncDisposable {
  /** As the given connection, by this way. */
  readonly connection: pg.PoolConfig;
  /** Bytes pass. */
  open(): void;
  /** Connections stay and new ones are taken, and nothing passes, as of a frozen server or a cable that is out. */
  freeze(): void;
  /** Connections break, and new ones are refused. */
  cut(): void;
}

/** Lays the way: a socket of its own before that of the database. */
export async function layRelay(connection: pg.PoolConfig): Promise<Relay> {
  const { host, port } = new pg.Client(connection);
  const folder = await mkdtemp(join(tmpdir(), 'pavise-relay-'));
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let way: 'open' | 'frozen' | 'cut' = 'open';
  const server = net.createServer((near) => {
    if (way === 'cut') return void near.destroy();
    const far = host.startsWith('/') ? net.connect(join(host, `.s.PGSQL.${port}`)) : net.connect(port, host);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const end of pair) {
      end.on('error', () => {}); // the other end hears of it by 'close'
      end.on('close', () => {
        for (const each of pair) each.destroy();
        pairs.delete(pair);
      });
    }
    near.pipe(far);
    far.pipe(near);
    if (way === 'frozen') for (const end of pair) end.pause();
  });
  await new Promise<void>((done) => server.listen(join(folder, `.s.PGSQL.${port}`), done));
  const all = (work: (socket: net.Socket) => void): void => {
    for (const pair of pairs) for (const end of pair) work(end);
  };
  return {
    connection: { ...plainOf(connection), host: folder, port },
    open() {
      way = 'open';
      all((end) => end.resume());
    },
    freeze() {
      way = 'frozen';
      all((end) => end.pause());
    },
    cut() {
      way = 'cut';
      all((end) => end.destroy());
    },
    async [Symbol.asyncDispose]() {
      all((end) => end.destroy());
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function plainOf(connection: pg.PoolConfig): pg.PoolConfig {
  const { user, password, database } = new pg.Client(connection);
  return { user: user ?? '', password: password ?? '', database: database ?? '' };
}
