import { CodedError } from '../base/index.ts';

/** What hunt refuses, in words for the caller. */
export class HuntError extends CodedError {}
