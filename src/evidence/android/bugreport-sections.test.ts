import { describe, expect, it } from 'vitest';
import { mounts } from './mounts.ts';
import { running } from './running.ts';
import { settings } from './settings.ts';
import { androidFiles, readAll } from './testing.ts';

const PS = `LABEL                          USER           PID   TID   PPID      VSZ    RSS WCHAN            ADDR S  PRI NI RTPRIO SCH PCY     TIME CMD
u:r:init:s0                    root             1     1      0 10853276  11800 do_epoll_wait       0 S   19   0      -   0  fg 00:00:09 init
u:r:kernel:s0                  root             2     2      0        0      0 kthreadd            0 S   19   0      -   0  fg 00:00:00 [kthreadd]
u:r:gatekeeperd:s0             system         900   900      1    10000   1000 0                   0 S   19   0      -   0  fg 00:00:00 gatekeeperd
u:r:untrusted_app:s0:c1,c2     u0_a123       5000  5000    878    10000   1000 0                   0 S   19   0      -   0  fg 00:00:01 m.example.notes
u:r:untrusted_app:s0:c1,c2     u0_a123       5000  5001    878    10000   1000 0                   0 S   19   0      -   0  fg 00:00:01 pool-3-thread-1
`;
const NEW_PS = `LABEL                          USER           PID   TID   PPID      VSZ    RSS WCHAN            STAT RTPRIO SCHED COMM             TIME NL
u:r:system_server:s0           system          1486  1486   878   25324084 378416 0                   S    19   0 system_server    00:11:33  1
u:r:system_server:s0           system          1486  4292   878   25324084 378416 0                   R    19   0 binder:1486_11   00:00:17  1
`;
const TOP = `Threads: 5755 total,   4 running, 5751 sleeping,   0 stopped,   0 zombie
  Mem:    15433M total,    15089M used,      344M free,        2M buffers
  PID   TID USER         PR  NI[%CPU]S VIRT  RES PCY CMD             NAME
 5000  5001 u0_a123      12  -8 66.3 S  67G 534M  bg pool-3-thread-1 com.example.notes
 5000  5000 u0_a123      12  -8  1.3 S  67G 534M  bg m.example.notes com.example.notes
22559 22559 shell         0 -20 49.3 R  10G 8.7M  fg sh              /data/local/tmp/tool
`;
const report = (ps: string): string =>
  `== dumpstate: 2025-06-01 10:00:00\n------ CPU INFO (top -b -n 1 -H -s 6 -o pid,tid,user,pr,ni,%cpu,s,virt,res,pcy,cmd,name) ------\n${TOP}------ 0.5s was the duration of 'CPU INFO' ------\n------ PROCESSES AND THREADS (ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time) ------\n${ps}------ 0.5s was the duration of 'PROCESSES AND THREADS' ------\nevil 1 1 x\n`;

describe('processes of a bug report', () => {
  it('are the first threads, by the name that ps cuts and by the one that top tells', async () => {
    const { records, rows } = await readAll(running, await androidFiles({ 'dumpstate-x.txt': report(PS) }));
    expect(records.map(({ pid, name, user, label }) => [pid, name, user, label])).toEqual([
      [1, 'init', 'root', 'u:r:init:s0'],
      [2, 'kthreadd', 'root', 'u:r:kernel:s0'],
      [900, 'gatekeeperd', 'system', 'u:r:gatekeeperd:s0'],
      [5000, 'm.example.notes', 'u0_a123', 'u:r:untrusted_app:s0:c1,c2'],
      [5000, 'com.example.notes', 'u0_a123', ''],
      [22559, '/data/local/tmp/tool', 'shell', ''],
    ]);
    expect(rows.map(({ status, records: count }) => [status, count])).toEqual([
      ['examined', 4],
      ['examined', 2],
    ]);
  });

  it('are read in the columns of newer systems, whose name is not the last', async () => {
    const { records } = await readAll(running, await androidFiles({ 'dumpstate-x.txt': report(NEW_PS) }));
    expect(records.filter(({ label }) => label !== '').map(({ pid, ppid, name }) => [pid, ppid, name])).toEqual([
      [1486, 878, 'system_server'],
    ]);
  });

  it('are sighted as programs, as apps, and by path', async () => {
    const { sightings } = await readAll(running, await androidFiles({ 'dumpstate-x.txt': report(PS) }));
    const seen = sightings.map(
      ({ kind, value, evidence, uncut }) => `${evidence} ${kind} ${value}${uncut ? ' whole' : ''}`,
    );
    expect(seen).toEqual(
      expect.arrayContaining([
        'executed process gatekeeperd whole',
        'executed app com.example.notes',
        'executed path /data/local/tmp/tool',
      ]),
    );
    expect(seen.filter((text) => /evil|pool-3/.test(text))).toEqual([]);
  });
});

describe('settings of a bug report', () => {
  const fence = '-'.repeat(79);
  const text = `== dumpstate: 2025-06-01 10:00:00\n${fence}\nDUMP OF SERVICE settings:\nGLOBAL SETTINGS (user 0)\nversion: 212\n_id:14 name:package_verifier_enable pkg:android value:0 default:1 defaultSystemSet:true\n_id:20 name:device_name pkg:android value:Galaxy Z Flip6 default:Galaxy Z Flip6 defaultSystemSet:true\n_id:9 name:send_action_app_error pkg:android value:1 isValuePreservedInRestore:true\nHistorical operations\n2026-06-10 09:02:12 update adb_enabled\nSECURE SETTINGS (user 10)\n_id:2 name:accessibility_enabled pkg:android value:1\n_id:3 name:wear value: default: defaultSystemSet:true\n--------- 0.02s was the duration of dumpsys settings, ending at: 2025-06-01 10:00:01\n`;

  it('are read with their namespace and user, without what stands behind the value', async () => {
    const { records } = await readAll(settings, await androidFiles({ 'dumpstate-x.txt': text }));
    expect(records.map(({ namespace, name, value }) => `${namespace}: ${name}=${value}`)).toEqual([
      'global: package_verifier_enable=0',
      'global: device_name=Galaxy Z Flip6',
      'global: send_action_app_error=1',
      'secure of user 10: accessibility_enabled=1',
      'secure of user 10: wear=',
    ]);
  });
});

describe('mounts of a bug report', () => {
  const line = (options: string, point: string, system: string): string =>
    `36 35 254:6 / ${point} ${options} shared:12 master:1 - ext4 /dev/block/dm-6 ${system}\n`;

  it('are writable where mount and file system both are, and told once', async () => {
    const text =
      line('ro,noatime', '/vendor', 'rw,seclabel') +
      line('rw,relatime', '/product', 'rw') +
      line('rw', '/my\\040disk', 'ro');
    const files = { 'FS/proc/1/mountinfo': text, 'FS/proc/642/mountinfo': text, 'FS/proc/1/maps': text };
    const { records, rows } = await readAll(mounts, await androidFiles(files));
    expect(records.map(({ mountPoint, options }) => [mountPoint, options.includes('rw')])).toEqual([
      ['/vendor', false],
      ['/product', true],
      ['/my disk', false],
    ]);
    expect(rows.map(({ path, records: count }) => [path, count])).toEqual([
      ['FS/proc/1/mountinfo', 3],
      ['FS/proc/642/mountinfo', 0],
    ]);
  });
});
