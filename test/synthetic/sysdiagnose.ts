import { gzipSync } from 'node:zlib';
import { concatBytes, utf8Bytes } from '../../src/base/index.ts';
import { databaseBytes } from '../../src/evidence/ios/testing.ts';
import { paxRecord, tarPart } from '../../src/formats/tar/testing.ts';
import { makeTracev3, makeUuidText } from '../../src/formats/tracev3/testing.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { inZone } from './layout.ts';
import type { SysdiagnoseLife } from './lives.data.ts';
import { PLANTED } from './planted.data.ts';
import { seeded } from './random.ts';
import { serviceLogFiles } from './sysdiagnose-logs.ts';
import { type PlantedProcess, processFiles } from './sysdiagnose-processes.ts';
import { stateFiles } from './sysdiagnose-state.ts';

/** Traces that can stand in a generated sysdiagnose, by the file they stand in. */
export type SysdiagnosePlant =
  | 'shutdown-client'
  | 'shutdown-staging'
  | 'shutdown-delays'
  | 'process'
  | 'hidden-process'
  | 'crash'
  | 'low-memory'
  | 'crash-listed'
  | 'permission'
  | 'install'
  | 'sideloaded'
  | 'pairing'
  | 'lost-shutdowns'
  | 'log-statistics'
  | 'log-statistics-text'
  | 'unified-log'
  | 'loaded-binary'
  | 'profile'
  | 'profile-event'
  | 'setting'
  | 'network-extension'
  | 'store-app'
  | 'power-process'
  | 'associated-app';

export interface SysdiagnoseOptions {
  readonly seed?: number;
  readonly plants?: readonly SysdiagnosePlant[];
  readonly osVersion?: string;
  readonly build?: string;
  /** Zone that the phone keeps its logs in; +0200 where nothing is said. */
  readonly zoneMinutes?: number;
  readonly life?: SysdiagnoseLife;
}

/** When the generated archives are made: 2025-06-01 10:00:00 +0200. */
export const MADE_AT_MS = Date.UTC(2025, 5, 1, 8);
const STAGING = '/private/var/db/com.apple.xpc.roleaccountd.staging';

/** Name of the folder as the phone gives it. */
export function sysdiagnoseName({ build = '22F76', zoneMinutes = 120 }: SysdiagnoseOptions = {}): string {
  return inZone(`sysdiagnose_2025.06.01_10-00-00+0200_iPhone-OS_iPhone_${build}`, zoneMinutes);
}

/** Files of a generated sysdiagnose by their path below its folder; look-alikes of every trace are always among them. */
export function makeSysdiagnose(options: SysdiagnoseOptions = {}): Map<string, Uint8Array> {
  const { seed = 1, plants = [], osVersion = '18.5', build = '22F76', zoneMinutes = 120, life = 'ordinary' } = options;
  const random = seeded(seed);
  const has = (plant: SysdiagnosePlant): boolean => plants.includes(plant);
  const texts = new Map<string, string>([
    ['sysdiagnose.log', `2025-06-01 10:00:00 sysdiagnose: output ${sysdiagnoseName(options)}.tar.gz\n`],
    ['system_logs.logarchive/Extra/shutdown.log', shutdownText(has, random, life)],
    ['system_logs.logarchive/Extra/shutdown.0.log', shutdownBlock(MADE_AT_MS - 40 * DAY_MS, [[0.5, HEALTHY_CLIENTS]])],
    ['logs/SystemVersion/SystemVersion.plist', systemVersion(osVersion, build)],
    ['summaries/crashes_and_spins.log', crashList(has)],
    ...serviceLogFiles(has, MADE_AT_MS, zoneMinutes, life),
    ...crashReports(has, osVersion, build),
    ...processFiles(plantedProcesses(has)),
  ]);
  const files = new Map<string, Uint8Array>(
    [...texts].map(([path, text]) => [path, utf8Bytes(inZone(text, zoneMinutes))]),
  );
  for (const [path, bytes] of stateFiles(has, MADE_AT_MS, life)) files.set(path, bytes);
  files.set('logs/Accessibility/TCC.db', permissions(has));
  for (const [path, bytes] of unifiedLog(has)) files.set(path, bytes);
  return files;
}

/** Packs files as the phone does. */
export function packSysdiagnose(files: ReadonlyMap<string, Uint8Array>, name = sysdiagnoseName()): Uint8Array {
  const parts = [...files].flatMap(([path, bytes]) => [
    tarPart('long name', 'x', paxRecord('path', `${name}/${path}`)),
    tarPart(path.slice(0, 90), '0', bytes),
  ]);
  return new Uint8Array(gzipSync(concatBytes([tarPart(`${name}/`, '5'), ...parts, new Uint8Array(1024)])));
}

/** A file of the unified log, and what tells the paths of the programs that wrote to it. */
function unifiedLog(has: Has): (readonly [string, Uint8Array])[] {
  const planted = has('unified-log') ? `/usr/libexec/${PLANTED.process}` : `/usr/libexec/${PLANTED.process}helper`;
  const programs = ['/usr/libexec/locationd', '/sbin/launchd', planted];
  const processes = programs.map((_, i) => ({ uuid: `${i}F`.repeat(16), pid: 71 + i, loaded: i, subsystems: 2 * i }));
  return [
    ['system_logs.logarchive/Persist/0000000000000001.tracev3', makeTracev3(processes.slice(0, 2), processes)],
    ...programs.map((path, i): [string, Uint8Array] => [
      `system_logs.logarchive/${i}F/${`${i}F`.repeat(15)}`,
      makeUuidText(path),
    ]),
  ];
}

const DAY_MS = 86_400_000;
const HEALTHY_CLIENTS = ['/usr/libexec/nfcd', '/usr/sbin/filecoordinationd', '/kernel'];

type Has = (plant: SysdiagnosePlant) => boolean;

function shutdownText(has: Has, random: () => number, life: SysdiagnoseLife): string {
  let text = '';
  if (has('lost-shutdowns')) return text;
  for (let days = 30; days > 0; days -= 5) {
    text += shutdownBlock(MADE_AT_MS - days * DAY_MS - Math.floor(random() * 3_600_000), [[0.63, HEALTHY_CLIENTS]]);
  }
  if (has('shutdown-client')) {
    text += shutdownBlock(MADE_AT_MS - 4 * DAY_MS, [[1.26, [`/usr/libexec/${PLANTED.process}`]]]);
  }
  if (has('shutdown-staging')) {
    text += shutdownBlock(MADE_AT_MS - 3 * DAY_MS, [[1.26, [`${STAGING}/com.apple.WebKit.Networking`]]]);
  }
  if (has('shutdown-delays') || life === 'tired') {
    const rounds = [1, 2, 3, 4, 5].map((seconds): [number, string[]] => [seconds, ['/usr/libexec/locationd']]);
    text += shutdownBlock(MADE_AT_MS - 2 * DAY_MS, rounds);
  }
  return text;
}

function shutdownBlock(atMs: number, rounds: readonly (readonly [number, readonly string[]])[]): string {
  const lines = rounds.flatMap(([seconds, clients]) => [
    `After ${seconds}s, these clients are still here:`,
    ...clients.map(
      (client, i) => `\t\tremaining client pid: ${70 + i} (${client}/12345678-1234-1234-1234-123456789ABC)`,
    ),
  ]);
  return `${lines.join('\n')}\nSIGTERM: [${Math.floor(atMs / 1000)}] All buffers flushed\n`;
}

function systemVersion(version: string, build: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>ProductBuildVersion</key><string>${build}</string><key>ProductName</key><string>iPhone OS</string>
<key>ProductVersion</key><string>${version}</string></dict></plist>`;
}

function crashReports(has: Has, osVersion: string, build: string): [string, string][] {
  const header = (type: string, name: string): string =>
    JSON.stringify({
      app_name: name,
      timestamp: '2025-05-20 11:00:00.00 +0200',
      bug_type: type,
      os_version: `iPhone OS ${osVersion} (${build})`,
      incident_id: 'A-1',
    });
  const crash = (name: string): string => {
    const body = {
      procName: name,
      procPath: `/usr/libexec/${name}`,
      pid: 401,
      captureTime: '2025-05-20 10:59:58.1 +0200',
    };
    return `${header('309', name)}\n${JSON.stringify(body)}`;
  };
  const jetsam = ['SpringBoard', 'locationd', 'rolexecd2', ...(has('low-memory') ? [PLANTED.process] : [])];
  const processes = jetsam.map((name, i) => ({ name, pid: 100 + i }));
  return [
    ['crashes_and_spins/Music-2025-05-20-110000.ips', crash('Music')],
    [
      'crashes_and_spins/JetsamEvent-2025-05-21-110000.ips',
      `${header('298', 'JetsamEvent')}\n${JSON.stringify({ processes })}`,
    ],
    ...(has('crash')
      ? ([[`crashes_and_spins/${PLANTED.process}-2025-05-22-110000.ips`, crash(PLANTED.process)]] as [string, string][])
      : []),
  ];
}

function crashList(has: Has): string {
  const path = '/private/var/mobile/Library/Logs/CrashReporter';
  const names = ['Music', 'rolexecd2', ...(has('crash-listed') ? [PLANTED.process] : [])];
  return names.map((name) => `Jun 01 10:00:00 : ${path}/${name}-2025-04-02-091500.ips\n`).join('');
}

function permissions(has: Has): Uint8Array {
  return databaseBytes((database) => {
    database.exec(IOS_TABLES.tcc);
    const insert = database.prepare(
      'INSERT INTO access (service, client, client_type, auth_value, auth_reason, auth_version, last_modified) VALUES (?, ?, 0, 2, 2, 1, ?)',
    );
    const clients = ['com.apple.camera', 'com.example.listener2', ...(has('permission') ? [PLANTED.permission] : [])];
    for (const client of clients) insert.run('kTCCServiceMicrophone', client, MADE_AT_MS / 1000 - 86_400);
  });
}

function plantedProcesses(has: Has): PlantedProcess[] {
  const planted: PlantedProcess[] = [];
  if (has('process')) planted.push({ name: PLANTED.process, path: `/usr/libexec/${PLANTED.process}`, hiddenFrom: [] });
  if (has('hidden-process')) {
    planted.push({ name: 'helperd', path: '/usr/libexec/helperd', hiddenFrom: ['ps', 'ps-thread'] });
  }
  return planted;
}
