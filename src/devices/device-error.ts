import { CodedError } from '../base/index.ts';

/** The error of this room. */
export class DeviceError extends CodedError {}
