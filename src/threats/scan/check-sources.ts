import { createHash } from 'node:crypto';
import type { CheckReport, CheckVerdict, ReportFinding } from '../api.ts';
import {
  byteScannerOf,
  corroborate,
  type Finding,
  judgeDataUsage,
  matchSighting,
  scanFile,
} from '../detectors/index.ts';
import type { IndicatorIndex } from '../indicators/index.ts';
import {
  ARTEFACT_READERS,
  type Artefact,
  contentPath,
  type EvidenceFolder,
  type IosBackup,
  openIosBackup,
  readManifestSightings,
  reasonOf,
  type Sighting,
} from '../readers/index.ts';

/** A folder to check, with the name it has in messages. */
export interface Source {
  readonly name: string;
  readonly folder: EvidenceFolder;
}

/** Findings kept per check: the worst stay. The schema of the report allows no more. */
const MAX_FINDINGS = 1000;
const MAX_UNSUPPORTED = 1000;
const MAX_ARTEFACTS = 2000;
const LEVELS = ['critical', 'high', 'medium', 'low', 'info'];

/**
 * Checks sources against indicators.
 *
 * @param progress called with a sentence now and then
 * @returns the report, or the name of the first source that is nothing that can be checked
 */
export function checkSources(
  sources: readonly Source[],
  index: IndicatorIndex,
  progress: (text: string) => void,
): { readonly report: CheckReport } | { readonly unknown: string } {
  const cpu = process.cpuUsage();
  const backups: IosBackup[] = [];
  const examined: Artefact[] = [];
  const findings: Finding[] = [];
  const stats = { bytesRead: 0, files: 0 };
  for (const { name, folder } of sources) {
    const backup = openIosBackup(folder);
    if (backup === undefined) return { unknown: name };
    backups.push(backup);
    examined.push(...backup.artefacts);
    if (backup.encrypted) continue;
    progress(`Reading records of ${name}`);
    readArtefacts(backup, index, examined, findings);
    progress(`Reading every file of ${name}`);
    examined.push(...scanEveryFile(backup, index, findings, stats));
  }
  const kept = inOrder(corroborate(findings)).slice(0, MAX_FINDINGS);
  const used = process.cpuUsage(cpu);
  const report: CheckReport = {
    schema: 'pavise.check/1',
    sources: backups.map(({ encrypted, device }) => ({
      kind: 'ios-backup',
      encrypted,
      device: { productType: device.productType.slice(0, 200), osVersion: device.osVersion.slice(0, 200) },
    })),
    examined: examined.slice(0, MAX_ARTEFACTS).map((artefact) => ({
      artefact: artefact.artefact,
      path: storable(artefact.path, 2048),
      status: artefact.status,
      records: artefact.records,
      why: artefact.why?.slice(0, 2000) ?? null,
    })),
    findings: kept.map(wireFinding),
    unsupportedIndicators: index.unsupported.slice(0, MAX_UNSUPPORTED).map(({ source, pattern, why }) => ({
      source: source.slice(0, 2048),
      pattern: pattern.slice(0, 8192),
      why: why.slice(0, 200),
    })),
    verdict: judgeCheck(kept, examined, index),
    stats: {
      cpuMs: Math.round((used.user + used.system) / 1000),
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
      ...stats,
    },
  };
  return { report };
}

function readArtefacts(backup: IosBackup, index: IndicatorIndex, examined: Artefact[], findings: Finding[]): void {
  const match = (sighting: Sighting): void => {
    const finding = matchSighting(index, sighting);
    if (finding !== undefined) findings.push(finding);
  };
  for (const sighting of readManifestSightings(backup)) match(sighting);
  for (const read of ARTEFACT_READERS) {
    for (const { artefact, usage } of read(backup, match)) {
      examined.push(artefact);
      if (usage !== undefined && artefact.status !== 'absent') findings.push(...judgeDataUsage(usage));
    }
  }
}

/** Scans listed and unlisted files; what the readers have found in the same file is not told twice. */
function scanEveryFile(
  backup: IosBackup,
  index: IndicatorIndex,
  findings: Finding[],
  stats: { bytesRead: number; files: number },
): Artefact[] {
  const scanner = byteScannerOf(index);
  const names = new Map(backup.files.map((file) => [contentPath(file.fileId), `${file.domain}/${file.relativePath}`]));
  const told = new Set(findings.map(({ path, indicator }) => `${indicator?.id} ${path}`));
  const failures: Artefact[] = [];
  let scanned = 0;
  const present = new Set<string>();
  for (const { path } of backup.folder.files()) {
    present.add(path);
    const name = names.get(path) ?? path;
    try {
      const file = backup.folder.open(path);
      if (file === undefined) continue;
      try {
        const result = scanFile(scanner, file, name);
        stats.bytesRead += result.bytesRead;
        // The manifest repeats every name that its own reader has judged.
        for (const finding of result.findings) {
          if (!told.has(`${finding.indicator?.id} ${name}`) && name !== 'Manifest.db') findings.push(finding);
        }
      } finally {
        file.close();
      }
      scanned++;
    } catch (error) {
      failures.push({ artefact: 'files', path: name, records: 0, status: 'unreadable', why: reasonOf(error) });
    }
  }
  stats.files += scanned;
  const missing = [...names.keys()].filter((path) => !present.has(path)).length;
  const files: Artefact =
    missing === 0
      ? { artefact: 'files', path: '*', records: scanned, status: 'examined', why: null }
      : {
          artefact: 'files',
          path: '*',
          records: scanned,
          status: 'unreadable',
          why: `${missing} of ${names.size} listed files have no content in this backup`,
        };
  return [files, ...failures];
}

function inOrder(findings: readonly Finding[]): Finding[] {
  const verdicts = ['trace', 'unusual', 'weakness'];
  const rank = (finding: Finding): number => verdicts.indexOf(finding.verdict) * 10 + LEVELS.indexOf(finding.level);
  return [...findings].sort((a, b) => rank(a) - rank(b) || (a.atMs ?? 0) - (b.atMs ?? 0));
}

function judgeCheck(findings: readonly Finding[], examined: readonly Artefact[], index: IndicatorIndex): CheckVerdict {
  if (findings.some(({ verdict }) => verdict === 'trace')) return 'trace-found';
  if (findings.some(({ verdict }) => verdict === 'unusual')) return 'unusual';
  if (index.count === 0 || examined.some(({ status }) => status === 'unreadable')) return 'incomplete';
  return findings.length > 0 ? 'weakness' : 'nothing-found';
}

const MAX_EXPLANATION = 2000;
const MIN_TIME_MS = Date.UTC(1900, 0, 1);
const MAX_TIME_MS = Date.UTC(9999, 0, 1);

/** The id is made of what was found and where, so that the same finding in a later check has the same id. */
function wireFinding(finding: Finding): ReportFinding {
  const { indicator, atMs } = finding;
  const parts = [finding.artefact, finding.path, finding.locator, finding.value, indicator?.type, indicator?.value];
  return {
    id: createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32),
    level: finding.level,
    verdict: finding.verdict,
    kind: finding.kind,
    evidence: finding.evidence,
    value: storable(finding.value, 8192),
    indicator:
      indicator === undefined
        ? null
        : {
            id: storable(indicator.id, 200),
            type: indicator.type,
            value: storable(indicator.value, 8192),
            collection: storable(indicator.collection, 200),
            source: storable(indicator.source, 2048),
          },
    artefact: finding.artefact,
    path: storable(finding.path, 2048),
    locator: storable(finding.locator, 500),
    at: isoTime(atMs),
    explanation: storable(finding.explanation, MAX_EXPLANATION),
  };
}

/** Evidence is hostile: a NUL or half a surrogate pair in it must not make the server refuse the whole report. */
function storable(text: string, limit: number): string {
  return text.slice(0, limit).toWellFormed().replaceAll('\0', '\ufffd');
}

/** A time that evidence claims, or null where no calendar has it. */
function isoTime(atMs: number | undefined): string | null {
  if (atMs === undefined || !(Math.abs(atMs) < MAX_TIME_MS) || atMs < MIN_TIME_MS) return null;
  return new Date(atMs).toISOString();
}
