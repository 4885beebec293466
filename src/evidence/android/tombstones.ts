import { FormatError } from '../../base/index.ts';
import type { Stamp } from '../../formats/stamp/index.ts';
import { parseTombstone, type Tombstone } from '../../formats/tombstone/index.ts';
import { type ArtefactModule, type Emit, readWhole } from '../evidence.ts';
import { type DeviceClock, knownMs, type LocalTime } from './clock.ts';
import { type AndroidFiles, nameOf, readFiles } from './files.ts';

/** A program that crashed. */
export interface TombstoneRecord {
  readonly path: string;
  readonly pid: number | undefined;
  readonly tid: number | undefined;
  readonly uid: number | undefined;
  /** Name of the thread that crashed. */
  readonly threadName: string;
  readonly command: string;
  readonly signal: string;
  readonly abortMessage: string;
  readonly causes: readonly string[];
  readonly time: LocalTime | undefined;
}

const NAME = /^tombstone_\w{1,40}(?:\.(?:pb|txt))?$/;
/** Some are written with the memory around every register. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Whether a file is a tombstone by its name. */
export function isTombstoneName(name: string): boolean {
  return NAME.test(name);
}

/**
 * `FS/data/tombstones/*`, text and protobuf. Android writes each crash in both forms, `tombstone_00` and `tombstone_00.pb`: both are read, a
 * crash that stands in both counts once.
 */
export const tombstones: ArtefactModule<AndroidFiles, TombstoneRecord> = {
  artefact: 'tombstones',
  read(source, emit) {
    const files = source.files.filter(({ path }) => isTombstoneName(nameOf(path)));
    const seen = new Set<string>();
    return readFiles('tombstones', files, 'FS/data/tombstones', (open, path) => {
      // Slots that were never used are empty files.
      if (open.sizeBytes === 0) return 0;
      const bytes = readWhole(open, MAX_BYTES);
      if (bytes === undefined) throw new FormatError('evidence-size', -1, `is larger than ${MAX_BYTES} bytes`);
      const tombstone = parseTombstone(bytes);
      const key = `${path.replace(/\.pb$/, '')} ${tombstone.pid} ${tombstone.tid}`;
      if (seen.has(key)) return 0;
      seen.add(key);
      take(tombstone, path, source, emit);
      return 1;
    });
  },
};

/** The stamp has its zone but on very old phones. */
function localTime({ original, atMs, zoneKnown }: Stamp, clock: DeviceClock): LocalTime {
  if (zoneKnown) return { local: original, ms: atMs, zoneUnknown: false };
  return clock(original) ?? { local: original, ms: atMs, zoneUnknown: true };
}

function take(
  { pid, tid, uid, threadName = '', commandLine, signal, abortMessage = '', causes, time: stamp }: Tombstone,
  path: string,
  source: AndroidFiles,
  emit: Emit<TombstoneRecord>,
): void {
  const command = commandLine[0] ?? '';
  const time = stamp === undefined ? undefined : localTime(stamp, source.clock);
  const name = signal === undefined ? '' : `${signal.name} ${signal.codeName}`;
  emit.record({ path, pid, tid, uid, threadName, command, signal: name, abortMessage, causes, time });
  const common = {
    evidence: 'executed',
    artefact: 'tombstones',
    path,
    locator: `pid ${pid ?? 'unknown'}`,
    atMs: knownMs(time),
  } as const;
  for (const value of new Set([threadName, nameOf(command)])) {
    if (value !== '') emit.sighting({ kind: 'process', value, uncut: true, ...common });
  }
  if (command.startsWith('/')) emit.sighting({ kind: 'path', value: command, ...common });
  else if (command.includes('.')) emit.sighting({ kind: 'app', value: command, ...common });
  if (time === undefined) return;
  const detail = `${command || threadName} ${name}`;
  emit.event?.({
    atMs: time.ms,
    artefact: 'tombstones',
    path,
    what: 'program crashed',
    detail,
    ...(time.zoneUnknown ? { zoneUnknown: true } : {}),
  });
}
