import { describe, expect, it } from 'vitest';
import { memoryTree } from '../../evidence/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const NOW_MS = Date.UTC(2024, 5, 1);

/** "level verdict value" of what is told about an artefact. */
async function told(
  artefact: string,
  files: Readonly<Record<string, string>>,
  ...pairs: (readonly [IndicatorKey, string])[]
) {
  const list = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  const index = compileIndicators([{ source: 'test', bundle: { unsupported: [], indicators: list } }]);
  const bytes = Object.entries({ 'getprop.txt': '[ro.a]: [b]\n', ...files }).map(
    ([path, text]) => [path, new TextEncoder().encode(text)] as const,
  );
  const result = await examine([memoryTree('qf', new Map(bytes))], index, {
    passwords: [],
    level: 'quick',
    nowMs: NOW_MS,
    progress() {},
  });
  if ('unknown' in result) throw new Error('not recognised');
  return result.findings
    .filter((finding) => finding.artefact === artefact)
    .map(({ level, verdict, value }) => `${level} ${verdict} ${value}`);
}

const dump = (service: string, text: string) => ({
  'dumpsys.txt': `${'-'.repeat(79)}\nDUMP OF SERVICE ${service}:\n${text}\n${'-'.repeat(79)}\n`,
});
const json = (name: string, value: unknown) => ({ [name]: JSON.stringify(value) });

describe('accessibility', () => {
  const services = (enabled: string) =>
    dump('accessibility', `User state[\n     Enabled services:{${enabled}}\n     Binding services:{}`);
  it('tells an unknown service as unusual, a password manager as a weakness, one that is merely installed not at all', async () => {
    expect(await told('accessibility', services('{com.evil.app/.Svc}, {com.x8bit.bitwarden/.Fill}'))).toEqual([
      'medium unusual com.evil.app',
      'low weakness com.x8bit.bitwarden',
    ]);
    expect(await told('accessibility', services(''))).toEqual([]);
    // MVT tells each of these at MEDIUM; none of them can do anything.
    const installed = dump(
      'accessibility',
      '  installed services: {\n    0 : com.evil.app/.Svc\n  }\n  enabled services: {\n  }',
    );
    expect(await told('accessibility', installed)).toEqual([]);
  });
});

describe('appops', () => {
  const ops = (app: string, op: string) =>
    dump('appops', `Current AppOps Service state:\n  Uid u0a1:\n    state=cch\n    Package ${app}:\n${op}`);
  const used = '          Access: [fg-s] 2024-05-01 10:00:00.000 (-1d)';
  it('tells the right to install by its use, and what the shell took', async () => {
    expect(await told('appops', ops('com.a', `      REQUEST_INSTALL_PACKAGES (allow):\n${used}`))).toEqual([
      'medium weakness com.a',
    ]);
    expect(
      await told('appops', ops('com.android.vending', `      REQUEST_INSTALL_PACKAGES (allow):\n${used}`)),
    ).toEqual(['low weakness com.android.vending']);
    expect(await told('appops', ops('com.a', '      REQUEST_INSTALL_PACKAGES (allow):'))).toEqual([
      'low weakness com.a',
    ]);
    expect(await told('appops', ops('com.a', '      REQUEST_INSTALL_PACKAGES (default):'))).toEqual([]);
    expect(
      await told('appops', ops('com.android.shell', `      RECORD_AUDIO (allow):\n        null=[\n${used}\n        ]`)),
    ).toEqual(['medium unusual com.android.shell RECORD_AUDIO']);
    expect(await told('appops', ops('com.android.shell', `      WAKE_LOCK (allow):\n${used}`))).toEqual([]);
  });
});

describe('battery-daily', () => {
  const day = (date: string, ...updates: string[]) =>
    `  Daily from ${date}-00-00-00 to ${date}-23-00-00:\n    Package changes:\n${updates.map((u) => `      Update ${u}`).join('\n')}\n`;
  it('judges by date, whatever the order of the file', async () => {
    const newestFirst = dump(
      'batterystats',
      `Daily stats:\n${day('2024-01-10', 'com.a vers=101')}${day('2024-01-05', 'com.a vers=102')}`,
    );
    expect(await told('battery-daily', newestFirst)).toEqual(['medium unusual com.a']);
    const update = dump(
      'batterystats',
      `Daily stats:\n${day('2024-01-10', 'com.a vers=102')}${day('2024-01-05', 'com.a vers=101')}`,
    );
    expect(await told('battery-daily', update)).toEqual([]);
  });
  it('tells a removal as a weakness, where MVT says MEDIUM, and no installation after it as a downgrade', async () => {
    const again = dump(
      'batterystats',
      `Daily stats:\n${day('2024-01-05', 'com.a vers=9')}${day('2024-01-06', 'com.a vers=0')}${day('2024-01-07', 'com.a vers=5')}`,
    );
    expect(await told('battery-daily', again)).toEqual(['low weakness com.a']);
  });
});

describe('getprop', () => {
  it('tells patches older than six months, and an unverified start', async () => {
    const props = (text: string) => told('getprop', { 'getprop.txt': text });
    expect(await props('[ro.build.version.security_patch]: [2023-11-01]\n')).toEqual([
      'medium weakness ro.build.version.security_patch = 2023-11-01',
    ]);
    expect(await props('[ro.build.version.security_patch]: [2024-01-01]\n')).toEqual([]);
    expect(
      await props(
        '[ro.build.version.security_patch]: [soon]\n[ro.boot.verifiedbootstate]: [green]\n[ro.secure]: [1]\n',
      ),
    ).toEqual([]);
    expect(await props('[ro.boot.verifiedbootstate]: [orange]\n')).toEqual([
      'medium weakness ro.boot.verifiedbootstate = orange',
    ]);
  });
});

describe('apps', () => {
  const app = (name: string, installer: string, more = {}) => ({
    name,
    installer,
    system: false,
    disabled: false,
    files: [],
    ...more,
  });
  it('tells where an app came from, root apps, and guards that are off', async () => {
    const list = [
      app('com.store', 'com.android.vending'),
      app('com.cable', 'null'),
      app('com.maker', 'null', { system: true }),
      app('com.file', 'com.google.android.packageinstaller'),
      app('org.free', 'org.fdroid.fdroid'),
      app('com.topjohnwu.magisk', 'null'),
      app('com.wssyncmldm', 'com.android.vending', { system: true, disabled: true }),
      app('com.other', 'com.android.vending', { disabled: true }),
    ];
    expect(await told('qf-packages', json('packages.json', list))).toEqual([
      'medium weakness com.cable',
      'medium weakness com.file',
      'medium weakness com.topjohnwu.magisk',
      'medium weakness com.wssyncmldm',
      'info weakness org.free',
    ]);
  });
  it('tells a root app once, and none that was removed', async () => {
    const block = (user: string) =>
      dump(
        'package',
        `Packages:\n  Package [com.topjohnwu.magisk] (1):\n    appId=10001\n    User 0: ceDataInode=1 installed=${user} hidden=false\n`,
      );
    expect(await told('packages', block('true'))).toEqual(['medium weakness com.topjohnwu.magisk']);
    expect(await told('packages', block('false'))).toEqual([]);
  });
});

describe('collections', () => {
  const file = (path: string, mode = '-rw-r--r--') => ({ path, mode, user_id: 0, modified_time: 1_700_000_000 });
  it('tells files where exploits leave theirs, but not those of the collector, with or without indicators', async () => {
    const list = [
      file('/data/local/tmp/x'),
      file('/data/local/tmp/collector'),
      file('/data/local/tmp/scrcpy-server.jar'),
      file('/data/local/tmp/scrcpy-serverd'),
      file('/data/local/tmpx'),
      file('/sdcard/a'),
      file('/data/adb/su', '-rwsr-xr-x'),
      file('/system/bin/run-as', '-rwsr-x---'),
    ];
    const expected = [
      'high unusual /data/local/tmp/x',
      'high unusual /data/local/tmp/scrcpy-serverd',
      'high unusual /data/adb/su',
      'medium weakness /data/local/tmp/scrcpy-server.jar',
    ];
    expect(await told('qf-files', json('files.json', list))).toEqual(expected);
    expect(await told('qf-files', { 'files.json': list.map((item) => JSON.stringify(item)).join('\n') })).toEqual(
      expected,
    );
  });
  it('reads mounts in both spellings and compares them as whole paths', async () => {
    const lines = [
      '/dev/block/dm-1 on /system type ext4 (rw,seclabel)',
      '/dev/block/dm-2 /vendor ext4 rw,relatime 0 0',
      '/dev/block/dm-3 on /product_services type ext4 (rw)',
      '/dev/block/dm-4 on /product type ext4 (ro,noatime)',
      '/dev/block/dm-5 on /data type f2fs (rw,noatime)',
    ];
    const expected = ['high unusual /system', 'high unusual /vendor'];
    expect(await told('qf-mounts', json('mounts.json', lines))).toEqual(expected);
    expect((await told('qf-mounts', json('mounts.json', lines.slice(0, 1)), ['file:path', '/system'])).length).toBe(2);
  });
  it('tells guards that are off, root programs, and keys beside that of the collecting computer', async () => {
    const settings = {
      'settings_global.txt':
        'package_verifier_enable=0\nverifier_verify_adb_installs=1\nother=0\naccessibility_enabled=0\n',
    };
    expect(await told('qf-settings', settings)).toEqual(['medium weakness package_verifier_enable = 0']);
    expect(await told('qf-root-binaries', json('root_binaries.json', ['/system/bin/su']))).toEqual([
      'high weakness /system/bin/su',
    ]);
    const key = (name: string) => btoa(name.repeat(30));
    const state = (...users: string[]) =>
      dump(
        'adb',
        `ADB MANAGER STATE (dumpsys adb):\n{\n  debugging_manager={\n    connected_to_adb=true\n    user_keys=${users.map((user) => `${key(user)} ${user}@pc`).join('\n')}\n\n  }\n}`,
      );
    expect(await told('adb', { ...state('a', 'b'), 'adb_host_key.pub': `${key('a')} a@pc` })).toEqual([
      'low weakness b@pc',
    ]);
    const acquisition = json('acquisition.json', { androidqf_version: '1', adb_host_public_key: `${key('b')} b@pc` });
    expect(await told('adb', { ...state('a', 'b'), ...acquisition })).toEqual(['low weakness a@pc']);
    expect(await told('adb', state('a', 'b'))).toEqual(['low weakness a@pc', 'low weakness b@pc']);
    expect(await told('adb', state('a'))).toEqual([]);
  });
  it('does not take gatekeeperd for a process that is known by that name', async () => {
    const ps = (name: string) => ({
      'processes.txt': `USER PID PPID VSZ RSS WCHAN ADDR S NAME\nroot 1 0 68696 2864 0 0 S init\nsystem 9 1 10 10 0 0 S ${name}\n`,
    });
    expect(await told('qf-processes', ps('gatekeeperd'), ['process:name', 'gatekeeperd'])).toEqual([]);
    expect(await told('qf-processes', ps('evild'), ['process:name', 'evild'])).toEqual(['critical trace evild']);
    const list = [
      { pid: 5, uid: 0, ppid: 1, filename: 'evild', path: '/data/local/tmp/evild', command_line: 'evild -d' },
    ];
    expect(await told('qf-processes', json('processes.json', list), ['file:path', '/data/local/tmp/evild'])).toEqual([
      'critical trace /data/local/tmp/evild',
    ]);
  });
});

describe('receivers', () => {
  it('match by the whole package, not by a part of the receiver’s name, at any indent', async () => {
    const text =
      'Receiver Resolver Table:\n               Non-Data Actions:\n      android.a.B:\n        1a com.android.phone/com.android.services.telephony.R\n        2b com.android.services/.R\n\n';
    expect(await told('receivers', dump('package', text), ['app:id', 'com.android.services'])).toEqual([
      'critical trace com.android.services',
    ]);
  });
});
