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

/** Distinct names remembered per scan, so that a common host is judged once. */
const MAX_REMEMBERED = 200_000;

export interface FileScanner {
  readonly scanner: ByteScanner;
  readonly index: IndicatorIndex;
  readonly remembered: Map<string, Indicator | null>;
}

/** Prepares the byte scan for an index. */
export function byteScannerOf(index: IndicatorIndex): FileScanner {
  const names = [...index.processes.keys(), ...index.cutProcesses.keys(), ...index.fileNames.keys()];
  const collect = (node: IndicatorIndex['absolutePaths'], name: string): void => {
    if (node.indicator !== undefined) names.push(name);
    for (const [component, child] of node.children) collect(child, component);
  };
  collect(index.absolutePaths, '');
  collect(index.relativePaths, '');
  const emailHosts = [...index.emails.keys()].map((email) => email.slice(email.indexOf('@') + 1));
  const urlHosts = [...index.urls.keys()].map((url) => url.replace(/^https?:\/\//, '').replace(/[:/?].*$/s, ''));
  const hosts = [...index.hosts.keys(), ...index.exactHosts.keys(), ...emailHosts, ...urlHosts];
  return { scanner: makeByteScanner(hosts, names), index, remembered: new Map() };
}

/**
 * Scans the bytes of one file.
 *
 * @returns one finding per indicator and file, at its first offset, and the bytes read
 */
export function scanFile(files: FileScanner, file: OpenFile, path: string): { findings: Finding[]; bytesRead: number } {
  const first = new Map<Indicator, Finding>();
  const bytesRead = scanBytes(file, files.scanner, ({ kind, value, offset }) => {
    const indicator = judgeText(files, kind, value);
    if (indicator === undefined || first.has(indicator)) return;
    const evidence = kind === 'process' || kind === 'path' ? 'structure' : 'received';
    const sighting: Sighting = {
      kind,
      value,
      evidence,
      artefact: 'files',
      path,
      locator: `byte ${offset}`,
      atMs: undefined,
    };
    const finding = matchSighting(files.index, sighting);
    if (finding === undefined) return;
    first.set(indicator, { ...finding, level: finding.level === 'high' ? 'medium' : finding.level });
  });
  return { findings: [...first.values()], bytesRead };
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
