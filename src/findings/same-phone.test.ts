import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import type { CheckReport } from '../detection/api.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { saveCheck } from './findings.ts';

const UDID = '00008120-000000000000001E';
const hash = (udid: string): string => createHash('sha256').update(udid).digest('hex');
const as = (role: Role): Actor => ({ kind: 'token', tokenId: '00000000-0000-4000-8000-000000000001', role });

let database: TestDatabase;
let iphone: string;
let android: string;
beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  const { rows } = await pool.query(
    `insert into people (display_name, email, role, state, created_at) values ('Mara', 'mara@example.org', 'member', 'active', now()) returning id`,
  );
  const insert = async (platform: string, nativeId: string, model: string): Promise<string> => {
    const device = await pool.query(
      `insert into devices (person_id, platform, ownership, state, name, native_id, created_at)
        values ($1, $2, 'personal', 'enrolled', 'x', $3, now()) returning id`,
      [rows[0].id, platform, nativeId],
    );
    await pool.query(
      `insert into devices_facts (device_id, name, value, observed_at, source) values ($1, 'device.model', to_jsonb($2::text), now(), 'test')`,
      [device.rows[0].id, model],
    );
    return device.rows[0].id;
  };
  iphone = await insert('apple', UDID, 'iPhone15,2');
  android = await insert('android', 'enterprises/LC1/devices/1', 'Pixel 8');
});
afterAll(() => database.close());

type Source = CheckReport['sources'][number];

function send(deviceId: string, source: Source, actor = as('administrator'), force = false): Promise<unknown> {
  const report: CheckReport = {
    schema: 'pavise.check/1',
    sources: [source],
    examined: [],
    findings: [],
    unsupportedIndicators: [],
    verdict: 'incomplete',
    stats: { cpuMs: 1, maxRssBytes: 1, bytesRead: 1, files: 1 },
  };
  return saveCheck(database.db, actor, deviceId, report, Date.now(), { force });
}

const backup = (productType: string, udidHash?: string): Source => ({
  kind: 'ios-backup',
  encrypted: false,
  device: { productType, osVersion: '26.6.1', ...(udidHash === undefined ? {} : { udidHash }) },
});
const bugreport: Source = {
  kind: 'android-bugreport',
  encrypted: false,
  device: { productType: 'shiba', osVersion: '16' },
};

describe('saveCheck()', () => {
  it('takes the report of this very phone, and one that does not say', async () => {
    await send(iphone, backup('iPhone15,2', hash(UDID)));
    await send(iphone, backup('iPhone14,5', hash(UDID))); // the UDID decides
    await send(iphone, backup(''));
    await send(iphone, { ...backup(''), kind: 'files' });
    await send(android, bugreport);
  });

  it.each([
    ['another UDID', () => iphone, backup('iPhone15,2', hash('00008120-000000000000001F'))],
    ['another model', () => iphone, backup('iPhone14,5')],
    ['another make', () => iphone, bugreport],
    ['another make', () => android, backup('iPhone15,2')],
  ])('refuses a report of %s, unless an investigator forces it', async (_, deviceId, source) => {
    const refusal = { code: 'report-other-device', status: 409, message: expect.stringContaining('Choose the device') };
    await expect(send(deviceId(), source)).rejects.toMatchObject(refusal);
    await expect(send(deviceId(), source, as('administrator'), true)).rejects.toMatchObject(refusal);
    await expect(send(deviceId(), source, as('investigator'))).rejects.toMatchObject(refusal);
    await send(deviceId(), source, as('investigator'), true);
    const { rows } = await database.pool.query(
      `select detail->>'forced' as forced from audit_entries where action = 'check.reported' order by at desc limit 1`,
    );
    expect(rows[0].forced).toMatch(/^(udid|model|platform)$/);
  });
});
