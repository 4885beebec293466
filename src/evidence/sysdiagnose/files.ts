import type { Stamp } from '../../formats/stamp/index.ts';
import { linesOf } from '../android/lines.ts';
import { type Artefact, examined, type PhoneIdentity, unreadable } from '../evidence.ts';
import { filesWhere, type IosFiles, type PhoneFile, readEach } from '../ios/files.ts';
import type { LogClock, LogTime } from './clock.ts';

/** A sysdiagnose: its files by their path below its folder, in no domain. */
export interface Sysdiagnose extends IosFiles {
  readonly clock: LogClock;
  /** When it was begun, where its name tells. */
  readonly madeAtMs: number | undefined;
  readonly device: PhoneIdentity;
  /** What could not be taken from the archive. */
  readonly artefacts: readonly Artefact[];
}

/** Logs of a phone stay below some tens of megabytes; spindumps reach a hundred. */
const MAX_TEXT_BYTES = 512 * 1024 * 1024;

/** Files whose path below the archive's folder fits. */
export function filesLike(source: IosFiles, pattern: RegExp): readonly PhoneFile[] {
  return filesWhere(source, ({ relativePath }) => pattern.test(relativePath));
}

/**
 * Runs `read` over the text files of an artefact, line by line; it returns the number of records. What was read of a file that ends early
 * counts, and says so.
 */
export function readTexts(
  source: IosFiles,
  artefact: string,
  files: readonly PhoneFile[],
  usualPath: string,
  read: (lines: Iterable<string>, path: string, file: PhoneFile) => number,
): Promise<Artefact[]> {
  return readEach(artefact, files, usualPath, async (file, path) => {
    const open = await source.open(file);
    if (open === undefined) return unreadable(artefact, path, 0, 'listed, content missing');
    try {
      const records = read(linesOf(open, 0, Math.min(open.sizeBytes, MAX_TEXT_BYTES)), path, file);
      const why = open.damage ?? (open.sizeBytes > MAX_TEXT_BYTES ? 'only its first 512 MiB were read' : undefined);
      return why === undefined ? examined(artefact, path, records) : unreadable(artefact, path, records, why);
    } finally {
      open.close();
    }
  });
}

/** The time of a stamp; one without a zone is the phone's own. */
export function timeOfStamp(stamp: Stamp | undefined, clock: LogClock): LogTime | undefined {
  if (stamp === undefined) return undefined;
  return stamp.zoneKnown ? { ms: stamp.atMs, zoneUnknown: false } : clock.at(stamp.atMs);
}
