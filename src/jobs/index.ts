/**
 * jobs: work that must happen once a change is committed, and survives a crash.
 *
 * graphile-worker inside the server: `enqueue` is plain SQL in the caller's transaction, so a job is there exactly when its change is.
 * Workers wake by LISTEN within some 25 ms. Handlers may run twice and must bear it; `jobKey` folds equal pending jobs into one.
 * `requestReassess` is how every room tells `access` that a fact changed, `requestDelivery` tells `devices` that a policy did.
 * A room exports its handlers as `xxxJobs(services)`; `server` joins them into one task list and starts the runner.
 */
export { type JobHandlers, prepareJobs, startJobs } from './queue.ts';
export { requestDelivery, requestReassess, type Touched, touchedOf } from './requests.ts';
export { enqueue } from './store.ts';
