import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../storage/index.ts';
import type { NoticeItem } from './api.ts';
import { keepPlace, networkOf } from './places.ts';
import { type Joined, openPeopleBench, type PeopleBench } from './testing.ts';

const DAY = 86_400_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const FIREFOX_LATER = FIREFOX.replaceAll('145', '146');
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

let bench: PeopleBench;
let owner: Joined;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

describe('networkOf()', () => {
  it.each([
    ['192.0.2.7', '192.0.2'],
    ['::ffff:192.0.2.200', '192.0.2'],
    ['192.0.3.7', '192.0.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1'],
    ['2001:0db8:0001:ffff::1', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0'],
    ['::1', '0:0:0'],
    ['2001::', '2001:0:0'],
    ['fe80::1%eth0', 'fe80:0:0'],
    ['1::3:4:5:6:7:8', '1:0:3'],
    ['::2:3:4:5:6:7:8', '0:2:3'],
    ['1:2::4:5:6:7:8', '1:2:0'],
    ['1:2:3:4:5:6:7::', '1:2:3'],
    ['::', '0:0:0'],
    ['not an address', ''],
  ])('of %s is %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('keepPlace()', () => {
  const keep = (userAgent: string, address: string, personId = owner.id) =>
    transaction(bench.services.db, (tx) => keepPlace(bench.services, tx, personId, { userAgent, address }));

  it('knows network and kind of browser, and neither the address nor the version', async () => {
    const { id: other } = await bench.join('member', 'Emil', owner.cookie);
    expect(await keep(FIREFOX, '192.0.2.7')).toBe(true);
    expect(await keep(FIREFOX, '192.0.2.7')).toBe(false);
    expect(await keep(FIREFOX_LATER, '192.0.2.99')).toBe(false);
    expect(await keep(CHROME, '192.0.2.7')).toBe(true);
    expect(await keep(FIREFOX, '192.0.3.7')).toBe(true);
    expect(await keep(FIREFOX, '192.0.2.7', other), 'of another person').toBe(true);
  });

  it('forgets a place that was not seen for half a year, and keeps one that was', async () => {
    expect(await keep(FIREFOX, '198.51.100.7')).toBe(true);
    expect(await keep(FIREFOX, '203.0.113.7')).toBe(true);
    bench.clock.nowMs += 179 * DAY;
    expect(await keep(FIREFOX, '198.51.100.7')).toBe(false);
    bench.clock.nowMs += 2 * DAY;
    expect(await keep(FIREFOX, '198.51.100.7')).toBe(false);
    expect(await keep(FIREFOX, '203.0.113.7')).toBe(true);
  });

  it('keeps no address and no browser in clear, nor a hash that can be tried without the root key', async () => {
    await keep(FIREFOX, '203.0.113.7');
    const { rows } = await sql<{ all: string }>`select string_agg(place::text, ' ') as all from people_places`.execute(
      bench.services.db,
    );
    const { createHash } = await import('node:crypto');
    const plain = createHash('sha256')
      .update(JSON.stringify(['203.0.113', 'Firefox on Linux']))
      .digest('hex');
    for (const part of [plain, Buffer.from('203.0.113').toString('hex'), Buffer.from('Firefox').toString('hex')])
      expect(rows[0]?.all).not.toContain(part);
  });
});

describe('a sign-in', () => {
  it('from a place that is new is told to its person by the kind of browser alone; the first of all is not', async () => {
    const member = await bench.join('member', 'Fee', (await bench.signIn(owner.authenticator)).cookie);
    const notices = async (cookie: string): Promise<NoticeItem[]> =>
      (await bench.call('GET', '/api/v1/me/notices', undefined, { cookie })).body['items'] ?? [];
    expect(await notices(member.cookie)).toEqual([]);
    const known = await bench.signIn(member.authenticator);
    expect(await notices(known.cookie)).toEqual([]);
    await bench.signIn(member.authenticator, { 'user-agent': FIREFOX });
    await bench.signIn(member.authenticator, { 'user-agent': FIREFOX_LATER });
    expect(await notices(known.cookie)).toMatchObject([
      { kind: 'sign-in-new-place', by: { kind: 'you' }, what: 'Firefox on Linux', bySession: false },
    ]);
    const { rows } = await sql<{ detail: object }>`select detail from audit_entries where action = 'people.sign-in'
      and object_id = ${member.id} order by at`.execute(bench.services.db);
    expect(rows.map(({ detail }) => detail)).toMatchObject([
      { newPlace: false },
      { newPlace: true },
      { newPlace: false },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/Firefox|127\.0\.0/);
  });
});
