import type { CrashRecord, DataUsageRecord, PackageRecord, ProfileRecord, TombstoneRecord } from '../evidence/index.ts';
import { FILE_INSTALLERS } from './android/known-apps.data.ts';
import { systemProgram } from './baseline.ts';
import type { Clue, CorrelationRule } from './correlate.ts';
import type { Heuristic } from './heuristic.ts';

const RULE = 'parser-crash';
const WINDOW_MS = 10 * 60_000;

/** Programs of iOS that open what a message brings, before anybody looks at it. */
const IOS_PARSERS = new Set([
  'imagent',
  'IMTransferAgent',
  'IMTranscoderAgent',
  'MessagesBlastDoorService',
  'IDSBlastDoorService',
  'BlastDoor',
  'com.apple.quicklook.ThumbnailsAgent',
  'mediaparserd',
]);
/** Programs of Android that open pictures, films and sounds; the maker's own codecs have the service's name with a suffix. */
const ANDROID_PARSER =
  /\/(?:mediaserver|mediaextractor|mediacodec|mediaswcodec|media\.(?:codec|extractor|swcodec)|android\.hardware\.media\.(?:c2|omx)@[\w.-]{1,80})$/;

/**
 * A program that opens what messages bring crashed, and within ten minutes something new began: a program of the system used the network for the
 * first time, a profile or an app from a file was installed.
 *
 * Zero-click exploits crash the program that they attack, and the implant follows (FORCEDENTRY in IMTranscoderAgent, Citizen Lab 2021;
 * BLASTPASS in MessagesBlastDoorService, Project Zero 2025). Such crashes alone are ordinary. Many new things at once are an update or a new phone and count for nothing.
 * False alarm: a broken picture arrived just as a part of the system was used for the first time.
 */
export const parserCrash: CorrelationRule = {
  id: RULE,
  windowMs: WINDOW_MS,
  maxClues: 12,
  classes: ['crash', 'program', 'profile', 'app'],
  atLeast: 2,
  begins: 'crash',
  burstIsHarmless: true,
  vetoes: [],
  finding: (window) => ({
    level: 'medium',
    verdict: 'unusual',
    value: [...new Set(window.map(({ subject }) => subject))].join(', ').slice(0, 1000),
    explanation:
      'A program that opens what messages bring crashed, and within ten minutes something new began on the phone. Attacks that need no touch look like this; so does a broken picture that arrives while a part of the system is used for the first time, or while the owner installs something. Ask what was received and done then, and have the times compared.',
  }),
};

/** Crashes in a sysdiagnose, of programs that open messages. */
export const parserCrashes: Heuristic<CrashRecord> = ({ clue }) =>
  noting(clue, ({ path, what, processes: [process], atMs }) =>
    (what === 'crash' || what === 'listed') && process !== undefined && IOS_PARSERS.has(process.name)
      ? { class: 'crash', subject: process.name, artefact: 'crashes', path, locator: `crash of ${process.name}`, atMs }
      : undefined,
  );

/** Crashes of programs of Android that open media; the same crash stands in two files. */
export const parserTombstones: Heuristic<TombstoneRecord> = ({ clue }) =>
  noting(clue, ({ path, command, pid, time }) => {
    if (!ANDROID_PARSER.test(command)) return undefined;
    const subject = command.slice(command.lastIndexOf('/') + 1);
    return { class: 'crash', subject, artefact: 'tombstones', path, locator: `pid ${pid ?? '?'}`, atMs: knownMs(time) };
  });

/** First use of the network by a program that belongs to no app. */
export const firstUses: Heuristic<DataUsageRecord> = ({ clue }) => {
  const seen = new Set<number>();
  return noting(clue, (record) => {
    if (record.kind !== 'usage' || seen.has(record.processId)) return undefined;
    seen.add(record.processId);
    if (systemProgram(record) === undefined) return undefined;
    const { process: subject, path, processId, firstAtMs: atMs } = record;
    const locator = `ZPROCESS Z_PK ${processId}`;
    return { class: 'program', subject, artefact: 'data-usage', path, locator, atMs };
  });
};

/** Profiles by when they were installed. */
export const newProfiles: Heuristic<ProfileRecord> = ({ clue }) =>
  noting(clue, ({ path, identifier, uuid, installedAtMs: atMs }) => {
    const subject = identifier || uuid;
    return { class: 'profile', subject, artefact: 'configuration-profiles', path, locator: subject, atMs };
  });

/** Apps that were installed from a file, as judged by the package manager. */
export const fileInstalls: Heuristic<PackageRecord> = ({ clue }) =>
  noting(clue, ({ path, packageName, installer, installed, firstInstallTime }) =>
    installed && FILE_INSTALLERS.has(installer)
      ? {
          class: 'app',
          subject: packageName,
          artefact: 'packages',
          path,
          locator: `Package [${packageName}]`,
          atMs: knownMs(firstInstallTime),
        }
      : undefined,
  );

function knownMs(time: { readonly ms: number; readonly zoneUnknown: boolean } | undefined): number | undefined {
  return time === undefined || time.zoneUnknown ? undefined : time.ms;
}

type Noted = Omit<Clue, 'rule' | 'atMs'> & { readonly atMs: number | undefined };

function noting<R>(
  clue: ((clue: Clue) => void) | undefined,
  clueOf: (record: R) => Noted | undefined,
): ReturnType<Heuristic<R>> {
  return {
    record(record) {
      const noted = clueOf(record);
      if (noted?.atMs !== undefined) clue?.({ ...noted, atMs: noted.atMs, rule: RULE });
    },
    end: () => [],
  };
}
