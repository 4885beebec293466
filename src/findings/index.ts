/**
 * findings: what checks found on phones, kept, and what people do about it.
 *
 * A report of `detection` is validated anew, its verdict recomputed, kept as one check and its findings; the same finding in a later check is
 * the same row, and a cleared one stays cleared unless it comes back worse. Each check is compared with the phone's last one and with phones
 * of the same system (`comparison.ts`).
 *
 * A trace or something unusual opens a case (`cases.ts`): one for each phone, under whatever enrolment, and investigation; two people close it.
 *
 * Each change appends to the audit log, enqueues `access.reassess` and notifies topic `finding` in one transaction. Only open findings with
 * the verdict `trace` reach the decision (`readThreatFacts`): what was merely received or visited never locks anybody out. An
 * investigator or owner clears a finding with a reason, never one of the own phone; a trace two of them where the organisation wants that (`clearing.ts`).
 */
export { readHeld } from './comparison.ts';
export { mayCallFalse } from './false-claim.ts';
export { readThreatFacts } from './findings.ts';
export { findingsJobs } from './jobs.ts';
export { startJudging } from './judge-again.ts';
export { keepFinding } from './keep-finding.ts';
export { isMember, mayReport } from './may-report.ts';
export { findingsRoutes } from './routes.ts';
export { findIndicatorEvidence } from './store.ts';
export { isFreshCheck } from './store-limits.ts';
export { tellChange } from './tell-change.ts';
