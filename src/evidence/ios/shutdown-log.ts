import type { ArtefactModule, Emit } from '../evidence.ts';
import { filesLike, readTexts } from '../sysdiagnose/files.ts';
import { emitProgram } from '../sysdiagnose/sightings.ts';
import { unixTimeMs } from '../times.ts';
import type { IosFiles } from './files.ts';

/** A process that was still alive when the phone went down. */
export interface ShutdownClient {
  readonly pid: number;
  /** Without the UUID that newer systems put behind it. */
  readonly program: string;
  /** Seconds since the shutdown began, as the log has them; undefined where no line tells. */
  readonly afterSeconds: number | undefined;
}

/** One shutdown; or the whole of a log that was read. */
export type ShutdownRecord =
  | {
      readonly kind: 'shutdown';
      readonly path: string;
      readonly line: number;
      /** Undefined for a block without a final SIGTERM, which real logs have. */
      readonly atMs: number | undefined;
      /** Each "After …s", raw. */
      readonly delaySeconds: readonly number[];
      readonly clients: readonly ShutdownClient[];
    }
  | {
      readonly kind: 'log';
      readonly path: string;
      readonly shutdowns: number;
      readonly lines: number;
      /** Lines of a kind that is not known. */
      readonly oddLines: number;
      /** There are older logs or a rotated one beside it. */
      readonly rotated: boolean;
    };

const ARTEFACT = 'shutdown-log';
const PLACE = /(?:^|\/)(?:Extra|diagnostics)\/shutdown(?:\.[^/]{1,40})?\.log$/;
/** Blocks of a hundred processes, repeated every half second, are what real logs reach. */
const MAX_CLIENTS = 20_000;
const MAX_DELAYS = 1000;
const AFTER = /^\s*After (\d{1,6}(?:\.\d{1,9})?) ?s\b/;
const CLIENT = /remaining client pid: (\d{1,10}) \((.{0,4096})\)\s*$/;
const UUID = /\/[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/;
/** "SIGTERM: [1630000000]", newer "… @1630000000". */
const SIGTERM = /SIGTERM: \[(\d{1,12})\]|SIGTERM.{0,200}? @(\d{10})\b/;

/** Processes that held up a shutdown: written at each one by the system, in current and rotated logs. */
export const shutdownLog: ArtefactModule<IosFiles, ShutdownRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const files = filesLike(source, PLACE);
    return readTexts(source, ARTEFACT, files, 'system_logs.logarchive/Extra/shutdown.log', (lines, path) =>
      readLog(lines, path, files.length > 1, emit),
    );
  },
};

interface Block {
  readonly line: number;
  readonly delaySeconds: number[];
  readonly clients: ShutdownClient[];
}

function readLog(lines: Iterable<string>, path: string, rotated: boolean, emit: Emit<ShutdownRecord>): number {
  let block: Block | undefined;
  let [clients, count, oddLines, shutdowns] = [0, 0, 0, 0];
  const close = (atMs: number | undefined): void => {
    if (block === undefined) return;
    shutdowns++;
    emitShutdown({ kind: 'shutdown', path, atMs, ...block }, emit);
    block = undefined;
  };
  for (const line of lines) {
    count++;
    const after = AFTER.exec(line);
    const client = CLIENT.exec(line);
    const sigterm = SIGTERM.exec(line);
    if (after !== null || client !== null) block ??= { line: count, delaySeconds: [], clients: [] };
    if (after !== null && block !== undefined && block.delaySeconds.length < MAX_DELAYS) {
      const seconds = Number(after[1]);
      const before = block.delaySeconds.at(-1) ?? 0;
      // The delay grows within a shutdown: one that falls back begins another, whose predecessor has lost its end.
      if (seconds < before) {
        close(undefined);
        block = { line: count, delaySeconds: [], clients: [] };
      }
      // The classic one-line form repeats the delay with each client.
      if (seconds !== before || block.delaySeconds.length === 0) block.delaySeconds.push(seconds);
    }
    if (client !== null && block !== undefined && block.clients.length < MAX_CLIENTS) {
      clients++;
      const program = (client[2] ?? '').replace(UUID, '');
      block.clients.push({ pid: Number(client[1]), program, afterSeconds: block.delaySeconds.at(-1) });
    }
    if (sigterm !== null) {
      block ??= { line: count, delaySeconds: [], clients: [] };
      close(unixTimeMs(Number(sigterm[1] ?? sigterm[2])));
    } else if (after === null && client === null && line.trim() !== '') oddLines++;
  }
  close(undefined);
  emit.record({ kind: 'log', path, shutdowns, lines: count, oddLines, rotated });
  return clients;
}

function emitShutdown(record: ShutdownRecord & { kind: 'shutdown' }, emit: Emit<ShutdownRecord>): void {
  const { path, line, atMs, clients } = record;
  emit.record(record);
  for (const [program, pid] of new Map(clients.map((client) => [client.program, client.pid]))) {
    const locator = `shutdown at line ${line}, pid ${pid}`;
    emitProgram(program, { artefact: ARTEFACT, path, locator, atMs }, emit);
  }
  if (atMs === undefined) return;
  const names = [...new Set(clients.map(({ program }) => program.slice(program.lastIndexOf('/') + 1)))];
  const detail = `still running: ${names.slice(0, 20).join(', ') || 'none told'}`;
  emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'phone shut down', detail });
}
