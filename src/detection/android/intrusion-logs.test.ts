import { describe, expect, it } from 'vitest';
import { memoryTree, type TimelineEvent } from '../../evidence/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

/** A line of the exported logs, times as there: network in milliseconds, security in nanoseconds. */
const line = (value: unknown): string => JSON.stringify(value);
const security = (tag: string, fields: unknown, id = 1): string =>
  `{"security_event":{"event_id":${id},"event_time":1700000002000000000,"${tag}":${JSON.stringify(fields)}}}`;

const DNS = line({
  dns_event: {
    event_time: 1_700_000_000_000,
    hostname: 'x.bad.example.org',
    package_name: 'com.example.app',
    ip_addresses: ['/198.51.100.1'],
  },
});
const CONNECT = line({
  connect_event: { event_time: 1_700_000_001_000, ip_address: 'a.example/5.6.7.8', port: 443, package_name: 'com.a.b' },
});

async function run(files: Readonly<Record<string, string>>, ...pairs: readonly (readonly [IndicatorKey, string])[]) {
  const list = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  const index = compileIndicators([{ source: 'test', bundle: { unsupported: [], indicators: list } }]);
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  const events: TimelineEvent[] = [];
  const result = await examine([memoryTree('logs', new Map(bytes))], index, {
    passwords: [],
    level: 'quick',
    nowMs: 0,
    progress() {},
    event: (event) => events.push(event),
  });
  if ('unknown' in result) throw new Error('not recognised');
  const told = result.findings
    .filter(({ artefact }) => artefact === 'intrusion-logs')
    .map(({ level, verdict, evidence, value }) => `${level} ${verdict} ${evidence} ${value}`);
  return { rows: result.examined.filter(({ artefact }) => artefact === 'intrusion-logs'), told, events, result };
}

describe('intrusion logs', () => {
  it('reads network and security events, and says which kinds it does not know', async () => {
    const text = [
      DNS,
      CONNECT,
      security('app_process_start', { process: 'com.example.app' }),
      security('future_event', {}, 2),
    ];
    const { rows, events, result } = await run({ 'a.txt': text.join('\n') });
    expect(result.sources).toMatchObject([{ kind: 'android-logs' }]);
    expect(rows).toEqual([
      {
        artefact: 'intrusion-logs',
        path: 'a.txt',
        records: 4,
        status: 'unreadable',
        why: 'read in part: events of kinds that are not known: future_event (1)',
      },
    ]);
    expect(events.map(({ atMs, what }) => [atMs, what])).toEqual([
      [1_700_000_000_000, 'name looked up'],
      [1_700_000_001_000, 'connection'],
      [1_700_000_002_000, 'app process start'],
      [1_700_000_002_000, 'future event'],
    ]);
    expect((await run({ 'b.txt': '{"future_event":{"event_time":1700000000000}}' })).rows).toMatchObject([
      { records: 1, why: expect.stringContaining('future_event (1)') },
    ]);
  });

  it('counts an event that stands in two daily files once, in any order of its fields', async () => {
    const turned = DNS.replace('"event_time":1700000000000,', '').replace(']}}', '],"event_time":1700000000000}}');
    const { rows } = await run({
      'a.txt': `${DNS}\n${CONNECT}`,
      'b.txt': `${turned}\n${CONNECT}\n${DNS.replace('x.bad', 'y')}`,
    });
    expect(rows.map(({ records }) => records)).toEqual([2, 1]);
  });

  it('matches hosts, addresses, apps, words of commands and paths', async () => {
    const host = await run({ 'a.txt': DNS }, ['domain-name', 'bad.example.org'], ['ip-addr', '198.51.100.1']);
    expect(host.told).toEqual(['high unusual visited x.bad.example.org', 'high unusual visited 198.51.100.1']);
    const command = security('adb_shell_cmd', {
      command: 'am start -n com.malware.blah/.Main; sh /data/local/tmp/l/x',
    });
    const shell = await run({ 'a.txt': command }, ['app:id', 'com.malware.blah'], ['file:path', '/data/local/tmp/l']);
    // MVT compares the command as a whole with app ids, which are never equal.
    expect(shell.told).toEqual([
      'critical unusual present com.malware.blah',
      'high unusual present /data/local/tmp/l/x',
    ]);
    const start = security('app_process_start', { process: 'com.a:svc.bad:0' });
    expect((await run({ 'a.txt': start }, ['app:id', 'svc.bad'])).told).toEqual([
      'critical trace executed com.a:svc.bad:0',
    ]);
    const loopback = DNS.replace('198.51.100.1', '127.0.0.1');
    expect((await run({ 'a.txt': loopback }, ['ip-addr', '127.0.0.1'])).told).toEqual([]);
  });

  it.each([
    [
      'cert_authority_installed',
      { subject: 'CN=Root', success: true },
      ['medium unusual structure cert_authority_installed CN=Root'],
    ],
    ['cert_authority_installed', { subject: 'CN=Root' }, ['medium unusual structure cert_authority_installed CN=Root']],
    ['cert_authority_installed', { subject: 'CN=Root', success: false }, []],
    ['cert_authority_installed', { subject: 'CN=Root', success: 0 }, []],
    ['cert_validation_failure', 'chain validation failed', ['medium unusual structure cert_validation_failure']],
    ['key_integrity_violation', { key_id: 'k1' }, ['medium unusual structure key_integrity_violation']],
    ['wipe_failure', { reason: 'x' }, ['medium unusual structure wipe_failure']],
    ['crypto_self_test_completed', { success: false }, ['medium unusual structure crypto_self_test_completed']],
    ['crypto_self_test_completed', 0, ['medium unusual structure crypto_self_test_completed']],
    ['crypto_self_test_completed', 1, []],
    ['key_generated', { success: false, key_id: 'PinStorage_crossReboot_key', uid: 1001 }, []],
    ['os_startup', { verified_boot_state: 'green' }, []],
    ['os_startup', { verified_boot_state: 'orange' }, ['medium weakness structure os_startup']],
    ['keyguard_dismissed', {}, []],
  ])('judges %s %j without indicators', async (tag, fields, expected) => {
    expect((await run({ 'a.txt': security(tag, fields) })).told).toEqual(expected);
  });

  it('reads usage logs of the Android Management API as the same events', async () => {
    const batch = {
      device: 'enterprises/e/devices/d',
      retrievalTime: '2026-01-01T00:00:00Z',
      usageLogEvents: [
        {
          eventId: '1',
          eventTime: '2026-01-01T00:00:00Z',
          eventType: 'DNS',
          dnsEvent: { hostname: 'x.bad.example.org', ipAddresses: ['198.51.100.1'], packageName: 'com.a' },
        },
        {
          eventId: '2',
          eventTime: '2026-01-01T00:00:01Z',
          eventType: 'APP_PROCESS_START',
          appProcessStartEvent: {
            processInfo: {
              processName: 'com.b',
              packageNames: ['com.b'],
              apkSha256Hash: 'VwzXa79JzxLg8ss0e2in37zyFREtXpsz4bp+jWYmG9vm',
              uid: 10,
            },
          },
        },
        {
          eventId: '3',
          eventTime: '2026-01-01T00:00:02Z',
          eventType: 'CERT_AUTHORITY_INSTALLED',
          certAuthorityInstalledEvent: { certificate: 'CN=Root', success: true },
        },
        {
          eventId: '4',
          eventTime: '2026-01-01T00:00:03Z',
          eventType: 'FILE_PUSHED',
          filePushedEvent: { filePath: '/data/local/tmp/l/x' },
        },
      ],
    };
    const pairs = [
      ['domain-name', 'bad.example.org'],
      ['app:id', 'com.b'],
      ['file:path', '/data/local/tmp/l/'],
    ] as const;
    for (const text of [JSON.stringify(batch), JSON.stringify(batch, null, 2), JSON.stringify([batch])]) {
      const { rows, told } = await run({ 'usage.json': text }, ...pairs);
      expect(rows).toMatchObject([{ records: 4, status: 'examined' }]);
      expect(told).toEqual([
        'critical trace executed com.b',
        'critical trace executed com.b',
        // An app of the same family ran: the file beside it is a trace, too.
        'high trace present /data/local/tmp/l/x',
        'high unusual visited x.bad.example.org',
        'medium unusual structure cert_authority_installed CN=Root',
      ]);
    }
  });
});
