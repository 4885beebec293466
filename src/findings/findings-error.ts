import { CodedError } from '../base/index.ts';

/** What findings refuse, in words for the caller. */
export class FindingsError extends CodedError {}

/** For a device that is not there, and for one that the caller may not know of. */
export function unknownDevice(): FindingsError {
  return new FindingsError('device-unknown', 404, 'Cannot find device: no device of yours has this id');
}
