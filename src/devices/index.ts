/**
 * devices: which phones there are, whose they are, and what they last said of themselves.
 *
 * The registry is the same for both makes: a device with owner, ownership and state, facts `{ name, value, observedAtMs, source }`, apps,
 * commands. `apple/` speaks Apple's MDM protocol (enrolment, SCEP, check-in, commands); `android/` the Android Management API. A fact
 * is saved together with its audit entry, its notice and the job `access.reassess`; nothing here judges whether a device is healthy.
 *
 * The browser that opens an enrolment link binds its key to that enrolment; `findDeviceByKeyThumbprint` leads from the key to the device.
 * `checkProof` checks a proof of possession (DPoP) of such a key; by it alone a phone answers for its owner (`phone-requests.ts`).
 */
export { appleJobs } from './apple/deliver.ts';
export { type AppleServices, openApple } from './apple/services.ts';
export { findLateRenewals } from './apple/store-renewals.ts';
export { browserRequest } from './connect-browser.ts';
export type { Device, DeviceState, NewDevice, Ownership, Platform, ReportedApp } from './device.ts';
export { FACT, type Fact } from './facts.ts';
export { checkProof, type ReplayGuard, replayGuard } from './proof.ts';
export { pruneJobs, startPruning } from './prune.ts';
export { readSigned } from './read-signed.ts';
export {
  browserBoundSince,
  changeDeviceState,
  findDeviceByKeyThumbprint,
  readDevice,
  saveFacts,
  upsertDevice,
} from './registry.ts';
export { devicesRoutes } from './routes.ts';
export { phoneRoutes } from './routes-phone.ts';
export type { DevicesServices } from './services.ts';
export {
  countInvited,
  countPhones,
  countRecords,
  devicesOfSamePhone,
  findApps,
  findDeviceIdsOf,
  findDeviceNames,
  nativeIdOf,
  type RelatedEnrolment,
  relatedEnrolments,
} from './store.ts';
