/**
 * policies: what the organisation asks of its devices, and what each platform can be made to do about it.
 *
 * The catalogue (`catalogue.data.ts`) names the controls; a policy sets some of them, has versions, and applies to everyone or to
 * groups. `mergePolicies` lets the strictest value win. `compileApple` and `compileAndroid` turn the result into a configuration
 * profile and an Android Management API policy; `coverageOf` says per control and device whether it is enforced, checked, attested or
 * impossible. All of these are pure and run in browsers too.
 *
 * `effectivePolicy`, `profileFor` and `androidPolicyFor` read the database for one person or device. A saved policy enqueues
 * `access.reassess` and `devices.deliver` for everyone.
 */
export { CONTROLS } from './catalogue.data.ts';
export { PASSCODE_PAYLOAD, POLICY_PROFILE_IDENTIFIER, profileIdOf } from './compile-apple.ts';
export type { Control, DeviceKind } from './control.ts';
export { coverageOf } from './coverage.ts';
export { draftPolicy } from './draft.ts';
export { androidPolicyFor, effectivePolicy, profileFor, settingsOf } from './effective.ts';
export { withoutLosers } from './losing.ts';
export { policiesRoutes } from './routes.ts';
