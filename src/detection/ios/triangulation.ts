import type {
  DataUsageRecord,
  LocationClientRecord,
  ManifestRecord,
  NetworkBaselineRecord,
} from '../../evidence/index.ts';
import type { Clue, CorrelationRule } from '../correlate.ts';
import type { Finding } from '../finding.ts';
import type { CheckContext, Heuristic } from '../heuristic.ts';

const RULE = 'operation-triangulation';
const WINDOW_MS = 5 * 60_000;
const ATTACHMENTS = 'Library/SMS/Attachments/';
/** "Library/SMS/Attachments/0f" and "…/0f/15": folders that iOS makes for an attachment and keeps when it is gone. */
const FOLDER_SLASHES = [3, 4];
const PROCESSES = new Set([
  'nehelper',
  'com.apple.WebKit.WebContent',
  'powerd/com.apple.datausage.diagnostics',
  'lockdownd/com.apple.datausage.security',
]);
const LOCATION_CLIENTS = new Set([
  'com.apple.locationd.bundle-/System/Library/LocationBundles/IonosphereHarvest.bundle',
  'com.apple.locationd.bundle-/System/Library/LocationBundles/WRMLinkSelection.bundle',
]);
const FILES = new Set([
  'RootDomain-Library/Preferences/com.apple.ImageIO.plist',
  'HomeDomain-Library/Preferences/com.apple.locationd.StatusBarIconManager.plist',
  'HomeDomain-Library/Preferences/com.apple.imservice.ids.FaceTime.plist',
]);
/** The implant's own name; the service of iOS is "BackupAgent2". */
const IMPLANT = 'BackupAgent';

/**
 * What an infection of Operation Triangulation leaves within five minutes (Kaspersky, "Find the Triangulation", June 2023): an attachment's
 * folder whose attachment is gone, then use of the network, of places and of settings by programs of the system that rarely have a reason.
 *
 * Any two of these count; a legitimate attachment in the same minutes makes them harmless. False alarm: a deleted message while the phone was
 * busy with one of these programs for its own reasons.
 */
export const triangulation: CorrelationRule = {
  id: RULE,
  windowMs: WINDOW_MS,
  maxClues: 10,
  classes: ['sms', 'net', 'location', 'file'],
  atLeast: 2,
  vetoes: ['attachment'],
  finding: (window) => ({
    level: 'high',
    verdict: 'unusual',
    value: [...new Set(window.map(({ subject }) => subject))].join(', '),
    explanation:
      'Within five minutes several things happened that together were seen on phones infected by Operation Triangulation, such as the folder of a message attachment that is gone. A deleted message at a busy moment can look the same: have the times compared by a specialist.',
  }),
};

const SILENT = (): readonly Finding[] => [];

/** Clues in the file list: folders of attachments that are gone, and settings that the implant touches. */
export const triangulationFiles: Heuristic<ManifestRecord> = ({ clue }) => ({
  record(record) {
    const { domain, relativePath, modifiedAtMs, statusChangedAtMs, bornAtMs } = record;
    if (clue === undefined) return;
    const common = {
      rule: RULE,
      artefact: 'manifest',
      path: 'Manifest.db',
      locator: relativePath,
      subject: relativePath,
    };
    const add = (name: string, atMs: number | undefined): void => {
      if (atMs !== undefined) clue({ ...common, class: name, atMs });
    };
    if (domain === 'MediaDomain' && relativePath.startsWith(ATTACHMENTS)) {
      const isFolder = FOLDER_SLASHES.includes(relativePath.split('/').length - 1);
      // Emptied in one go; a folder that changed at other times too has been in use.
      if (isFolder && Math.abs((modifiedAtMs ?? 0) - (statusChangedAtMs ?? Infinity)) <= WINDOW_MS)
        add('sms', modifiedAtMs);
      else if (isFolder) for (const atMs of [modifiedAtMs, statusChangedAtMs]) add('attachment', atMs);
      else for (const atMs of new Set([modifiedAtMs, statusChangedAtMs, bornAtMs])) add('attachment', atMs);
    } else if (FILES.has(`${domain}-${relativePath}`)) {
      for (const atMs of new Set([modifiedAtMs, statusChangedAtMs, bornAtMs])) add('file', atMs);
    }
  },
  end: SILENT,
});

/** Clues in the use of the network, and the implant's own name there. */
export const triangulationUsage: Heuristic<DataUsageRecord> = (context) => {
  const findings: Finding[] = [];
  return {
    record(record) {
      if (record.kind !== 'usage') return;
      const { process, path, firstAtMs, lastAtMs, liveAtMs, processId } = record;
      const locator = `ZPROCESS Z_PK ${processId}`;
      judge(context, 'data-usage', process, path, locator, [firstAtMs, lastAtMs, liveAtMs], findings);
    },
    end: () => findings,
  };
};

/** The same in the daily analytics. */
export const triangulationBaseline: Heuristic<NetworkBaselineRecord> = (context) => {
  const findings: Finding[] = [];
  return {
    record: ({ process, path, atMs }) =>
      judge(context, 'os-analytics', process, path, `netUsageBaseline ${process}`, [atMs], findings),
    end: () => findings,
  };
};

/** Clues in the programs that asked where the phone is. */
export const triangulationLocation: Heuristic<LocationClientRecord> = ({ clue }) => ({
  record({ client, path, times }) {
    const atMs = times.LocationTimeStopped;
    if (clue === undefined || atMs === undefined || !LOCATION_CLIENTS.has(client)) return;
    const subject = client.slice(client.lastIndexOf('/') + 1);
    clue({ rule: RULE, class: 'location', atMs, subject, artefact: 'location-clients', path, locator: subject });
  },
  end: SILENT,
});

function judge(
  { clue }: CheckContext,
  artefact: string,
  process: string,
  path: string,
  locator: string,
  timesMs: readonly (number | undefined)[],
  findings: Finding[],
): void {
  if (PROCESSES.has(process)) {
    for (const atMs of new Set(timesMs)) {
      const common: Omit<Clue, 'atMs'> = { rule: RULE, class: 'net', subject: process, artefact, path, locator };
      if (atMs !== undefined) clue?.({ ...common, atMs });
    }
  }
  if (process !== IMPLANT || findings.some((finding) => finding.path === path)) return;
  findings.push({
    kind: 'heuristic',
    evidence: 'executed',
    indicator: undefined,
    level: 'critical',
    verdict: 'trace',
    value: process,
    artefact,
    path,
    locator,
    atMs: timesMs.find((atMs) => atMs !== undefined),
    explanation:
      'A program named "BackupAgent" used the network. iOS has had no such program for years; the implant of Operation Triangulation bears this name.',
  });
}
