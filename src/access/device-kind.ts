import { type Device, FACT } from '../devices/index.ts';
import type { DeviceKind } from '../policies/index.ts';

/** The traits of a device that decide which settings its platform accepts; what it has not reported counts as not supervised. */
export function deviceKindOf(device: Device): DeviceKind {
  const value = (name: string) => device.facts.find((fact) => fact.name === name)?.value;
  return {
    platform: device.platform,
    ownership: device.ownership,
    supervised: value(FACT.supervised) === true,
    userEnrollment: device.platform === 'apple' && value(FACT.enrolmentKind) === 'user',
  };
}
