import {
  type Artefact,
  byPlace,
  type EvidenceTree,
  type PhoneIdentity,
  type Sighting,
  type TimelineEvent,
} from '../evidence/index.ts';
import { type BaselineItem, collectBaseline } from './baseline-items.ts';
import { collectFindings, type MoreFindings } from './collect-findings.ts';
import { collectClues } from './correlate.ts';
import { byteScannerOf, type Digest } from './file-scan.ts';
import type { Finding } from './finding.ts';
import { type AllowEntry, allowing, type IndicatorIndex } from './indicators/index.ts';
import { triangulation } from './ios/triangulation.ts';
import { matchSighting } from './match-sightings.ts';
import { parserCrash } from './parser-crash.ts';
import { recognise } from './sources/recognise.ts';
import { type OpenedSource, type OpenOptions, platformOf, type SourceKind } from './sources/source.ts';
import { scanOfTree, type TreeScan } from './tree-scan.ts';

/** Places remembered so that the scan of files does not tell them again. */
const MAX_TOLD = 100_000;

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
    /** Nothing of it could be read. */
    readonly closed: boolean;
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
  const record = openRecord(options);
  const scanner = byteScannerOf(index, options.makeDigest);
  for (const tree of trees) {
    const scan = scanOfTree(scanner, record, options);
    const recognised = await recognise(tree, { ...options, passBy: scan.passBy });
    if (recognised === undefined) return { unknown: tree.name };
    record.examined.push(...recognised.refused);
    for (const source of recognised.sources) {
      const modules = await runModules(source, index, record, options);
      const unopened = await scanFiles(source, modules.told, scan, record, options);
      record.examined.push(...[...modules.artefacts, ...unopened].map(below(source)));
    }
    record.examined.push(...skippedOf(tree, recognised.sources));
    recognised.close();
  }
  return conclude(record);
}

/** What the examination holds while it runs. */
interface ExaminationRecord {
  readonly sources: Examination['sources'][number][];
  readonly examined: Artefact[];
  readonly found: ReturnType<typeof collectFindings>;
  readonly clues: ReturnType<typeof collectClues>;
  readonly baseline: ReturnType<typeof collectBaseline>;
  bytesRead: number;
  files: number;
}

function openRecord({ allowList = [], nowMs }: ExamineOptions): ExaminationRecord {
  return {
    sources: [],
    examined: [],
    found: collectFindings(allowing(allowList, nowMs)),
    clues: collectClues([triangulation, parserCrash]),
    baseline: collectBaseline(),
    bytesRead: 0,
    files: 0,
  };
}

/** Runs the structured modules of one source: what they see is matched, and what they find is kept. */
async function runModules(
  source: OpenedSource,
  index: IndicatorIndex,
  { sources, found, clues, baseline, files }: ExaminationRecord,
  { nowMs, progress, sighting: keep, event }: ExamineOptions,
): Promise<{ readonly artefacts: readonly Artefact[]; readonly told: ReadonlySet<string> }> {
  const { kind, encrypted, closed = false, device } = source;
  sources.push({ kind, encrypted, closed, device });
  const told = new Set<string>();
  const tell = (finding: Finding): void => {
    if (told.size < MAX_TOLD) told.add(placeOf(finding));
    found.add(finding);
  };
  const sinks = {
    sighting: (seen: Sighting) => {
      const sighting = below(source)(byPlace(seen));
      keep?.(sighting);
      const finding = matchSighting(index, sighting, platformOf(kind));
      if (finding !== undefined) tell(finding);
    },
    finding: (finding: Finding) => tell(below(source)(finding)),
    event: event === undefined ? undefined : (seen: TimelineEvent) => event(below(source)(seen)),
  };
  progress('Reading messages, history and lists of programs', files, undefined);
  return { artefacts: await source.examine({ nowMs, device, clue: clues.add, baseline: baseline.add }, sinks), told };
}

/** Scans every file of one source; what its modules have told of the same file is not told twice. */
async function scanFiles(
  source: OpenedSource,
  told: ReadonlySet<string>,
  scan: TreeScan,
  { found, files }: ExaminationRecord,
  { progress }: ExamineOptions,
): Promise<readonly Artefact[]> {
  scan.giveTo(
    (finding) => {
      if (!told.has(placeOf(below(source)(finding)))) found.add(below(source)(finding));
    },
    platformOf(source.kind),
    source.fileCount,
  );
  progress('Reading every file', files, source.fileCount);
  return await source.scan(scan.visit, scan.pass);
}

/** What the tree left out. Every file system has links, and what they lead to is a file of it. */
function skippedOf(tree: EvidenceTree, sources: readonly OpenedSource[]): readonly Artefact[] {
  const withLinks = sources.every(({ kind }) => kind !== 'ios-filesystem');
  return tree.skipped?.(withLinks) ?? [];
}

function conclude({ sources, examined, found, clues, baseline, bytesRead, files }: ExaminationRecord): Examination {
  for (const finding of clues.findings()) found.add(finding);
  return { sources, examined, ...found.collected(), baseline: baseline.items(), bytesRead, files };
}

/** Puts the place of a source before the path, where a tree holds several. */
function below({ place = '' }: OpenedSource): <T extends { readonly path: string }>(item: T) => T {
  return (item) => (place === '' ? item : { ...item, path: place + item.path });
}

function placeOf({ path, indicator }: Finding): string {
  return `${indicator?.id} ${path}`;
}
