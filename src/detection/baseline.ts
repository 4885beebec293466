import type { AdbRecord, DataUsageRecord, ProcessRecord, ProfileRecord, ShutdownRecord } from '../evidence/index.ts';
import type { Heuristic } from './heuristic.ts';

/** Programs of the system that used the network: those of apps have the app's bundle id beside them. */
export const baselineUsage: Heuristic<DataUsageRecord> = ({ baseline }) =>
  noting((record) => {
    const value = systemProgram(record);
    if (value !== undefined) baseline?.({ kind: 'network-program', value });
  });

/** Where apps lie, each in a folder of its own. */
const OF_AN_APP = /\/(?:containers\/Bundle\/Application|mobile\/Containers)\//;
const UUID = /[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}/g;

/** Programs of the system that ran when the sysdiagnose was made, by their path without the ids that change. */
export const baselineProcesses: Heuristic<ProcessRecord> = ({ baseline }) =>
  noting((record) => {
    if (record.kind !== 'process' || OF_AN_APP.test(record.command)) return;
    const [path = ''] = record.command.split(' -', 1);
    if (path.startsWith('/')) baseline?.({ kind: 'running-program', value: path.replace(UUID, '*') });
  });

export const baselineProfiles: Heuristic<ProfileRecord> = ({ baseline }) =>
  noting(({ identifier, uuid }) => baseline?.({ kind: 'profile', value: identifier || uuid }));

export const baselineShutdowns: Heuristic<ShutdownRecord> = ({ baseline }) =>
  noting((record) => {
    if (record.kind !== 'shutdown' || record.atMs === undefined) return;
    if (record.atMs > 0 && record.atMs < MAX_TIME_MS)
      baseline?.({ kind: 'shutdown', value: new Date(record.atMs).toISOString() });
  });

/** Without the computer that collected the evidence. */
export const baselineAdbKeys: Heuristic<AdbRecord> = ({ baseline }) => {
  const keys = new Set<string>();
  const hosts = new Set<string>();
  return {
    record(record) {
      if (record.kind === 'host') hosts.add(record.fingerprint);
      else if (record.kind === 'key' && record.fingerprint !== '') keys.add(record.fingerprint);
    },
    end() {
      for (const key of keys) if (!hosts.has(key)) baseline?.({ kind: 'adb-key', value: key });
      return [];
    },
  };
};

const MAX_TIME_MS = Date.UTC(9999, 0, 1);

/** The name of a program that used the network and belongs to no app; undefined for others. "daemon/bundle": the daemon worked for the bundle. */
export function systemProgram(record: DataUsageRecord): string | undefined {
  if (record.kind !== 'usage') return undefined;
  const { process, bundleId } = record;
  const slash = process.indexOf('/');
  const [name, worksFor] = slash > 0 ? [process.slice(0, slash), process.slice(slash + 1)] : [process, ''];
  return name !== '' && isOfSystem(bundleId) && isOfSystem(worksFor) ? name : undefined;
}

/** Whether a bundle id is none of an app. Ids of bundles have dots; without one it is no id but a name that the phone repeats. */
function isOfSystem(bundleId: string): boolean {
  return !bundleId.includes('.') || bundleId.startsWith('com.apple.');
}

function noting<R>(record: (record: R) => void): ReturnType<Heuristic<R>> {
  return { record, end: () => [] };
}
