import type { Artefact, ArtefactModule, PhoneIdentity, Sighting, TimelineEvent } from '../evidence/index.ts';
import { reasonOf, unreadable } from '../evidence/index.ts';
import type { BaselineItem } from './baseline-items.ts';
import type { Clue } from './correlate.ts';
import type { Finding } from './finding.ts';

/** What a heuristic may know besides the records. */
export interface CheckContext {
  /** Milliseconds since 1970: when the check runs. */
  readonly nowMs: number;
  readonly device: PhoneIdentity;
  /** Takes what counts only beside other things (`correlate.ts`). */
  readonly clue?: (clue: Clue) => void;
  /** Takes what the next check of the phone is compared by (`baseline.ts`). */
  readonly baseline?: (item: BaselineItem) => void;
}

/**
 * Judges the records of one artefact without indicators. `record` is called for each as it is read, `end` once.
 * State must stay small: a phone has millions of records.
 */
export type Heuristic<R> = (context: CheckContext) => {
  record(record: R): void;
  end(): readonly Finding[];
};

/** Where what is read goes to. */
export interface Sinks {
  sighting(sighting: Sighting): void;
  finding(finding: Finding): void;
  readonly event: ((event: TimelineEvent) => void) | undefined;
}

/** A module with its heuristics, for a source of type `S`; the type of the records stays inside. */
export interface Check<S> {
  readonly artefact: string;
  run(source: S, context: CheckContext, sinks: Sinks): Promise<readonly Artefact[]>;
}

/** Pairs a module with the heuristics for its records. A module that fails ends as one unreadable artefact. */
export function pair<S, R>(module: ArtefactModule<S, R>, ...heuristics: readonly Heuristic<R>[]): Check<S> {
  return {
    artefact: module.artefact,
    async run(source, context, sinks) {
      const judges = heuristics.map((heuristic) => heuristic(context));
      const emit = {
        record: (record: R) => {
          for (const judge of judges) judge.record(record);
        },
        sighting: sinks.sighting,
        event: sinks.event,
      };
      let rows: readonly Artefact[];
      try {
        rows = await module.read(source, emit);
      } catch (error) {
        rows = [unreadable(module.artefact, '', 0, reasonOf(error))];
      }
      for (const [i, judge] of judges.entries()) {
        for (const finding of judge.end()) sinks.finding({ ...finding, rule: `${module.artefact} ${i}` });
      }
      return rows;
    },
  };
}
