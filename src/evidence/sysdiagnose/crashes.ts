import { parseIps } from '../../formats/ips/index.ts';
import { type Artefact, type ArtefactModule, type Emit, examined } from '../evidence.ts';
import { bytesOf, readEach } from '../ios/files.ts';
import { eventTime, knownMs, type LogTime, localTimeMs } from './clock.ts';
import { filesLike, readTexts, type Sysdiagnose, timeOfStamp } from './files.ts';
import { emitProgram } from './sightings.ts';

/** A crash, panic or list of processes; `listed` where only the name of the report is left. */
export interface CrashRecord {
  readonly path: string;
  readonly what: 'crash' | 'panic' | 'low memory' | 'report' | 'listed';
  readonly bugType: string;
  readonly osVersion: string;
  readonly processes: readonly { readonly name: string; readonly path: string }[];
  readonly parent: string;
  readonly atMs: number | undefined;
}

const ARTEFACT = 'crashes';
const MAX_REPORT_BYTES = 64 * 1024 * 1024;
/** Bug types as reports of readers have them; 288 and others are lists of tasks or no processes at all. */
const KINDS: Readonly<Record<string, CrashRecord['what']>> = {
  109: 'crash',
  309: 'crash',
  210: 'panic',
  298: 'low memory',
};
/** Reports on Wi-Fi and updates, which name no programs. */
const NO_PROGRAMS = /(?:^|\/)(?:WiFiLQMMetrics|OTAUpdate)[^/]*$/;
/** "Name-2024-05-01-100000.ips", older "…-10-00-00", in local time. */
const REPORT_NAME =
  /^(.{1,200}?)[-_](\d{4})-(\d\d)-(\d\d)-(\d\d)-?(\d\d)-?(\d\d)(?:[._-].{0,60})?\.(?:ips|ips\.synced|panic|crash)$/;

/** Crash reports, panics and the process lists of low memory; and the list of reports, which outlives them. */
export const crashes: ArtefactModule<Sysdiagnose, CrashRecord> = {
  artefact: ARTEFACT,
  async read(source, emit) {
    const reports = filesLike(source, /\.ips(?:\.synced)?$/).filter(
      ({ relativePath }) => !NO_PROGRAMS.test(relativePath),
    );
    const rows: Artefact[] = await readEach(ARTEFACT, reports, 'crashes_and_spins/*.ips', async (file, path) => {
      const bytes = await bytesOf(source, file, MAX_REPORT_BYTES);
      if (bytes === undefined) return undefined;
      emitReport(bytes, path, source, emit);
      return examined(ARTEFACT, path, 1);
    });
    const lists = filesLike(source, /(?:^|\/)crashes_and_spins\.log$/);
    rows.push(
      ...(await readTexts(source, ARTEFACT, lists, 'summaries/crashes_and_spins.log', (lines, path) =>
        readList(lines, path, source, emit),
      )),
    );
    return rows;
  },
};

function emitReport(bytes: Uint8Array, path: string, { clock }: Sysdiagnose, emit: Emit<CrashRecord>): void {
  const report = parseIps(bytes);
  const time = timeOfStamp(report.capturedAt ?? report.time, clock);
  const what = KINDS[report.bugType ?? ''] ?? 'report';
  const processes = report.processes.map(({ name, path: program }) => ({ name, path: program ?? '' }));
  // A crash whose body is cut still names its program in the header.
  if (processes.length === 0 && what === 'crash' && report.appName !== undefined)
    processes.push({ name: report.appName, path: '' });
  const atMs = knownMs(time);
  const { osVersion = '', bugType = '', parentName: parent = '' } = report;
  emit.record({ path, what, bugType, osVersion, processes, parent, atMs });
  const names = new Map(processes.map((process) => [process.path || process.name, process]));
  for (const [program, { name }] of names) {
    emitProgram(program, { artefact: ARTEFACT, path, locator: `${what} of ${name}`, atMs }, emit);
  }
  if (time === undefined) return;
  const detail =
    what === 'low memory'
      ? `${processes.length} processes`
      : processes
          .map(({ name }) => name)
          .slice(0, 3)
          .join(', ');
  emit.event?.({ ...eventTime(time), artefact: ARTEFACT, path, what, detail });
}

function readList(lines: Iterable<string>, path: string, { clock }: Sysdiagnose, emit: Emit<CrashRecord>): number {
  const seen = new Set<string>();
  let number = 0;
  for (const line of lines) {
    number++;
    for (const word of line.split(/[\s"',()]+/)) {
      const name = word.slice(word.lastIndexOf('/') + 1);
      const match = REPORT_NAME.exec(name);
      if (match === null || seen.has(name) || NO_PROGRAMS.test(name)) continue;
      seen.add(name);
      const time = localTime(match, clock);
      const program = match[1] ?? '';
      const atMs = knownMs(time);
      emit.record({
        path,
        what: 'listed',
        bugType: '',
        osVersion: '',
        processes: [{ name: program, path: '' }],
        parent: '',
        atMs,
      });
      emitProgram(program, { artefact: ARTEFACT, path, locator: `line ${number}, ${name}`, atMs }, emit);
      if (time !== undefined)
        emit.event?.({ ...eventTime(time), artefact: ARTEFACT, path, what: 'crash report listed', detail: program });
    }
  }
  return seen.size;
}

function localTime(match: RegExpExecArray, clock: Sysdiagnose['clock']): LogTime | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(2, 8).map(Number);
  const localMs = localTimeMs(year, month, day, hour, minute, second);
  return localMs === undefined ? undefined : clock.at(localMs);
}
