import { parseStamp } from '../../formats/stamp/index.ts';
import { type Artefact, type ArtefactModule, type Emit, examined } from '../evidence.ts';
import { type IosFiles, readPlists } from '../ios/files.ts';
import { unixTimeMs } from '../times.ts';
import { filesLike, readTexts, type Sysdiagnose } from './files.ts';
import { emitProgram } from './sightings.ts';

/** A program that wrote to the unified log, or whose binary the system had loaded. */
export interface LoggedProgram {
  readonly path: string;
  readonly program: string;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  readonly entries: number;
}

const STATISTICS = 'log-statistics';
/** Distinct programs: some thousand in the largest that were seen. */
const MAX_PROGRAMS = 50_000;
const MAX_LINE_CHARS = 1024 * 1024;

/** Programs by the statistics of the unified log: what ran shows here without its log being read. */
export const logStatistics: ArtefactModule<Sysdiagnose, LoggedProgram> = {
  artefact: STATISTICS,
  read: (source, emit) =>
    readTexts(
      source,
      STATISTICS,
      filesLike(source, /^system_logs\.logarchive\/Extra\/logdata\.statistics\.[^/]{1,40}\.(?:txt|jsonl)$/),
      'system_logs.logarchive/Extra/logdata.statistics.0.jsonl',
      (lines, path) => {
        const programs = collectPrograms(path);
        if (path.endsWith('.jsonl')) readJsonLines(lines, programs.add);
        else readRecords(lines, programs.add);
        return programs.tell(STATISTICS, emit);
      },
    ),
};

type Add = (program: string, atMs: number | undefined) => void;

function collectPrograms(path: string) {
  const programs = new Map<string, { firstAtMs: number | undefined; lastAtMs: number | undefined; entries: number }>();
  return {
    add(program: string, atMs: number | undefined): void {
      const known = programs.get(program);
      if (known === undefined) {
        if (programs.size < MAX_PROGRAMS) programs.set(program, { firstAtMs: atMs, lastAtMs: atMs, entries: 1 });
        return;
      }
      known.entries++;
      if (atMs === undefined) return;
      known.firstAtMs = Math.min(known.firstAtMs ?? atMs, atMs);
      known.lastAtMs = Math.max(known.lastAtMs ?? atMs, atMs);
    },
    tell(artefact: string, emit: Emit<LoggedProgram>): number {
      for (const [program, { firstAtMs, lastAtMs, entries }] of programs) {
        emit.record({ path, program, firstAtMs, lastAtMs, entries });
        emitProgram(program, { artefact, path, locator: `${entries} entries`, atMs: firstAtMs }, emit);
        if (firstAtMs !== undefined)
          emit.event?.({ atMs: firstAtMs, artefact, path, what: 'program first logged', detail: program });
      }
      return programs.size;
    },
  };
}

/** `{unixTime, type, file, processList:[{process}]}`, one a line (iOS 16.4 and later). */
function readJsonLines(lines: Iterable<string>, add: Add): void {
  for (const line of lines) {
    if (line.length > MAX_LINE_CHARS || !line.startsWith('{')) continue;
    const record = jsonObject(line);
    const list = record?.['processList'];
    const atMs = unixTimeMs(record?.['unixTime']);
    for (const item of Array.isArray(list) ? list : []) {
      const program: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'process') : undefined;
      if (typeof program === 'string') add(program, atMs);
    }
  }
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // An array would do no harm: it has no such members.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // a cut line: its bytes are scanned all the same
  }
}

/** `--- !logd statistics record`, then `time  : …`, then `- [ n, x.y, /path ]` for each program. */
function readRecords(lines: Iterable<string>, add: Add): void {
  let atMs: number | undefined;
  let inside = false;
  for (const raw of lines) {
    const line = raw.trim();
    if (line.startsWith('--- !')) {
      inside = line.startsWith('--- !logd statistics record');
      atMs = undefined;
    } else if (inside && line.startsWith('time  :')) {
      const time = parseStamp(line.slice(7).trim());
      atMs = time?.zoneKnown ? time.atMs : undefined;
    } else if (inside) {
      const program = /^- \[\s*\d{1,12},\s*[\d.]{1,20},\s*(.{1,4096}?)\s*\]$/.exec(line)?.[1];
      if (program !== undefined) add(program, atMs);
    }
  }
}

const BINARIES = 'loaded-binaries';

/** Binaries with their build identifiers that the system had loaded (iOS 12 to 14). */
export const loadedBinaries: ArtefactModule<IosFiles, LoggedProgram> = {
  artefact: BINARIES,
  read: (source, emit) =>
    readPlists(
      source,
      BINARIES,
      filesLike(source, /^logs\/tailspindb\/UUIDToBinaryLocations$/),
      'logs/tailspindb/UUIDToBinaryLocations',
      (plist, path) => {
        let records = 0;
        for (const uuid of Object.keys(plist)) {
          const program = plist[uuid];
          if (typeof program !== 'string' || ++records > MAX_PROGRAMS) continue;
          emit.record({ path, program, firstAtMs: undefined, lastAtMs: undefined, entries: 1 });
          emitProgram(program, { artefact: BINARIES, path, locator: uuid, atMs: undefined }, emit);
        }
        return records;
      },
    ),
};

const CREDENTIALS = 'associated-domains';

/** Apps that the system let claim web sites, as `swcutil show` lists them. */
export const associatedDomains: ArtefactModule<Sysdiagnose, never> = {
  artefact: CREDENTIALS,
  read: async (source, emit): Promise<readonly Artefact[]> => {
    const files = filesLike(source, /^swcutil_show\.txt$/);
    const apps = new Map<string, string>();
    const rows = await readTexts(source, CREDENTIALS, files, 'swcutil_show.txt', (lines, path) => {
      for (const line of lines) {
        // The team's identifier stands before the app's.
        const id = /^\s*App ID:\s+(?:[0-9A-Z]{10}\.)?([\w.-]{1,255})\s*$/.exec(line)?.[1];
        if (id !== undefined && apps.size < MAX_PROGRAMS) apps.set(id, path);
      }
      return apps.size;
    });
    for (const [value, path] of apps) {
      const common = { artefact: CREDENTIALS, path, locator: 'App ID', atMs: undefined } as const;
      emit.sighting({ kind: 'app', value, evidence: 'present', ...common });
    }
    return rows.map((row) => (row.status === 'examined' ? examined(CREDENTIALS, row.path, apps.size) : row));
  },
};
