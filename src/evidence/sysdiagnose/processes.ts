import { parseStamp } from '../../formats/stamp/index.ts';
import type { Artefact, ArtefactModule, Emit } from '../evidence.ts';
import { eventTime, knownMs, type LogTime } from './clock.ts';
import { filesLike, readTexts, type Sysdiagnose, timeOfStamp } from './files.ts';
import { emitProgram } from './sightings.ts';

/** One of the four ways in which the archive lists what was running. */
export type ProcessView = 'ps' | 'ps-thread' | 'taskinfo' | 'spindump';

/** A process in one view; or a view that was read, when it was taken and how many it lists. */
export type ProcessRecord =
  | RunningProcess
  | {
      readonly kind: 'view';
      readonly view: ProcessView;
      readonly path: string;
      readonly takenAtMs: number | undefined;
      readonly processes: number;
      readonly whole: boolean;
    };

export interface RunningProcess {
  readonly kind: 'process';
  readonly view: ProcessView;
  readonly path: string;
  readonly pid: number;
  readonly parentPid: number | undefined;
  /** Of the program. */
  readonly name: string;
  /** What people see in its place, where a view tells so. */
  readonly displayName?: string;
  /** Path or command line, where the view tells more than a name. */
  readonly command: string;
  readonly user: string;
  /** Seconds since it was started, when the view was taken. */
  readonly ageSeconds: number | undefined;
  /** Ended, and not yet collected by its parent. */
  readonly zombie: boolean;
}

const ARTEFACT = 'processes';
/** Phones run some hundred; a hostile list ends here. */
const MAX_PROCESSES = 20_000;

interface ViewReader {
  readonly view: ProcessView;
  readonly place: RegExp;
  readonly usualPath: string;
  read(lines: Iterable<string>): { readonly processes: Found[]; readonly takenAt?: string | undefined };
}

type Found = Omit<RunningProcess, 'kind' | 'view' | 'path'>;

const VIEWS: readonly ViewReader[] = [
  { view: 'ps', place: /^ps\.txt$/, usualPath: 'ps.txt', read: (lines) => readTable(lines, false) },
  {
    view: 'ps-thread',
    place: /^ps_thread\.txt$/,
    usualPath: 'ps_thread.txt',
    read: (lines) => readTable(lines, true),
  },
  { view: 'taskinfo', place: /^taskinfo\.txt$/, usualPath: 'taskinfo.txt', read: readTaskinfo },
  {
    view: 'spindump',
    place: /^spindump-nosymbols\.txt$/,
    usualPath: 'spindump-nosymbols.txt',
    read: readSpindump,
  },
];

/** What was running when the archive was made, as four programs saw it: what one of them does not see may hide. */
export const processes: ArtefactModule<Sysdiagnose, ProcessRecord> = {
  artefact: ARTEFACT,
  async read(source, emit) {
    const rows: Artefact[] = [];
    for (const { view, place, usualPath, read } of VIEWS) {
      const own = await readTexts(source, ARTEFACT, filesLike(source, place), usualPath, (lines, path) => {
        const { processes: found, takenAt } = read(lines);
        const taken = timeOfStamp(parseStamp(takenAt ?? ''), source.clock) ?? madeAt(source);
        for (const process of found) emitProcess({ kind: 'process', view, path, ...process }, taken, emit);
        const takenAtMs = knownMs(taken);
        emit.record({
          kind: 'view',
          view,
          path,
          takenAtMs,
          processes: found.length,
          whole: found.length < MAX_PROCESSES,
        });
        return found.length;
      });
      rows.push(...own);
    }
    return rows;
  },
};

function madeAt({ madeAtMs }: Sysdiagnose): LogTime | undefined {
  return madeAtMs === undefined ? undefined : { ms: madeAtMs, zoneUnknown: false };
}

function emitProcess(record: RunningProcess, taken: LogTime | undefined, emit: Emit<ProcessRecord>): void {
  emit.record(record);
  const { view, path, pid, command, displayName, ageSeconds } = record;
  const seen = { artefact: ARTEFACT, path, locator: `${view}, pid ${pid}`, atMs: knownMs(taken) };
  emitProgram(command, seen, emit);
  if (displayName !== undefined) emit.sighting({ kind: 'process', value: displayName, evidence: 'executed', ...seen });
  if (taken === undefined || ageSeconds === undefined) return;
  const started = { ...taken, ms: taken.ms - ageSeconds * 1000 };
  emit.event?.({
    ...eventTime(started),
    artefact: ARTEFACT,
    path,
    what: 'process started',
    detail: `${command}${displayName === undefined ? '' : ` (${displayName})`} [${pid}]`,
  });
}

const MAX_COLUMNS = 64;

/** `ps`: the header names the columns, the last of which may hold blanks. With threads, a process is a line with "??" for its terminal. */
function readTable(lines: Iterable<string>, threads: boolean): { processes: Found[] } {
  const found: Found[] = [];
  let columns: readonly string[] | undefined;
  for (const line of lines) {
    const tokens = line.trim().split(/\s+/, MAX_COLUMNS);
    if (columns === undefined) {
      if (tokens.includes('PID') && tokens.includes('COMMAND')) columns = tokens;
      continue;
    }
    const value = (name: string): string => tokens[columns?.indexOf(name) ?? -1] ?? '';
    const command = restAfter(line, columns.length - 1);
    if (command === '' || !/^\d{1,10}$/.test(value('PID'))) continue;
    if (threads && value('TT') !== '??') continue;
    if (found.length >= MAX_PROCESSES) break;
    found.push({
      pid: Number(value('PID')),
      parentPid: /^\d{1,10}$/.test(value('PPID')) ? Number(value('PPID')) : undefined,
      name: nameOf(command),
      command,
      user: value('USER'),
      ageSeconds: undefined,
      zombie: value('STAT').includes('Z'),
    });
  }
  return { processes: found };
}

/** What stands behind the first `count` words of a line. */
function restAfter(line: string, count: number): string {
  let at = 0;
  const skip = (blank: boolean): void => {
    while (at < line.length && (line[at] === ' ' || line[at] === '\t') === blank) at++;
  };
  skip(true);
  for (let i = 0; i < count; i++) {
    skip(false);
    skip(true);
  }
  return line.slice(at).trimEnd();
}

function nameOf(command: string): string {
  const blank = command.indexOf(' -');
  const path = blank < 0 ? command : command.slice(0, blank);
  return path.slice(path.lastIndexOf('/') + 1);
}

/** taskinfo: blocks that begin `process: "name" [pid]`, with the run time in seconds. */
function readTaskinfo(lines: Iterable<string>): { processes: Found[] } {
  const found: Found[] = [];
  let current: Filled | undefined;
  for (const line of lines) {
    const start = /^\s*process:\s+"(.{1,256})" \[(\d{1,10})\]/.exec(line);
    if (start !== null) {
      if (found.length >= MAX_PROCESSES) break;
      const name = start[1] ?? '';
      current = {
        pid: Number(start[2]),
        parentPid: undefined,
        name,
        command: name,
        user: '',
        ageSeconds: undefined,
        zombie: false,
      };
      found.push(current);
      continue;
    }
    const run = current === undefined ? null : /^\s*run time:\s+(\d{1,9})(?:\.\d+)? ?s?\b/.exec(line);
    if (run !== null && current !== undefined) current.ageSeconds ??= Number(run[1]);
  }
  return { processes: found };
}

type Filled = { -readonly [K in keyof Found]: Found[K] };

/** "MobileMail (Mail)": the program and what people see. A program may have such a name itself; then its path says so. */
const NAMED_TWICE = /^(.{1,200}?) \((.{1,200})\)$/;

function takePath(process: Filled, path: string): void {
  const program = path.slice(path.lastIndexOf('/') + 1);
  const shown = process.displayName === undefined ? process.name : `${process.name} (${process.displayName})`;
  process.command = path;
  if (program === shown) delete process.displayName;
  else if (process.name !== program) process.displayName = process.name;
  process.name = program;
}

/** spindump: a header with the time, then blocks that begin `Process:`. "No samples" ends it before the first. */
function readSpindump(lines: Iterable<string>): { processes: Found[]; takenAt: string | undefined } {
  const found: Found[] = [];
  let takenAt: string | undefined;
  let current: Filled | undefined;
  for (const line of lines) {
    if (/^\s*(?:No samples|Spindump binary format)\s*$/.test(line)) break;
    const field = /^([A-Z][A-Za-z /]{1,40}):\s+(\S.{0,4095})$/.exec(line.trimEnd());
    if (field === null) continue;
    const [key, value] = [field[1] ?? '', field[2] ?? ''];
    if (key === 'Date/Time') takenAt ??= value;
    if (key === 'Process') {
      const process = /^(.{1,256}?) \[(\d{1,10})\]/.exec(value);
      if (process === null || found.length >= MAX_PROCESSES) continue;
      const shown = process[1] ?? '';
      const [, program, label] = NAMED_TWICE.exec(shown) ?? [];
      const name = program ?? shown;
      current = {
        pid: Number(process[2]),
        parentPid: undefined,
        name,
        ...(label === undefined ? {} : { displayName: label }),
        command: name,
        user: '',
        ageSeconds: undefined,
        zombie: /zombie/i.test(value),
      };
      found.push(current);
    }
    if (current === undefined) continue;
    if (key === 'Path' && value.startsWith('/')) takePath(current, value);
    if (key === 'Parent') current.parentPid = Number(/\[(\d{1,10})\]/.exec(value)?.[1] ?? Number.NaN) || undefined;
    if (key === 'UID') current.user = value;
    if (key === 'Time Since Fork')
      current.ageSeconds ??= Number(/^(\d{1,9})s/.exec(value)?.[1] ?? Number.NaN) || undefined;
  }
  return { processes: found, takenAt };
}
