import type { Actor } from '../audit/index.ts';
import { type BenchReply, type FindingsBench, findingsBench } from '../findings/testing.ts';
import { huntRoutes } from './routes.ts';

/** The bench of findings with the routes of this room. */
export interface HuntBench extends FindingsBench {
  /** Sends an index, and before it the check that it belongs to. */
  sightings(as: Actor, deviceId: string, body: object): Promise<BenchReply>;
}

export async function huntBench(): Promise<HuntBench> {
  const bench = await findingsBench(huntRoutes);
  return {
    ...bench,
    async sightings(as, deviceId, body) {
      const { rows } = await bench.test.pool.query(
        `insert into checks (device_id, verdict, checked_at, reported_by, examined, finding_count, examined_count, unreadable_count)
         values ($1, 'incomplete', now() - interval '2 hours', '{}', '[]', 0, 0, 0) returning id`,
        [deviceId],
      );
      return await bench.call(as, 'PUT', `devices/${deviceId}/sightings?check=${rows[0].id}`, body);
    },
  };
}
