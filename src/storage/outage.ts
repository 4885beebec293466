import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';

/**
 * A database that does not answer, as PostgreSQL's own standard codes say it: `08006` a connection that broke or fell silent, `08001` one that
 * could not be made, `53300` none free in time.
 *
 * pg gives its own errors no code; with one, each edge reads from one table what they mean (`base/failures.data.ts`).
 */
export class OutageError extends Error {
  override readonly name = 'OutageError';
  readonly code: '08001' | '08006' | '53300';

  constructor(code: OutageError['code'], cause: unknown) {
    super(messageOf(cause), { cause });
    this.code = code;
  }
}

const NONE_FREE = 'timeout exceeded when trying to connect';
const SILENT = 'Query read timeout';
const BROKEN: ReadonlySet<string> = new Set([
  SILENT,
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
]);
const BROKEN_SOCKET: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Gives a pool to Kysely whose outages have codes, and whose connection is thrown away once it fell silent: its late answer would be another's. */
export function toldOutages(pool: pg.Pool): PostgresPool {
  const told = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const tell = (client: pg.PoolClient): PostgresPoolClient => {
    const known = told.get(client) ?? clientOf(client);
    told.set(client, known);
    return known;
  };
  return {
    options: pool.options,
    connect: async () => tell(await pool.connect().catch(noConnection)),
    end: () => pool.end(),
  };
}

function clientOf(client: pg.PoolClient): PostgresPoolClient {
  let broken = false;
  const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (!isBroken(error)) throw error;
      broken = true;
      throw new OutageError('08006', error);
    }
  };
  return {
    query: query as unknown as PostgresPoolClient['query'], // Kysely's other form, with a cursor, needs a cursor in its config
    release: (destroy) => client.release(broken || destroy === true),
  };
}

function isBroken(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return false; // PostgreSQL's own, which says why by itself
  return hasCode(error) ? BROKEN_SOCKET.has(error.code) : BROKEN.has(messageOf(error));
}

function noConnection(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw error;
  throw new OutageError(messageOf(error) === NONE_FREE ? '53300' : '08001', error);
}

function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  return error.message || (hasCode(error) ? error.code : error.name);
}
