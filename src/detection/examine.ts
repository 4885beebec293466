import type { Artefact, EvidenceTree, OpenFile, PhoneIdentity, Sighting, TimelineEvent } from '../evidence/index.ts';
import { type BaselineItem, collectBaseline } from './baseline-items.ts';
import { collectFindings, type MoreFindings } from './collect-findings.ts';
import { collectClues } from './correlate.ts';
import { byteScannerOf, type Digest, type FileFindings, scanFile, scanStream } from './file-scan.ts';
import type { Finding } from './finding.ts';
import { type AllowEntry, allowing, type IndicatorIndex } from './indicators/index.ts';
import { triangulation } from './ios/triangulation.ts';
import { matchSighting } from './match-sightings.ts';
import { parserCrash } from './parser-crash.ts';
import { recognise } from './sources/recognise.ts';
import type { OpenedSource, OpenOptions, SourceKind } from './sources/source.ts';

/** Files between two words of progress. */
const PROGRESS_EVERY = 64;
/** Places remembered so that the scan of files does not tell them again. */
const MAX_TOLD = 100_000;
const MAX_WAITING = 20_000;

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
  /** What somebody judged harmless is counted for itself, so that much of it hides nothing else. */
  readonly allowList?: readonly AllowEntry[];
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
  /** Worst first; of many that are the same only some. */
  readonly findings: readonly Finding[];
  readonly more: readonly MoreFindings[];
  /** What the next check of the phone is compared by. */
  readonly baseline: readonly BaselineItem[];
  readonly bytesRead: number;
  readonly files: number;
}

/** What the scan of files has given so far, of the tree that is examined. */
interface Visited {
  /** Takes what the scan finds; while an archive that is read but once is opened, it waits for the modules. */
  take: (finding: Finding) => void;
  readonly waiting: Finding[];
  total: number | undefined;
  visit(file: OpenFile, name: string): void;
  pass(stream: AsyncIterable<Uint8Array>, name: string): Promise<void>;
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
  const found = collectFindings(allowing(options.allowList ?? [], options.nowMs));
  let [bytesRead, files] = [0, 0];
  const clues = collectClues([triangulation, parserCrash]);
  const baseline = collectBaseline();
  const scanner = byteScannerOf(index, options.makeDigest);
  const examineSource = async (source: OpenedSource, visited: Visited): Promise<void> => {
    const { kind, encrypted, device, place = '' } = source;
    sources.push({ kind, encrypted, device });
    const below = <T extends { readonly path: string }>(item: T): T =>
      place === '' ? item : { ...item, path: place + item.path };
    // What the modules have found in the same file is not told twice.
    const told = new Set<string>();
    const tell = (finding: Finding): void => {
      if (told.size < MAX_TOLD) told.add(placeOf(finding));
      found.add(finding);
    };
    const { event } = options;
    const sinks = {
      sighting: (seen: Sighting) => {
        const sighting = below(seen);
        options.sighting?.(sighting);
        const finding = matchSighting(index, sighting);
        if (finding !== undefined) tell(finding);
      },
      finding: (finding: Finding) => tell(below(finding)),
      event: event === undefined ? undefined : (seen: TimelineEvent) => event(below(seen)),
    };
    options.progress('Reading messages, history and lists of programs', files, undefined);
    const rows = await source.examine({ nowMs: options.nowMs, device, clue: clues.add, baseline: baseline.add }, sinks);
    visited.take = (finding) => {
      if (!told.has(placeOf(below(finding)))) found.add(below(finding));
    };
    for (const finding of visited.waiting.splice(0)) visited.take(finding);
    visited.total = source.fileCount;
    options.progress('Reading every file', files, visited.total);
    examined.push(...[...rows, ...(await source.scan(visited.visit, visited.pass))].map(below));
  };
  for (const tree of trees) {
    const keep = (result: FileFindings): void => {
      bytesRead += result.bytesRead;
      files++;
      if (files % PROGRESS_EVERY === 0) options.progress('Reading every file', files, visited.total);
      for (const finding of result.findings) visited.take(finding);
    };
    const visited: Visited = {
      // Beyond what may wait, the same may be counted twice.
      take: (finding) => (visited.waiting.length < MAX_WAITING ? visited.waiting.push(finding) : found.add(finding)),
      waiting: [],
      total: undefined,
      visit(file, name) {
        options.signal?.throwIfAborted();
        keep(scanFile(scanner, file, name));
      },
      async pass(stream, name) {
        options.signal?.throwIfAborted();
        keep(await scanStream(scanner, stream, name));
      },
    };
    const recognised = await recognise(tree, { ...options, passBy: visited.visit });
    if (recognised === undefined) return { unknown: tree.name };
    examined.push(...recognised.refused);
    for (const source of recognised.sources) await examineSource(source, visited);
    // Every file system has links, and what they lead to is a file of it.
    const withLinks = recognised.sources.every(({ kind }) => kind !== 'ios-filesystem');
    examined.push(...(tree.skipped?.(withLinks) ?? []));
    recognised.close();
  }
  for (const finding of clues.findings()) found.add(finding);
  return { sources, examined, ...found.collected(), baseline: baseline.items(), bytesRead, files };
}

function placeOf({ path, indicator }: Finding): string {
  return `${indicator?.id} ${path}`;
}
