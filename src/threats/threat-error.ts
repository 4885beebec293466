import { CodedError } from '../base/index.ts';

/** What threats refuse, in words for the caller. */
export class ThreatError extends CodedError {}

/** For a device that is not there, and for one that the caller may not know of. */
export function unknownDevice(): ThreatError {
  return new ThreatError('device-unknown', 404, 'Cannot find device: no device of yours has this id');
}
