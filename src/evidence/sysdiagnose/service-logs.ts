import { type Artefact, type ArtefactModule, absent, type Emit } from '../evidence.ts';
import { eventTime, knownMs } from './clock.ts';
import { filesLike, readTexts, type Sysdiagnose } from './files.ts';
import { type LogEntry, lockdownEntries, logEntries } from './log-entries.ts';

/** An entry of a service's log that says something about the phone. */
export interface ServiceRecord {
  readonly log: 'lockdown' | 'activation' | 'containers';
  readonly path: string;
  readonly line: number;
  readonly what: string;
  readonly text: string;
  readonly atMs: number | undefined;
}

interface ServiceLog {
  readonly log: ServiceRecord['log'];
  readonly artefact: string;
  readonly place: RegExp;
  readonly usualPath: string;
  readonly entries: (lines: Iterable<string>, clock: Sysdiagnose['clock']) => Iterable<LogEntry>;
  /** Where a pattern captures, that is the text of the entry, and the same is told once. */
  readonly events: readonly (readonly [RegExp, string])[];
}

const LOGS: readonly ServiceLog[] = [
  {
    log: 'lockdown',
    artefact: 'lockdown-log',
    place: /^logs\/MobileLockdown\/lockdownd\.log[^/]*$/,
    usualPath: 'logs/MobileLockdown/lockdownd.log',
    entries: lockdownEntries,
    // A pairing takes a dozen entries: it is asked for, put to the person, pending, asked for again. One says that it was made.
    events: [
      [/^handle_pair: Pair for .{0,200}? succeeded/i, 'paired with a computer'],
      [/^handle_pair: Pair for .{0,200}? failed/i, 'pairing not made'],
      [/^handle_pair: Pair message/i, 'a computer asked to pair'],
      [/^handle_unpair\b/, 'pairing removed'],
      [/^handle_(?:get_value|set_value|start_service\w{0,40}): (.{1,100}?) attempting to /, 'program of a computer'],
      [/HostName|host name/i, 'computer named'],
      [/Build version: /, 'services started'],
    ],
  },
  {
    log: 'activation',
    artefact: 'activation-log',
    place: /^logs\/MobileActivation\/mobileactivationd\.log[^/]*$/,
    usualPath: 'logs/MobileActivation/mobileactivationd.log',
    entries: logEntries,
    events: [
      [/activation (?:record|successful|state)|unbrick/i, 'activation'],
      [/upgrade (?:from|to|detected)|build (?:upgrade|change)/i, 'system upgraded'],
    ],
  },
  {
    log: 'containers',
    artefact: 'container-log',
    place: /^logs\/MobileContainerManager\/containermanagerd[^/]*\.log[^/]*$/,
    usualPath: 'logs/MobileContainerManager/containermanagerd.log.0',
    entries: logEntries,
    events: [
      [/performing first boot initialization/, 'phone set up or erased'],
      [/Last reference to group container/, 'shared data of an app removed'],
    ],
  },
];

/** Pairings with computers, activation, and the setting up of the phone, as its services logged them. */
export const serviceLogs: ArtefactModule<Sysdiagnose, ServiceRecord> = {
  artefact: 'service-logs',
  async read(source, emit) {
    const rows: Artefact[] = [];
    for (const log of LOGS) {
      const files = filesLike(source, log.place);
      const own = await readTexts(source, log.artefact, files, log.usualPath, (lines, path) => {
        let records = 0;
        const told = new Set<string>();
        for (const entry of log.entries(lines, source.clock)) {
          records++;
          readEntry(log, entry, path, told, emit);
        }
        return records;
      });
      rows.push(...own);
    }
    return rows;
  },
};

/** Names of programs on computers kept of one log: each computer has three or four. */
const MAX_NAMES = 1000;

function readEntry(log: ServiceLog, entry: LogEntry, path: string, told: Set<string>, emit: Emit<ServiceRecord>): void {
  const whole = entry.text.slice(0, 4096);
  const event = log.events.find(([pattern]) => pattern.test(whole));
  if (event === undefined) return;
  const [pattern, what] = event;
  const name = pattern.exec(whole)?.[1];
  if (name !== undefined && (told.has(name) || told.size >= MAX_NAMES)) return;
  if (name !== undefined) told.add(name);
  const text = name ?? whole;
  emit.record({ log: log.log, path, line: entry.line, what, text, atMs: knownMs(entry.time) });
  if (entry.time === undefined) return;
  emit.event?.({ ...eventTime(entry.time), artefact: log.artefact, path, what, detail: text.slice(0, 500) });
}

/** A start of the phone, or the end before it. */
export interface BootRecord {
  readonly kind: 'boot' | 'shutdown';
  readonly path: string;
  readonly line: number;
  readonly atMs: number;
}

const BOOT_LOGS =
  /^logs\/(?:MobileInstallation\/mobile_installation|MobileContainerManager\/containermanagerd[^/]*)\.log[^/]*$/;
/** What the installer logs at its first start after a boot; containermanagerd's start line differs between systems (unverified beyond these). */
const BOOT = /\bmain: Reboot detected\b|\bcontainermanagerd (?:starting|started|booting)\b/;
/** Both services log the same boot. */
const SAME_BOOT_MS = 180_000;
const SHUTDOWN_LOGS = /^system_logs\.logarchive\/Extra\/shutdown(?:\.[^/]{1,40})?\.log$/;
/** From this system on shutdown.log is written anew at each boot (iVerify, 2025-10). */
const KEEPS_NO_HISTORY = 26;

/** Starts of the phone beside its shutdowns, for what is missing between them. */
export const boots: ArtefactModule<Sysdiagnose, BootRecord> = {
  artefact: 'boots',
  async read(source, emit) {
    if (Number.parseInt(source.device.osVersion, 10) >= KEEPS_NO_HISTORY) {
      const says =
        'earlier shutdowns: from iOS 26 on the phone keeps only the last one, so that restarts cannot be compared';
      return [absent('boots', says)];
    }
    const found: BootRecord[] = [];
    const files = filesLike(source, BOOT_LOGS);
    const rows = await readTexts(
      source,
      'boots',
      files,
      'logs/MobileInstallation/mobile_installation.log.0',
      (lines, path) => {
        let records = 0;
        for (const { text, time, line } of logEntries(lines, source.clock)) {
          const atMs = BOOT.test(text.slice(0, 400)) ? knownMs(time) : undefined;
          if (atMs === undefined) continue;
          records++;
          found.push({ kind: 'boot', path, line, atMs });
        }
        return records;
      },
    );
    await readTexts(source, 'boots', filesLike(source, SHUTDOWN_LOGS), '', (lines, path) => {
      let line = 0;
      for (const text of lines) {
        line++;
        const seconds = /SIGTERM: \[(\d{9,10})\]|SIGTERM.{0,200}? @(\d{10})\b/.exec(text);
        if (seconds !== null)
          emit.record({ kind: 'shutdown', path, line, atMs: Number(seconds[1] ?? seconds[2]) * 1000 });
      }
      return line;
    });
    let last = Number.NEGATIVE_INFINITY;
    for (const boot of found.sort((a, b) => a.atMs - b.atMs)) {
      if (boot.atMs - last < SAME_BOOT_MS) continue;
      last = boot.atMs;
      emit.record(boot);
      emit.event?.({ atMs: boot.atMs, artefact: 'boots', path: boot.path, what: 'phone started', detail: '' });
    }
    return rows;
  },
};
