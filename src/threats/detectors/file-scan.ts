import {
  type Indicator,
  type IndicatorIndex,
  matchEmail,
  matchHost,
  matchPath,
  matchUrl,
} from '../indicators/index.ts';
import { type ByteScanner, makeByteScanner, type OpenFile, type Sighting, scanBytes } from '../readers/index.ts';
import type { Finding } from './finding.ts';
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
  const names = [...index.processes.keys(), ...index.cutProcesses.keys(), ...index.fileNames.keys()];
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

/**
 * Scans the bytes of one file.
 *
 * @returns one finding per indicator and file, at its first offset or the first that is no mere mention, and the bytes read
 */
export function scanFile(files: FileScanner, file: OpenFile, path: string): { findings: Finding[]; bytesRead: number } {
  const first = new Map<Indicator, Finding>();
  const common = { artefact: 'files', path, atMs: undefined } as const;
  const digest = files.makeDigest?.();
  const bytesRead = scanBytes(
    file,
    files.scanner,
    ({ kind, value, offset, mentioned }) => {
      const indicator = judgeText(files, kind, value);
      if (indicator === undefined) return;
      const told = first.get(indicator);
      if (told !== undefined && (mentioned || told.explanation !== MENTIONED)) return;
      const evidence = kind === 'process' || kind === 'path' ? 'structure' : 'received';
      const finding = matchSighting(files.index, { kind, value, evidence, locator: `byte ${offset}`, ...common });
      if (finding === undefined) return;
      const { level } = finding;
      const lower = mentioned ? ({ level: 'low', explanation: MENTIONED } as const) : undefined;
      first.set(indicator, { ...finding, level: level === 'high' ? 'medium' : level, ...lower });
    },
    digest,
  );
  const findings = [...first.values()];
  if (digest !== undefined) {
    const sighting: Sighting = {
      kind: 'hash',
      value: digest.hex(),
      evidence: 'present',
      locator: 'whole file',
      ...common,
    };
    const finding = matchSighting(files.index, sighting);
    if (finding !== undefined) findings.push(finding);
  }
  return { findings, bytesRead };
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
