import { isPlistDict, type PlistDict, type PlistValue } from '../../formats/plist/index.ts';
import { DeviceError } from '../device-error.ts';

/** What refuses a message; phones try nothing again at 400, and stay enrolled. */
export function refuseMessage(code: string, why: string): DeviceError {
  return new DeviceError(code, 400, `Cannot accept message of a phone: ${why}`);
}

/** Checks that a parsed body is a dictionary; throws DeviceError `device-body`. */
export function dictOf(value: PlistValue): PlistDict {
  if (!isPlistDict(value)) throw refuseMessage('device-body', 'the body is not a dictionary');
  return value;
}

/** A text that is there and not empty. */
export function textIn(dict: PlistDict, key: string): string | undefined {
  const value = dict[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
