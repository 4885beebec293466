/**
 * detection: sightings and indicators in, findings and the report of a check out. Pure, browser-safe.
 *
 * `matchSightings` compares each sighting by the rules of `indicators`. What a match proves depends on the kind of evidence, not on the
 * indicator alone: a process that used the network ran (`trace`), a profile is installed (`trace`), a link was merely received or visited
 * (`unusual`: anyone can send one). A file's presence becomes a trace when other evidence of the same family stands beside it (`corroborate`).
 *
 * `examine` is the whole of a check: each tree of evidence is recognised by its content (`sources/`), its artefacts are read by their modules, each
 * paired with its heuristics (`pair` in heuristic.ts), then every file goes through the byte scan. `reportOf` gives the report.
 *
 * `makeSightingIndex` collects, by hash, what stood on the phone.
 */
export { BASELINE_KINDS, type BaselineItem } from './baseline-items.ts';
export { canBeSent } from './can-be-sent.ts';
export { artefactOf, compareBaselines, findingOf, readWholly } from './compare-baselines.ts';
export { type Examination, type ExamineOptions, examine } from './examine.ts';
export type { Finding } from './finding.ts';
export { isNote } from './is-note.ts';
export { judge } from './match-sightings.ts';
export { reportOf, wireFinding } from './report.ts';
export {
  type DecodedSightings,
  decodeSightings,
  hashOfValue,
  makeSightingIndex,
  meaningOf,
  type SightingIndex,
  timeOfDay,
} from './sighting-index.ts';
export { VALUE_KINDS, type ValueKind, valuesOfIndicators, type WantedValue } from './sighting-values.ts';
