import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSightingIndex } from '../detection/index.ts';
import type { Sighting } from '../evidence/index.ts';
import type { FindingItem } from '../findings/api.ts';
import { readThreatFacts } from '../findings/index.ts';
import { personOf, reportOf, TRACE } from '../findings/testing.ts';
import { parseStixBundle } from '../formats/stix/index.ts';
import type { IndicatorSetList, PublicIndicators } from './api.ts';
import { huntJobs } from './jobs.ts';
import { type HuntBench, huntBench } from './testing.ts';

let bench: HuntBench;
const ids = { mara: '', ivo: '', phone: '', other: '' };
const ivo = () => personOf(ids.ivo, 'investigator');

beforeAll(async () => {
  bench = await huntBench();
  ids.mara = await bench.person('mara');
  ids.ivo = await bench.person('ivo');
  ids.phone = await bench.phone(ids.mara);
  ids.other = await bench.phone(ids.mara);
});
afterAll(() => bench.close());

async function send(phone: string, ...sightings: readonly Partial<Sighting>[]): Promise<void> {
  const index = makeSightingIndex((text) => hash('sha256', text, 'buffer'));
  const common = { artefact: 'x', path: '', locator: '', atMs: Date.UTC(2026, 0, 5) } as const;
  for (const one of sightings) index.add({ kind: 'process', value: 'bh', evidence: 'executed', ...common, ...one });
  const reply = await bench.sightings(ivo(), phone, index.encode());
  expect(reply.status).toBe(200);
}

const add = (name: string, lines: readonly string[], more = '') =>
  bench.call(ivo(), 'POST', `indicators?name=${name}&file=list.txt${more}`, new TextEncoder().encode(lines.join('\n')));

/** Runs the jobs that wait, as the server's runner does. */
async function work(): Promise<string[]> {
  const handlers = huntJobs({ db: bench.test.db, secrets: bench.secrets, now: () => Date.UTC(2026, 2, 1) });
  const jobs = await bench.test.pool.query(
    `delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
     where t.id = j.task_id and t.identifier like 'threats.%' returning t.identifier as name, j.payload`,
  );
  for (const { name, payload } of jobs.rows) await handlers[name]?.(payload);
  return jobs.rows.map(({ name }) => name);
}

async function findings(phone: string): Promise<FindingItem[]> {
  const { body } = await bench.call(ivo(), 'GET', `findings?device=${phone}`);
  return body.items;
}

describe('retro-hunt', () => {
  it('opens findings on every phone that ever held a new indicator, judged by what the phone did with it', async () => {
    await send(
      ids.phone,
      {},
      { kind: 'url', value: 'https://cdn.evil.example.org/x', evidence: 'received' },
      { kind: 'app', value: 'com.example.spy', evidence: 'present', installed: true },
      { kind: 'path', value: '/private/var/tmp/l/payload', evidence: 'present' },
    );
    await send(ids.other, { kind: 'host', value: 'evil.example.org', evidence: 'visited' });
    expect(await work()).toEqual(['threats.hunt-device', 'threats.hunt-device']);
    const lines = [
      'process:name bh',
      'evil.example.org',
      'app:id com.example.spy',
      '/private/var/tmp/l/',
      'unseen.example.net',
    ];
    const added = await add('feed', lines);
    expect([added.status, added.body.isNew, added.body.set.versions[0]]).toMatchObject([
      200,
      true,
      { version: 1, indicators: 5, added: 5, removed: 0, hunt: { endedAtMs: null, found: 0 } },
    ]);
    expect(await work()).toEqual(['threats.retro-hunt']);

    const told = (await findings(ids.phone)).map(({ verdict, evidence, value, indicator }) => [
      verdict,
      evidence,
      value,
      indicator?.source,
    ]);
    expect(told.sort()).toEqual([
      ['trace', 'executed', 'bh', 'feed'],
      ['trace', 'present', 'com.example.spy', 'feed'],
      ['unusual', 'present', '/private/var/tmp/l/', 'feed'],
      ['unusual', 'received', 'evil.example.org', 'feed'],
    ]);
    const [visited] = await findings(ids.other);
    expect(visited).toMatchObject({ verdict: 'unusual', evidence: 'visited', happenedAtMs: Date.UTC(2026, 0, 5) });
    expect(visited?.explanation).toMatch(/matched afterwards/);
    expect((await readThreatFacts(bench.test.db, ids.phone)).openTraces.length).toBe(2);
    const list: IndicatorSetList = (await bench.call(ivo(), 'GET', 'indicators')).body;
    expect([list.phones, list.items[0]?.versions[0]?.hunt]).toEqual([
      2,
      { endedAtMs: Date.UTC(2026, 2, 1), found: 5, devices: 2, common: [] },
    ]);
    expect((await bench.actions()).filter((action) => /retro|hunted/.test(action)).sort()).toEqual([
      ...Array(5).fill('finding.retro'),
      'indicators.hunted',
    ]);
    const waiting = await bench.test.pool.query(
      `select 1 from graphile_worker.jobs where task_identifier = 'access.reassess' and key like '%.device.%'`,
    );
    expect(waiting.rows.length).toBe(2);
  });

  it('changes nothing when it runs again, or goes on after a crash', async () => {
    const before = await findings(ids.phone);
    await bench.test.pool.query('update indicator_versions set hunted_at = null, hunted_through = 0');
    const handlers = huntJobs({ db: bench.test.db, secrets: bench.secrets, now: () => Date.UTC(2026, 2, 2) });
    const { rows } = await bench.test.pool.query('select set_id, version from indicator_versions');
    const job = { setId: rows[0].set_id, version: rows[0].version };
    await Promise.all([handlers['threats.retro-hunt']?.(job), handlers['threats.retro-hunt']?.(job)]);
    expect(await findings(ids.phone)).toEqual(before);
    await expect(handlers['threats.retro-hunt']?.({ setId: 1 })).rejects.toThrow();
    await handlers['threats.retro-hunt']?.({ setId: ids.phone, version: 1 }); // deleted meanwhile
  });

  it('looks every set up in what a phone sends later, and does not tell twice what its check has told', async () => {
    const phone = await bench.phone(ids.mara);
    await bench.call(ivo(), 'POST', `devices/${phone}/checks`, reportOf(TRACE));
    await send(phone, {}, { kind: 'email', value: 'SPY@example.org', evidence: 'received' });
    await work();
    expect((await findings(phone)).map(({ artefact, value }) => [artefact, value])).toEqual([['data-usage', 'bh']]);
    await add('mail', ['spy@example.org']);
    await work();
    expect((await findings(phone)).map(({ value }) => value).sort()).toEqual(['bh', 'spy@example.org']);
    await send(phone, { kind: 'host', value: 'x.evil.example.org', evidence: 'connected' });
    await work();
    expect((await findings(phone)).map(({ value }) => value)).toContain('evil.example.org');
  });

  it('looks for the names of programs of iPhones on no phone of another system', async () => {
    const [iphone, android] = [await bench.phone(ids.mara), await bench.phone(ids.mara)];
    await bench.test.pool.query(`update devices set platform = 'android' where id = $1`, [android]);
    for (const phone of [iphone, android]) await send(phone, { value: 'gatekeeperd' });
    await add('names', ['type,value,platform', 'process:name,gatekeeperd,iOS']);
    await work();
    expect((await findings(iphone)).map(({ value }) => value)).toEqual(['gatekeeperd']);
    expect(await findings(android)).toEqual([]);
  });

  it('never makes a trace of an indicator of low weight, nor a finding of what many phones hold', async () => {
    const yaml = '- name: Watcher\n  type: watchware\n  packages:\n  - com.example.watch\n';
    const phones: string[] = [];
    for (let i = 0; i < 55; i++) phones.push(await bench.phone(ids.mara));
    for (const phone of phones) await send(phone, { kind: 'host', value: 'everyone.example.org', evidence: 'visited' });
    await send(phones[0] ?? '', { kind: 'app', value: 'com.example.watch', evidence: 'present', installed: true });
    const bytes = new TextEncoder().encode(yaml);
    await bench.call(ivo(), 'POST', 'indicators?name=watch&file=ioc.yaml', bytes);
    await add('wide', ['everyone.example.org']);
    await work();
    const own = await findings(phones[0] ?? '');
    expect(own.map(({ verdict, value }) => [verdict, value])).toEqual([['unusual', 'com.example.watch']]);
    const { items }: IndicatorSetList = (await bench.call(ivo(), 'GET', 'indicators')).body;
    const hunt = items.find(({ name }) => name === 'wide')?.versions[0]?.hunt;
    expect(hunt).toMatchObject({ found: 0, common: ['domain-name everyone.example.org'] });
  });
});

describe('sets of indicators', () => {
  it('have versions that differ by what came and went; the same file makes none', async () => {
    const first = await add('versions', ['a.example.org', 'b.example.org', 'nonsense words here']);
    const id: string = first.body.set.id;
    expect(first.body.set.versions[0]).toMatchObject({ indicators: 2, unsupportedCount: 1 });
    expect((await add('versions', ['b.example.org', 'a.example.org'])).body.isNew).toBe(false);
    const second = await add('versions', ['b.example.org', 'c.example.org']);
    expect(
      second.body.set.versions.map(({ added, removed }: { added: number; removed: number }) => [added, removed]),
    ).toEqual([
      [1, 1],
      [2, 0],
    ]);
    const row = (value: string) => ({ type: 'domain-name', value, collection: 'list.txt' });
    expect((await bench.call(ivo(), 'GET', `indicators/${id}/diff`)).body).toEqual({
      from: 1,
      to: 2,
      addedCount: 1,
      removedCount: 1,
      added: [row('c.example.org')],
      removed: [row('a.example.org')],
    });
    expect((await bench.call(ivo(), 'GET', `indicators/${id}/diff?from=0&to=99`)).body).toMatchObject({
      from: 0,
      to: 2,
      addedCount: 2,
      removedCount: 0,
    });
    expect((await bench.call(ivo(), 'DELETE', `indicators/${id}`)).status).toBe(204);
    expect((await bench.call(ivo(), 'DELETE', `indicators/${id}`)).body.code).toBe('indicators-unknown');
    expect((await bench.call(ivo(), 'GET', `indicators/${id}/diff`)).status).toBe(404);
  });

  it('refuse what is no list, empty, or of another privacy', async () => {
    const bytes = new TextEncoder().encode('x.example.org');
    const codes = [
      await bench.call(ivo(), 'POST', 'indicators?name=x&file=photo.png', bytes),
      await bench.call(ivo(), 'POST', 'indicators?name=x&file=a.txt', new TextEncoder().encode('# none\n')),
      await bench.call(ivo(), 'POST', 'indicators?name=x&file=a.json', bytes),
      await bench.call(ivo(), 'POST', 'indicators?name=%20&file=a.txt', bytes),
      await bench.call(ivo(), 'POST', 'indicators?name=feed&file=a.txt&private=true', bytes),
      await bench.call(ivo(), 'POST', 'indicators?name=x&file=a.txt', { list: [] }),
    ].map(({ status, body }) => [status, body.code]);
    expect(codes).toEqual([
      [400, 'indicators-file'],
      [400, 'indicators-empty'],
      [400, 'stix-json'],
      [400, 'FST_ERR_VALIDATION'],
      [409, 'indicators-private'],
      [415, 'body-bytes'],
    ]);
  });

  it('are public without what is private or restricted, as bundles that read back the same', async () => {
    await add('secret', ['private.example.org'], '&private=true');
    const bundle = {
      type: 'bundle',
      objects: [
        { type: 'malware', id: 'malware--1', name: "It's a \\ family" },
        {
          type: 'indicator',
          id: 'indicator--1',
          pattern: "[url:value='https://x.example.org/?q=it\\'s']",
          object_marking_refs: ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da'],
        },
        {
          type: 'indicator',
          id: 'indicator--2',
          pattern: `[file:hashes.'SHA-256'='${'ab'.repeat(32)}']`,
          confidence: 80,
        },
        {
          type: 'indicator',
          id: 'indicator--3',
          pattern: "[domain-name:value='amber.example.org']",
          object_marking_refs: ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82'],
        },
        { type: 'relationship', id: 'r--1', source_ref: 'indicator--1', target_ref: 'malware--1' },
      ],
    };
    await bench.call(
      ivo(),
      'POST',
      'indicators?name=stix&file=a.stix2',
      new TextEncoder().encode(JSON.stringify(bundle)),
    );
    const page = await bench.call({ kind: 'anonymous' }, 'GET', 'indicators/public');
    const { sets }: PublicIndicators = page.body;
    expect(sets.map(({ name }) => name)).toEqual(['feed', 'mail', 'names', 'stix', 'watch', 'wide']);
    expect(JSON.stringify(sets)).not.toMatch(/private\.example|amber\.example/);
    const read = (name: string) =>
      parseStixBundle(new TextEncoder().encode(JSON.stringify(sets.find((set) => set.name === name)?.bundle)))
        .indicators;
    expect(read('stix')).toMatchObject([
      { key: 'url', value: "https://x.example.org/?q=it's", collection: "It's a \\ family" },
      { key: 'file:hash', value: 'ab'.repeat(32), confidence: 80 },
    ]);
    expect(read('names')).toMatchObject([{ value: 'gatekeeperd', platform: 'ios' }]);
    expect(read('watch')).toMatchObject([{ key: 'app:id', value: 'com.example.watch', weight: 'low' }]);

    const etag = String(page.headers['etag']);
    const again = await bench.app.inject({ url: '/api/v1/indicators/public', headers: { 'if-none-match': etag } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    await add('feed', ['another.example.org']);
    const later = await bench.app.inject({ url: '/api/v1/indicators/public', headers: { 'if-none-match': etag } });
    expect([later.statusCode, later.headers['etag'] === etag]).toEqual([200, false]);
  });
});
