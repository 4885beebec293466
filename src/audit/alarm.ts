/**
 * What can be wrong with the log, by words that stay put: metrics, health and the console tell them.
 *
 * `gap` an entry is missing or stands in another's place · `changed` an entry differs from its hash · `rewritten` the log differs from what was
 * signed or seen · `cut` it ends before that · `head` the signed head itself was replaced · `signature` a head is not signed by this
 * installation · `key` the signing key is another one · `file-missing`, `file-damaged` what the signer keeps beside the database is gone ·
 * `waiting` an entry gets no place
 */
export const ALARMS = [
  'gap',
  'changed',
  'rewritten',
  'cut',
  'head',
  'signature',
  'key',
  'file-missing',
  'file-damaged',
  'waiting',
] as const;
export type AlarmCode = (typeof ALARMS)[number];

/** Why the log is not to be trusted as it stands. */
export interface Alarm {
  readonly code: AlarmCode;
  /** For whoever runs the server: what differs, and where. */
  readonly why: string;
}
