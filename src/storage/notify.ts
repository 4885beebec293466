import { sql } from 'kysely';
import pg from 'pg';
import { type Db, KEEP_ALIVE_MS } from './database.ts';

const CHANNEL = 'pavise';
const PAYLOAD_LIMIT = 7000; // PostgreSQL refuses 8,000 bytes and more

/** What listeners are told: a topic and ids, never contents. */
export interface Notice {
  readonly topic: string;
  readonly ids: Readonly<Record<string, string | null>>;
}

/** Tells the listeners at commit that something changed. */
export async function notify(tx: Db, topic: string, ids: Readonly<Record<string, string | null>>): Promise<void> {
  const payload = JSON.stringify({ topic, ids });
  if (payload.length > PAYLOAD_LIMIT) throw new Error(`notice too long: ${payload.length} characters`);
  await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(tx);
}

/** The one LISTEN client of a server process; reconnects by itself and then says `onGap`, since nothing is kept for who was away. */
export async function listen(
  connection: pg.ClientConfig,
  onNotice: (notice: Notice) => void,
  onGap: () => void,
): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    const next = new pg.Client({ ...connection, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS });
    next.on('error', () => {}); // 'end' follows and reconnects
    next.on('notification', (message) => {
      if (message.payload !== undefined) onNotice(JSON.parse(message.payload) as Notice); // written by notify() alone
    });
    await next.connect();
    await next.query(`listen ${CHANNEL}`);
    client = next;
    next.on('end', () => {
      if (!closed) void reconnect(250);
    });
  };
  const reconnect = async (pauseMs: number): Promise<void> => {
    await new Promise((done) => setTimeout(done, pauseMs));
    if (closed) return;
    try {
      await connect();
      onGap();
    } catch {
      await reconnect(Math.min(pauseMs * 2, 5000));
    }
  };
  await connect();
  return {
    async close() {
      closed = true;
      await client?.end();
    },
  };
}
