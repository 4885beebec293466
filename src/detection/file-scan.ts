import {
  type ByteHit,
  type ByteScanner,
  byPlace,
  fileScan,
  makeByteScanner,
  type OpenFile,
  passWindows,
  SCAN_WINDOW_BYTES,
  type Sighting,
  scanBytes,
} from '../evidence/index.ts';
import type { Finding } from './finding.ts';
import {
  type Indicator,
  type IndicatorIndex,
  matchEmail,
  matchHost,
  matchPath,
  matchUrl,
  type Platform,
} from './indicators/index.ts';
import { matchSighting } from './match-sightings.ts';

const SHA256_CHARS = 64;
/** Distinct names remembered per scan, so that a common host is judged once. */
const MAX_REMEMBERED = 200_000;

/** SHA-256 of what is given piece by piece. */
export interface Digest {
  update(bytes: Uint8Array): void;
  hex(): string;
}

const MENTIONED =
  'The address of a page on another site names a host that is known. Articles, searches and look-ups about spyware have such addresses; none led to the host itself.';

export interface FileScanner {
  /** Undefined where no indicator is a SHA-256, or nothing can compute one. */
  readonly makeDigest: (() => Digest) | undefined;
  readonly scanner: ByteScanner;
  readonly index: IndicatorIndex;
  readonly remembered: Map<string, Indicator | null>;
}

/** Prepares the byte scan for an index. */
export function byteScannerOf(index: IndicatorIndex, makeDigest?: () => Digest): FileScanner {
  // Names that a kernel cut stand in lists of processes alone.
  const names = [...index.processes.keys(), ...index.fileNames.keys()];
  const collect = (node: IndicatorIndex['absolutePaths'], name: string): void => {
    if (node.indicator !== undefined || node.whole !== undefined) names.push(name);
    for (const [component, child] of node.children) collect(child, component);
  };
  collect(index.absolutePaths, '');
  collect(index.relativePaths, '');
  const emailHosts = [...index.emails.keys()].map((email) => email.slice(email.indexOf('@') + 1));
  const urlHosts = [...index.urls.keys()].map((url) => url.replace(/^https?:\/\//, '').replace(/[:/?].*$/s, ''));
  const hosts = [...index.hosts.keys(), ...index.exactHosts.keys(), ...emailHosts, ...urlHosts];
  const hasDigests = [...index.hashes.keys()].some((hash) => hash.length === SHA256_CHARS);
  return {
    scanner: makeByteScanner(hosts, names),
    index,
    remembered: new Map(),
    makeDigest: hasDigests ? makeDigest : undefined,
  };
}

export interface FileFindings {
  /** One per indicator, at its first offset or the first that is no mere mention. */
  readonly findings: readonly Finding[];
  readonly bytesRead: number;
}

/** Scans the bytes of one file. @param platform system of the phone that it is of, where that is known */
export function scanFile(files: FileScanner, file: OpenFile, path: string, platform?: Platform): FileFindings {
  const hits = collectHits(files, path, platform);
  const bytesRead = scanBytes(file, files.scanner, hits.found, hits.digest);
  return { findings: hits.end(), bytesRead };
}

/** Scans a file that is too large for memory; what a damaged one seemed to hold is not told. */
export async function scanStream(
  files: FileScanner,
  stream: AsyncIterable<Uint8Array>,
  path: string,
  platform?: Platform,
): Promise<FileFindings> {
  const hits = collectHits(files, path, platform);
  const { take } = fileScan(files.scanner, hits.found, hits.digest);
  const bytesRead = await passWindows(stream, SCAN_WINDOW_BYTES, take);
  return { findings: hits.end(), bytesRead };
}

function collectHits(files: FileScanner, path: string, platform: Platform | undefined) {
  const first = new Map<Indicator, Finding>();
  const common = { artefact: 'files', path, atMs: undefined } as const;
  const digest = files.makeDigest?.();
  return {
    digest,
    found({ kind, value, offset, mentioned }: ByteHit): void {
      const indicator = judgeText(files, kind, value);
      if (indicator === undefined) return;
      const told = first.get(indicator);
      if (told !== undefined && (mentioned || told.explanation !== MENTIONED)) return;
      const evidence = kind === 'process' || kind === 'path' ? 'structure' : 'received';
      const sighting = { kind, value, evidence, locator: `byte ${offset}`, ...common } as const;
      const finding = matchSighting(files.index, sighting, platform);
      if (finding === undefined) return;
      const { level } = finding;
      const lower = mentioned ? ({ level: 'info', verdict: 'weakness', explanation: MENTIONED } as const) : undefined;
      first.set(indicator, { ...finding, level: level === 'high' ? 'medium' : level, ...lower });
    },
    end(): readonly Finding[] {
      const findings = [...first.values()];
      if (digest === undefined) return findings;
      const value = digest.hex();
      const whole = { kind: 'hash', value, evidence: 'present', locator: 'whole file', ...common } as const;
      const finding = matchSighting(files.index, byPlace(whole));
      return finding === undefined ? findings : [...findings, finding];
    },
  };
}

function judgeText({ index, remembered }: FileScanner, kind: Sighting['kind'], value: string): Indicator | undefined {
  if (kind === 'process') return index.processes.get(value);
  if (kind === 'email') return matchEmail(index, value);
  if (kind === 'url') return matchUrl(index, value);
  if (kind === 'path') return matchPath(index, value.startsWith('/') ? value : undefined, value);
  const known = remembered.get(value);
  if (known !== undefined) return known ?? undefined;
  const indicator = matchHost(index, value.replace(/^[.-]+|[.-]+$/g, ''));
  if (remembered.size < MAX_REMEMBERED) remembered.set(value, indicator ?? null);
  return indicator;
}
