import type { Artefact } from '../evidence/index.ts';
import type { BaselineItem, BaselineKind } from './baseline-items.ts';
import type { Finding } from './finding.ts';
import { compareNumbers, numbersOf } from './versions.ts';

/** What one check knew of its phone, for the next one. */
export interface CheckedState {
  /** "17.5.1"; empty where the evidence does not say. */
  readonly osVersion: string;
  /** Artefacts that were read whole: what is missing from another is no difference. */
  readonly examined: ReadonlySet<string>;
  readonly items: readonly BaselineItem[];
}

/** Artefacts of which nothing was unreadable. */
export function readWholly(rows: readonly Pick<Artefact, 'artefact' | 'status'>[]): ReadonlySet<string> {
  const read = new Set(rows.filter(({ status }) => status === 'examined').map(({ artefact }) => artefact));
  for (const { artefact, status } of rows) if (status === 'unreadable') read.delete(artefact);
  return read;
}

/** More differences of one kind are told as one: then the phone was reset or exchanged, and no single name says anything. */
const MAX_NAMED = 20;

/** Artefacts that a kind of things comes from. */
const ARTEFACTS: Readonly<Record<BaselineKind, string>> = {
  'network-program': 'data-usage',
  'running-program': 'processes',
  profile: 'configuration-profiles',
  shutdown: 'shutdown-log',
  'adb-key': 'adb',
};

/** The artefact that a kind of things is read from. */
export function artefactOf(kind: BaselineKind): string {
  return ARTEFACTS[kind];
}

/** From this system on shutdown.log is written anew at each boot. */
const KEEPS_NO_SHUTDOWNS = 26;

/**
 * Tells what changed on a phone between two checks (indicators-and-detection.md 7): a system that went back, entries that vanished, profiles, programs
 * and computers that are new. Nothing of it is a trace; each says what a healthy cause looks like.
 */
export function compareBaselines(before: CheckedState, now: CheckedState): readonly Finding[] {
  const sameSystem = before.osVersion === now.osVersion;
  const difference = (kind: BaselineKind): { added: readonly string[]; gone: readonly string[]; old: number } => {
    const artefact = ARTEFACTS[kind];
    if (!before.examined.has(artefact) || !now.examined.has(artefact)) return { added: [], gone: [], old: 0 };
    const [old, fresh] = [valuesOf(before, kind), valuesOf(now, kind)];
    return {
      added: [...fresh].filter((value) => !old.has(value)),
      gone: [...old].filter((value) => !fresh.has(value)),
      old: old.size,
    };
  };
  const usage = difference('network-program');
  return [
    ...systemWentBack(before.osVersion, now.osVersion),
    ...vanishedPrograms(usage, sameSystem),
    ...lostShutdowns(difference('shutdown'), valuesOf(now, 'shutdown'), now.osVersion),
    ...told('profile', difference('profile').added, PROFILE),
    ...told('adb-key', difference('adb-key').added, ADB_KEY),
    // An update brings programs of its own.
    ...(sameSystem ? told('network-program', usage.added, NEW_USAGE) : []),
    ...(sameSystem ? told('running-program', difference('running-program').added, NEW_RUNNING) : []),
  ];
}

type Words = Pick<Finding, 'level' | 'verdict'> & { readonly says: string };

const PROFILE: Words = {
  level: 'low',
  verdict: 'weakness',
  says: 'This configuration profile was not there at the check before. An employer or school may have installed it since: compare with what they did.',
};
const ADB_KEY: Words = {
  level: 'low',
  verdict: 'unusual',
  says: 'A computer with this key may debug the phone, and could not at the check before. Ask who connected the phone to a computer and agreed.',
};
const NEW_USAGE: Words = {
  level: 'info',
  verdict: 'weakness',
  says: 'This program of the system used the network for the first time since the check before, on the same system. Most are parts of iOS that were not needed until then.',
};
const NEW_RUNNING: Words = {
  level: 'info',
  verdict: 'weakness',
  says: 'This program of the system ran now and did not at the check before, on the same system. Most are parts of iOS that run when they are needed.',
};

function told(kind: BaselineKind, values: readonly string[], { level, verdict, says }: Words): Finding[] {
  if (values.length > MAX_NAMED) {
    const explanation = `${values.length} things of this kind are new since the check before. So many at once come from an update, a restored backup or another phone.`;
    return [findingOf([kind, 'new'], `${values.length} new`, { level, verdict: 'weakness', explanation })];
  }
  return values.map((value) => findingOf([kind, 'new'], value, { level, verdict, explanation: says }));
}

function systemWentBack(before: string, now: string): Finding[] {
  const [old, fresh] = [numbersOf(before), numbersOf(now)];
  if (old.length === 0 || fresh.length === 0 || compareNumbers(fresh, old) >= 0) return [];
  const explanation = `The phone ran version ${before} at the check before and runs ${now} now. Systems do not go back by themselves: somebody installed an older one, the phone was exchanged, or a backup of before was checked.`;
  return [findingOf(['system', 'older'], `${before} to ${now}`, { level: 'medium', verdict: 'unusual', explanation })];
}

/** The phone keeps an entry for each program for years; spyware removes its own (Pegasus, Amnesty International 2021). */
function vanishedPrograms({ gone, old }: { gone: readonly string[]; old: number }, sameSystem: boolean): Finding[] {
  if (gone.length > MAX_NAMED || gone.length * 2 > old) {
    if (gone.length === 0) return [];
    const explanation = `${gone.length} of ${old} programs that had used the network at the check before have no entry any more. The phone was set up anew, or its statistics were reset; if nobody did that, somebody removed them.`;
    return [
      findingOf(['network-program', 'gone'], `${gone.length} gone`, { level: 'low', verdict: 'unusual', explanation }),
    ];
  }
  const explanation = sameSystem
    ? 'This program of the system had used the network at the check before, and its entry is gone. Phones keep such entries for years; spyware is known to remove its own.'
    : 'This program of the system had used the network at the check before, and its entry is gone. The system was updated since, which can remove a program; spyware is known to remove its own entry.';
  return gone.map((value) =>
    findingOf(['network-program', 'gone'], value, {
      level: sameSystem ? 'medium' : 'low',
      verdict: 'unusual',
      explanation,
    }),
  );
}

function lostShutdowns({ gone }: { gone: readonly string[] }, kept: ReadonlySet<string>, osVersion: string): Finding[] {
  if (gone.length === 0 || Number.parseInt(osVersion, 10) >= KEEPS_NO_SHUTDOWNS) return [];
  const oldest = [...kept].sort()[0];
  // The log loses its beginning when it is full; what is missing in its middle was taken out.
  const holes = oldest === undefined ? [] : gone.filter((value) => value > oldest);
  if (holes.length > 0) {
    const explanation = `${holes.length} shutdowns that were recorded at the check before are missing, though older ones are still there. The phone does not remove single entries.`;
    return [findingOf(['shutdown', 'gone'], holes[0] ?? '', { level: 'medium', verdict: 'unusual', explanation })];
  }
  if (oldest !== undefined) return [];
  const explanation =
    'The record of shutdowns was there at the check before and is empty now. The phone was set up anew, or somebody emptied it.';
  return [findingOf(['shutdown', 'gone'], `${gone.length} gone`, { level: 'low', verdict: 'unusual', explanation })];
}

/** A finding of the comparison of one kind of things. */
export function findingOf(
  [kind, change]: readonly [kind: BaselineKind | 'system', change: 'new' | 'gone' | 'rare' | 'older'],
  value: string,
  words: Pick<Finding, 'level' | 'verdict' | 'explanation'>,
): Finding {
  return {
    ...words,
    kind: 'heuristic',
    evidence: 'structure',
    value,
    indicator: undefined,
    artefact: 'comparison',
    path: '',
    locator: kind === 'system' ? 'system' : `${ARTEFACTS[kind]}, ${change}`,
    atMs: undefined,
  };
}

function valuesOf({ items }: CheckedState, kind: BaselineKind): ReadonlySet<string> {
  return new Set(items.filter((item) => item.kind === kind).map(({ value }) => value));
}
