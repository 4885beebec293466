import { CodedError } from '../base/index.ts';

/** The error of the practice organisation. */
export class DemoError extends CodedError {}
