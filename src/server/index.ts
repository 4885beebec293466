/**
 * server: one process that wires every room to HTTP, jobs and events.
 *
 * `readConfig` checks flags and environment; `startServer` opens database, secrets, sealer and rooms, registers routes and listens.
 * `app.ts` holds the one hook that authorises every route by its declared roles (a route without roles stops the boot), `problem.ts` the
 * one place where errors become RFC 9457 replies, `events.ts` the live events, `rooms.ts` the wiring of rooms to each other.
 */
export { readConfig, SERVE_HELP } from './config.ts';
export { startServer } from './main.ts';
