/** What a failure that no room has named means to whoever asked, at the server and at the terminal. */
export interface FailureRow {
  /** SQLSTATE of PostgreSQL, errno of the system, `HTTP` and the status of what the HTTP server refuses by itself; `*` stands for any end. */
  readonly of: readonly string[];
  /** Stable. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** After how long a caller may well come again: of what passes by itself. */
  readonly retryAfterSeconds?: number;
  /** To whoever called the server. @param said the HTTP server's own words for what it refuses */
  readonly answer: (said: string) => string;
  /** To the person at the terminal, with exit code 2. @param where the path, quoted after a colon, or nothing */
  readonly terminal?: (where: string, errno: string) => string;
}

const internal = {
  code: 'internal',
  status: 500,
  answer: (): string => 'Try again, and tell your administrator if it stays: the server failed',
} as const;
const databaseGone = {
  code: 'database-unavailable',
  status: 503,
  retryAfterSeconds: 5,
  answer: (): string => 'Try again in a moment: the database does not answer',
} as const;
const databaseBusy = {
  code: 'database-busy',
  status: 503,
  retryAfterSeconds: 2,
  answer: (): string => 'Try again in a moment: the database has too much to do, and nothing of this was saved',
} as const;
const nobodyThere = (_where: string, errno: string): string => `Check --server: nothing answers there (${errno})`;
const is = (where: string, what: string): string => (where === '' ? '' : `${where} ${what}`);

/** The one table of failures beside the rooms' own (`CodedError`); the first row that fits counts. */
export const FAILURES: readonly FailureRow[] = [
  {
    of: ['22*'], // data exceptions: NUL in a text, a date that does not exist, a number out of range
    code: 'request-invalid',
    status: 400,
    answer: () => 'Correct the request: it holds a character, date or number that cannot be stored',
  },
  {
    of: ['53100', 'ENOSPC', 'EDQUOT'],
    code: 'disk-full',
    status: 507,
    answer: () =>
      "Tell your administrator to make room on the server's disk, then try again: it is full, and nothing of this was saved",
    terminal: (where) => `Make room first: the disk is full${where}`,
  },
  // Broken or silent; ended by its administrator; a standby, or one that lets nobody in; an idle transaction that it ended.
  { of: ['08*', '57P*', '25006', '28*', '3D000', '25P03'], ...databaseGone },
  // No connection free, out of memory; over the limit of time; locks that wait for each other.
  { of: ['53*', '57014', '55P03', '40001', '40P01'], ...databaseBusy },
  // Of the database these come as 08* (storage/outage.ts): here it is somebody else who does not answer, or a file of ours.
  { of: ['ECONNREFUSED', 'ECONNRESET'], ...internal, terminal: nobodyThere },
  { of: ['ENOENT'], ...internal, terminal: (where) => `Name a file or folder that is there${is(where, 'is not')}` },
  { of: ['ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'], ...internal, terminal: nobodyThere },
  {
    of: ['EACCES', 'EPERM'],
    ...internal,
    terminal: (where) => `Run this as the user who may read and write it${is(where, 'is closed to you')}`,
  },
  { of: ['EISDIR'], ...internal, terminal: (where) => `Name a file, not a folder${where}` },
  {
    of: ['ENOTDIR'],
    ...internal,
    terminal: (where) => `Name a folder, not a file, on the way${where === '' ? '' : ` to${where.slice(1)}`}`,
  },
  { of: ['EROFS'], ...internal, terminal: (where) => `Name another place: nothing can be written there${where}` },
  {
    of: ['FST_ERR_BAD_URL'],
    code: 'request-invalid',
    status: 400,
    answer: () => 'Check the address: a "%" in it is not followed by two digits',
  },
  { of: ['HTTP 429'], code: 'rate-limited', status: 429, answer: (said) => `Wait a little and try again: ${said}` },
  { of: ['HTTP 413'], code: 'too-large', status: 413, answer: (said) => `Send less: ${said}` },
  { of: ['HTTP 4*'], code: 'request-invalid', status: 400, answer: (said) => `Correct the request: ${said}` },
  { of: ['*'], ...internal },
];
