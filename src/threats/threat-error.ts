import { CodedError } from '../base/index.ts';

/** What threats refuse, in words for the caller. */
export class ThreatError extends CodedError {}
