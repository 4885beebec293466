import type { Db, Secrets } from '../storage/index.ts';

/** What sign-in leans on: the database, the address that browsers see, the box for the identity provider's secret, the clock. */
export interface PeopleServices {
  readonly db: Db;
  /** Passkeys are bound to its host name, cookies to its scheme. */
  readonly publicUrl: URL;
  readonly secrets: Secrets;
  readonly now: () => number;
}
