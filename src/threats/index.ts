/**
 * threats: traces of mercenary spyware on phones, from evidence to findings that the decision reads.
 *
 * Pure folders do the looking: `readers` parse evidence into sightings, `indicators` hold known signs and the rules of matching, `detectors`
 * make findings; `scan` runs them over folders for `pavise check`, without database or network. This face is the server's side: a
 * report is validated anew, its verdict recomputed, kept as one check and its findings; the same finding in a later check is the same row, and
 * a cleared one stays cleared unless it comes back worse.
 *
 * `keepSightings` keeps what stood on a phone by keyed hash (16 partitions, `store-sightings.ts`): no message, address or name in clear. `addIndicators` keeps sets of
 * indicators in versions; the job `threats.retro-hunt` looks what a version adds up in the index of all phones (`retro-hunt.ts`).
 *
 * Each check is compared with the phone's last one and with phones of the same system (`comparison.ts`).
 *
 * A trace or something unusual opens a case (`cases.ts`): one for each phone, under whatever enrolment, and investigation; two people close it.
 *
 * Each change appends to the audit log, enqueues `access.reassess` and notifies topic `finding` in one transaction. Only open findings with
 * the verdict `trace` reach the decision (`readThreatFacts`): what was merely received or visited never locks anybody out. An
 * investigator or owner clears a finding with a reason, never one of the own phone; a trace two of them where the organisation wants that (`clearing.ts`).
 */
export { readHeld } from './comparison.ts';
export { readThreatFacts } from './findings.ts';
export { threatJobs } from './jobs.ts';
export { threatRoutes } from './routes.ts';
