/**
 * `npm run bench -- retro-hunt`: looks 10,000 new indicators up in 20 million sightings of 400 phones, on the bundled PostgreSQL. Limit: 0.5 s warm.
 *
 * PAVISE_BENCH_ROWS takes fewer rows. Some 4,000 rows are hits, as in a fleet where one phone in four holds something known.
 */
import { createHash, hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { valuesOfIndicators } from '../src/detection/index.ts';
import { compileIndicators } from '../src/detection/indicators/index.ts';
import { wantedHashes } from '../src/hunt/sightings.ts';
import { findSighted } from '../src/hunt/store-sightings.ts';
import { migrate, openDb, openPool, startBundled } from '../src/storage/index.ts';
import { median, publish } from './measure.ts';

const ROWS = Number(process.env['PAVISE_BENCH_ROWS'] ?? 20_000_000);
const DEVICES = 400;
const INDICATORS = 10_000;
const HITS = 100;
const RUNS = 7;
const folder = mkdtempSync(join(tmpdir(), 'pavise-bench-'));
const bundled = await startBundled(folder, { noSync: true });
const pool = openPool(bundled.ownerConnection);
try {
  const db = openDb(pool);
  await migrate(db);
  const key = createHash('sha256').update('bench').digest();
  const indicators = Array.from({ length: INDICATORS }, (_, i) => {
    const value = `${hash('sha256', String(i), 'hex').slice(0, 12)}.example`;
    return { id: `indicator--${i}`, key: 'domain-name', value, collection: 'Bench' } as const;
  });
  const wanted = valuesOfIndicators(compileIndicators([{ source: '', bundle: { indicators, unsupported: [] } }]));
  const hashes = wantedHashes(key, wanted);
  await pool.query(
    `insert into people (display_name, email, role, state, created_at) values ('Bench', 'bench@example.org', 'member', 'active', now())`,
  );
  await pool.query(
    `insert into devices (person_id, platform, ownership, state, name, created_at)
     select id, 'apple', 'personal', 'enrolled', 'phone', now() from people, generate_series(1, $1)`,
    [DEVICES],
  );
  await pool.query(
    `insert into sighting_devices (device_id, digest, value_count, truncated, sent_at) select id, '', 1, false, now() from devices`,
  );
  const startedAt = performance.now();
  // Four fifths of each phone's values come from a pool that all share.
  const perDevice = Math.round(ROWS / DEVICES);
  for (let device = 1; device <= DEVICES; device++) {
    await pool.query(
      `insert into sightings select case when n % 5 = 0 then hashint8extended(n, $1) else hashint8extended((n::bigint * 7919 + $1 * 104729) % 200000, 0) end,
         $1, 9000, 9001, 9 from generate_series(1, $2::int) n on conflict do nothing`,
      [device, perDevice],
    );
  }
  const planted = `{${hashes.slice(1, -1).split(',').slice(0, HITS).join(',')}}`;
  await pool.query(
    `insert into sightings select h, d.id, 9000, 9001, 9 from unnest($1::bigint[]) h, sighting_devices d where d.id % 10 = 0 on conflict do nothing`,
    [planted],
  );
  await pool.query('vacuum analyze sightings');
  const loadS = (performance.now() - startedAt) / 1000;
  const { rows } = await pool.query('select count(*)::int as n from sightings');
  const times: number[] = [];
  let hits = 0;
  for (let i = 0; i < RUNS; i++) {
    const from = performance.now();
    hits = (await findSighted(db, wantedHashes(key, wanted))).length;
    times.push(performance.now() - from);
  }
  publish('retro-hunt', [
    { figure: 'sightings', value: Number(rows[0].n), limit: '-' },
    { figure: 'load, s', value: Math.round(loadS), limit: '-' },
    { figure: 'values looked up', value: wanted.length, limit: '-' },
    { figure: 'hits', value: hits, limit: '-' },
    { figure: 'first look-up, ms', value: Math.round(times[0] ?? 0), limit: '-' },
    {
      figure: 'look-up of 10,000 indicators, warm, ms (median)',
      value: Math.round(median(times.slice(1))),
      limit: 500,
    },
  ]);
  if (hits < HITS) throw new Error(`only ${hits} hits: something planted was not found`);
} finally {
  await pool.end();
  await bundled.stop();
  rmSync(folder, { recursive: true });
}
