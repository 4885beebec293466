/**
 * detectors: sightings and indicators in, findings out. Pure.
 *
 * `matchSightings` compares each sighting by the rules of `indicators`. What a match proves depends on the kind of evidence, not on the
 * indicator alone: a process that used the network ran (`trace`), a profile is installed (`trace`), a link was merely received or visited
 * (`unusual`: anyone can send one). A file's presence becomes a trace when other evidence of the same family stands beside it (`corroborate`).
 *
 * `judgeDataUsage` looks at the process table itself: usage without its process entry, and gaps. `scanFile` judges the byte scan.
 */
export { judgeDataUsage } from './data-usage.ts';
export { byteScannerOf, scanFile } from './file-scan.ts';
export { corroborate, type Finding, matchSighting } from './match-sightings.ts';
