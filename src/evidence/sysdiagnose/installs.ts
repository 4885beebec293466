import type { ArtefactModule, Emit } from '../evidence.ts';
import { eventTime, knownMs } from './clock.ts';
import { filesLike, readTexts, type Sysdiagnose } from './files.ts';
import { type LogEntry, logEntries } from './log-entries.ts';

/** What the installer of apps logged. */
export interface InstallRecord {
  readonly path: string;
  readonly line: number;
  readonly what: 'installed' | 'requested' | 'container live' | 'uninstalled' | 'container removed';
  /** Empty where the entry does not name one. */
  readonly bundleId: string;
  /** "Customer", "Placeholder", "Developer", …, as the log has it. */
  readonly type: string;
  /** Program that asked for it. */
  readonly requester: string;
  readonly place: string;
  readonly atMs: number | undefined;
}

const ARTEFACT = 'app-installs';
const ID = '([\\w.-]{1,255})';

/** Texts of MobileInstallation, as apps of iOS 9 to 18 have been seen to log them. */
const ENTRIES: readonly (readonly [RegExp, (match: RegExpExecArray) => Partial<InstallRecord>])[] = [
  [
    new RegExp(`Install Successful for \\((\\w{1,40}):${ID}\\)`),
    ([, type = '', bundleId = '']) => ({ what: 'installed', type, bundleId }),
  ],
  [
    /Install of "([^"]{0,1024})" type (\w{1,40}) \(LSInstallType = \d{1,6}[^)]{0,100}\) requested by ([^\s(]{1,256})/,
    ([, place = '', type = '', requester = '']) => ({ what: 'requested', place, type, requester }),
  ],
  [
    new RegExp(`Made container live for ${ID} at (\\S{1,1024})`),
    ([, bundleId = '', place = '']) => ({ what: 'container live', bundleId, place }),
  ],
  [new RegExp(`Uninstalling identifier ${ID}`), ([, bundleId = '']) => ({ what: 'uninstalled', bundleId })],
  [
    new RegExp(`Destroying container (?:with identifier )?${ID} (?:with persona \\S{1,100} )?at (\\S{1,1024})`),
    ([, bundleId = '', place = '']) => ({ what: 'container removed', bundleId, place }),
  ],
];

/** Apps that were installed, replaced and removed, and who asked for it. */
export const installs: ArtefactModule<Sysdiagnose, InstallRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readTexts(
      source,
      ARTEFACT,
      filesLike(source, /^logs\/MobileInstallation\/mobile_installation\.log[^/]*$/),
      'logs/MobileInstallation/mobile_installation.log.0',
      (lines, path) => {
        let records = 0;
        for (const entry of logEntries(lines, source.clock)) if (readEntry(entry, path, emit)) records++;
        return records;
      },
    ),
};

function readEntry(entry: LogEntry, path: string, emit: Emit<InstallRecord>): boolean {
  // Property lists and errors repeat names further on: what happened stands at the start.
  const text = entry.text.slice(0, 4096);
  for (const [pattern, fields] of ENTRIES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const none = { what: 'requested', bundleId: '', type: '', requester: '', place: '' } as const;
    const atMs = knownMs(entry.time);
    const record: InstallRecord = { ...none, ...fields(match), path, line: entry.line, atMs };
    emit.record(record);
    emitEntry(record, entry, emit);
    return true;
  }
  return false;
}

function emitEntry(record: InstallRecord, { time }: LogEntry, emit: Emit<InstallRecord>): void {
  const { bundleId, requester, place, path, line, atMs, what } = record;
  const common = { artefact: ARTEFACT, path, locator: `line ${line}, ${what}`, atMs } as const;
  if (bundleId !== '') emit.sighting({ kind: 'app', value: bundleId, evidence: 'present', ...common });
  if (requester !== '') emit.sighting({ kind: 'process', value: requester, evidence: 'executed', ...common });
  if (place.startsWith('/'))
    emit.sighting({ kind: 'path', value: place, relativePath: place.slice(1), evidence: 'present', ...common });
  if (time === undefined) return;
  const detail = `${bundleId || place}${requester === '' ? '' : `, asked for by ${requester}`}`;
  emit.event?.({ ...eventTime(time), artefact: ARTEFACT, path, what: `app ${what}`, detail });
}
