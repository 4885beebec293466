import type { Artefact } from '../evidence/index.ts';
import type { CheckReport, CheckVerdict, ReportFinding, Tool } from './api.ts';
import { chooseFindings, chooseMore, type MoreFindings } from './collect-findings.ts';
import { compareReports } from './compare-reports.ts';
import type { Examination } from './examine.ts';
import type { Finding } from './finding.ts';
import { type AllowEntry, allowing, applyAllowList, type IndicatorIndex } from './indicators/index.ts';
import { isNote } from './is-note.ts';

/** Findings kept per check: the first of each kind, then the worst. The schema of the report allows no more. */
const MAX_FINDINGS = 1000;
const MAX_MORE = 1000;
const MAX_UNSUPPORTED = 1000;
const MAX_ARTEFACTS = 2000;

/**
 * Makes the report of `pavise check` (schema pavise.check/1).
 *
 * What the allow-list names is told apart and alarms nobody.
 * @param run what the check took, and what it was made with
 * @param before the report of an earlier check of the phone: what changed since is told
 * @param digest SHA-256 of a text in hex: finding ids are made of what was found and where
 */
export function reportOf(
  found: Examination,
  index: IndicatorIndex,
  run: { readonly cpuMs: number; readonly maxRssBytes: number; readonly tool: Tool },
  digest: (text: string) => string,
  allowList: { readonly entries: readonly AllowEntry[]; readonly nowMs: number } = { entries: [], nowMs: 0 },
  before?: CheckReport,
): CheckReport {
  const { sources, baseline, bytesRead, files } = found;
  const told = sources.map((source) => wireSource(source, digest));
  const now = { sources: told, examined: found.examined, baseline: found.baseline };
  const compared = before === undefined ? undefined : compareReports(before, now);
  const examined = compared === undefined ? found.examined : [...found.examined, compared.row];
  const { entries, nowMs } = allowList;
  const { findings, allowed } = applyAllowList([...found.findings, ...(compared?.findings ?? [])], entries, nowMs);
  const isAllowed = allowing(entries, nowMs);
  const kept = chooseFindings({ findings, more: found.more.filter(({ like }) => !isAllowed(like)) }, MAX_FINDINGS);
  const set = {
    findings: allowed.map(({ finding }) => finding),
    more: found.more.filter(({ like }) => isAllowed(like)),
  };
  const setAside = chooseFindings(set, MAX_FINDINGS);
  const entryOf = new Map(allowed.map(({ finding, entry }) => [finding, entry]));
  const more = [
    ...chooseMore(kept.more, MAX_MORE).map((row) => wireMore(row, false)),
    ...chooseMore(setAside.more, MAX_MORE).map((row) => wireMore(row, true)),
  ];
  return {
    schema: 'pavise.check/1',
    tool: run.tool,
    sources: told,
    examined: worstFirst(examined).map((artefact) => ({
      artefact: artefact.artefact,
      path: storable(artefact.path, 2048),
      status: artefact.status,
      records: artefact.records,
      why: artefact.why === null ? null : storable(artefact.why, 2000),
    })),
    findings: kept.findings.map((finding) => wireFinding(finding, digest)),
    ...(more.length === 0 ? {} : { more }),
    ...(allowed.length === 0
      ? {}
      : { allowed: setAside.findings.flatMap((finding) => wireAllowed(finding, entryOf.get(finding), digest)) }),
    unsupportedIndicators: index.unsupported.slice(0, MAX_UNSUPPORTED).map(({ source, pattern, why }) => ({
      source: storable(source, 2048),
      pattern: storable(pattern, 8192),
      why: why.slice(0, 200),
    })),
    verdict: judgeCheck(findings, examined, index),
    ...(baseline.length === 0 ? {} : { baseline: [...baseline] }),
    stats: { cpuMs: Math.round(run.cpuMs), maxRssBytes: run.maxRssBytes, bytesRead, files },
  };
}

function wireSource(
  { kind, encrypted, closed, device }: Examination['sources'][number],
  digest: (text: string) => string,
): CheckReport['sources'][number] {
  return {
    kind,
    encrypted,
    ...(closed ? { opened: false } : {}),
    device: {
      productType: storable(device.productType, 200),
      osVersion: storable(device.osVersion, 200),
      ...(device.udid === '' ? {} : { udidHash: digest(device.udid.toUpperCase()) }),
    },
  };
}

/** Where there are more artefacts than a report holds, what could not be read must not be what is cut. */
function worstFirst(examined: readonly Artefact[]): readonly Artefact[] {
  if (examined.length <= MAX_ARTEFACTS) return examined;
  const weight = ({ status }: Artefact): number => ['unreadable', 'examined', 'absent'].indexOf(status);
  return [...examined].sort((a, b) => weight(a) - weight(b)).slice(0, MAX_ARTEFACTS);
}

function judgeCheck(findings: readonly Finding[], examined: readonly Artefact[], index: IndicatorIndex): CheckVerdict {
  if (findings.some(({ verdict }) => verdict === 'trace')) return 'trace-found';
  if (findings.some(({ verdict }) => verdict === 'unusual')) return 'unusual';
  if (index.count === 0 || examined.some(({ status }) => status === 'unreadable')) return 'incomplete';
  return findings.some((finding) => !isNote(finding)) ? 'weakness' : 'nothing-found';
}

const MAX_EXPLANATION = 2000;
const MIN_TIME_MS = Date.UTC(1900, 0, 1);
const MAX_TIME_MS = Date.UTC(9999, 0, 1);

/** A finding as reports have it. The id is made of what was found and where, so that the same finding in a later check has the same id. */
export function wireFinding(finding: Finding, digest: (text: string) => string): ReportFinding {
  const { indicator, atMs } = finding;
  const parts = [finding.artefact, finding.path, finding.locator, finding.value, indicator?.type, indicator?.value];
  return {
    id: digest(JSON.stringify(parts)).slice(0, 32),
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

function wireAllowed(
  finding: Finding,
  entry: AllowEntry | undefined,
  digest: (text: string) => string,
): NonNullable<CheckReport['allowed']> {
  if (entry === undefined) return [];
  const { reason, author, untilMs } = entry;
  return [
    {
      finding: wireFinding(finding, digest),
      reason: storable(reason, 2000),
      author: storable(author, 200),
      until: isoTime(untilMs),
    },
  ];
}

function wireMore({ like, count }: MoreFindings, allowed: boolean): NonNullable<CheckReport['more']>[number] {
  const { level, verdict, artefact, value, indicator } = like;
  const known =
    indicator === undefined
      ? null
      : {
          type: indicator.type,
          value: storable(indicator.value, 200),
          collection: storable(indicator.collection, 200),
        };
  return { count, level, verdict, artefact, value: storable(value, 200), indicator: known, allowed };
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
