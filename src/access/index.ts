/**
 * access: the decision whether a person on a device may do something now, and what follows from it.
 *
 * `posture.ts` gathers what people, devices, policies, training and findings know; `decide.ts` judges it, pure and total; `authorize`
 * joins the two, keeps what the decision saw under its hash and writes the audit entry before anything is released. A kept decision
 * can be replayed and must come out the same. No other room judges whether something is allowed or healthy.
 *
 * `accessJobs` handles `access.reassess`, which every changed fact enqueues: it stores where a device stands, tells its owner and ends
 * open views. It never locks or erases. Facts that are missing, old or unreadable refuse, and say so.
 */
export { authorize } from './authorize.ts';
export { deviceKindOf } from './device-kind.ts';
export { devicePolicy } from './device-policy.ts';
export { accessJobs } from './enforce.ts';
export { phoneTrouble } from './phone-trouble.ts';
export { accessRoutes } from './routes.ts';
export { standing } from './standing.ts';
export { countDays } from './store.ts';
export { countDecisions, countStates, findDeviceStates, findLastNotices } from './store-states.ts';
