import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type Joined, openPeopleBench, type PeopleBench } from '../../src/people/testing.ts';
import { createApp } from '../../src/server/app.ts';
import { readConfig } from '../../src/server/config.ts';
import { eventRoutes } from '../../src/server/events.ts';
import { openRooms, provesIt, registerRooms, type Services, whoCalls } from '../../src/server/rooms.ts';
import { type Db, openBlobs } from '../../src/storage/index.ts';
import type { TestDatabase } from '../../src/storage/testing.ts';

/** A server with every room, an owner, and a clock that the attack moves. */
export interface Stage extends PeopleBench {
  /** Every room's services. */
  readonly rooms: Services;
  readonly owner: Joined;
  /** What the audit log says was done, oldest first, from the entry after `since` on. */
  actions(since?: number): Promise<string[]>;
}

const ORIGIN = 'http://localhost:8443';

/**
 * Opens a stage: the routes of every room as the server registers them, on a database of its own.
 *
 * @param reach by which way the rooms reach that database, where not directly
 */
export async function openStage(reach?: (test: TestDatabase) => Promise<Db>): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'pavise-attacks-'));
  let rooms: Services | undefined;
  const bench = await openPeopleBench(ORIGIN, async (services, test) => {
    const config = readConfig(['--public-url', ORIGIN], {});
    const db = (await reach?.(test)) ?? services.db;
    const opened = await openRooms({
      ...services,
      ...{ db, reserved: db, config, data: folder, blobs: await openBlobs(folder) },
      android: { baseUrl: new URL('http://127.0.0.1:9'), enterprise: 'enterprises/none' },
    });
    rooms = opened;
    const app = await createApp(
      {
        config,
        authenticate: (request) => whoCalls(opened, request),
        requireProof: (request, proof) => provesIt(opened, request, proof),
      },
      false,
    );
    eventRoutes(app, (request) => whoCalls(opened, request));
    await registerRooms(app, opened);
    return app;
  });
  if (rooms === undefined) throw new Error('no rooms were opened');
  const { apple } = rooms;
  const owner = await bench.setUp();
  return {
    ...bench,
    rooms,
    owner,
    async actions(since = 0) {
      const { rows } = await sql<{ action: string }>`select action from audit_entries order by at, id
        offset ${since}`.execute(bench.services.db);
      return rows.map(({ action }) => action);
    },
    async [Symbol.asyncDispose]() {
      await apple[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
