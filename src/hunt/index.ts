/**
 * hunt: indicators of this server looked up in what stood on the phones, also long after the check.
 *
 * `keepSightings` keeps what stood on a phone by keyed hash (16 partitions, `store-sightings.ts`): no message, address or name in clear.
 * `addIndicators` keeps sets of indicators in versions; the job `threats.retro-hunt` looks what a version adds up in the index of all phones,
 * `threats.hunt-device` looks all indicators up in what a phone has sent anew (`retro-hunt.ts`). What is found becomes a finding of the room
 * `findings`, in one transaction.
 */
export { huntJobs } from './jobs.ts';
export { huntRoutes } from './routes.ts';
export { countSightings } from './store-sightings.ts';
