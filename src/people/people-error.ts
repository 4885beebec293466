import { CodedError } from '../base/index.ts';

/** What a caller of this room may be told. */
export class PeopleError extends CodedError {}
