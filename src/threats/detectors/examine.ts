import type { IndicatorIndex } from '../indicators/index.ts';
import type { Artefact, EvidenceTree, OpenFile, PhoneIdentity, Sighting, TimelineEvent } from '../readers/index.ts';
import { collectClues } from './correlate.ts';
import { byteScannerOf, type Digest, scanFile } from './file-scan.ts';
import type { Finding } from './finding.ts';
import { triangulation } from './ios/triangulation.ts';
import { corroborate, matchSighting } from './match-sightings.ts';
import { recognise } from './sources/recognise.ts';
import type { OpenOptions, SourceKind } from './sources/source.ts';

/** Files between two words of progress. */
const PROGRESS_EVERY = 64;

export interface ExamineOptions extends OpenOptions {
  readonly nowMs: number;
  /** Called now and then with a sentence and how many files are done, of how many where that is known. */
  progress(text: string, done: number, total: number | undefined): void;
  /** Ends the examination between two files: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Makes what computes SHA-256, for indicators that are digests of files; without it these match nothing in the scan of files. */
  readonly makeDigest?: () => Digest;
  /** Takes every sighting, matched or not, for the index that later feeds are compared with. */
  readonly sighting?: (sighting: Sighting) => void;
  /** Takes the timeline; without it none is made. */
  readonly event?: (event: TimelineEvent) => void;
}

export interface Examination {
  readonly sources: readonly {
    readonly kind: SourceKind;
    readonly encrypted: boolean;
    readonly device: PhoneIdentity;
  }[];
  readonly examined: readonly Artefact[];
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly bytesRead: number;
  readonly files: number;
}

/**
 * Examines evidence: recognises each tree, runs the structured modules, then scans the bytes of every file. Several trees make one case.
 *
 * @returns the examination, or the name of the first tree that is nothing known
 */
export async function examine(
  trees: readonly EvidenceTree[],
  index: IndicatorIndex,
  options: ExamineOptions,
): Promise<Examination | { readonly unknown: string }> {
  const sources: Examination['sources'][number][] = [];
  const examined: Artefact[] = [];
  const findings: Finding[] = [];
  let [bytesRead, files] = [0, 0];
  const clues = collectClues([triangulation]);
  const sinks = {
    sighting: (sighting: Sighting) => {
      options.sighting?.(sighting);
      const finding = matchSighting(index, sighting);
      if (finding !== undefined) findings.push(finding);
    },
    finding: (finding: Finding) => findings.push(finding),
    event: options.event,
  };
  const scanner = byteScannerOf(index, options.makeDigest);
  for (const tree of trees) {
    const scanned: { readonly name: string; readonly findings: readonly Finding[] }[] = [];
    const visit = (file: OpenFile, name: string): void => {
      options.signal?.throwIfAborted();
      const result = scanFile(scanner, file, name);
      bytesRead += result.bytesRead;
      files++;
      if (files % PROGRESS_EVERY === 0) options.progress('Reading every file', files, total);
      if (result.findings.length > 0) scanned.push({ name, findings: result.findings });
    };
    let total: number | undefined;
    const recognised = await recognise(tree, { ...options, passBy: visit });
    if (recognised === undefined) return { unknown: tree.name };
    const { source } = recognised;
    const { kind, encrypted, device } = source;
    sources.push({ kind, encrypted, device });
    examined.push(...recognised.refused);
    options.progress('Reading messages, history and lists of programs', files, undefined);
    examined.push(...(await source.examine({ nowMs: options.nowMs, device, clue: clues.add }, sinks)));
    total = source.fileCount;
    options.progress('Reading every file', files, total);
    const rows = await source.scan(visit);
    // What the modules have found in the same file is not told twice.
    const told = new Set(findings.map(({ path, indicator }) => `${indicator?.id} ${path}`));
    for (const { name, findings: found } of scanned) {
      findings.push(...found.filter(({ indicator }) => !told.has(`${indicator?.id} ${name}`)));
    }
    // Every file system has links, and what they lead to is a file of it.
    examined.push(...rows, ...(tree.skipped?.(kind !== 'ios-filesystem') ?? []));
    recognised.close();
  }
  findings.push(...clues.findings());
  return { sources, examined, findings: inOrder(corroborate(findings)), bytesRead, files };
}

const LEVELS = ['critical', 'high', 'medium', 'low', 'info'];
const VERDICTS = ['trace', 'unusual', 'weakness'];

function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding): number => VERDICTS.indexOf(finding.verdict) * 10 + LEVELS.indexOf(finding.level);
  return [...findings].sort((a, b) => rank(a) - rank(b) || (a.atMs ?? 0) - (b.atMs ?? 0));
}
