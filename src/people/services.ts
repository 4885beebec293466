import type { Actor } from '../audit/index.ts';
import type { Db, Secrets } from '../storage/index.ts';
import type { RequestKind } from './request-kind.ts';

/** What sign-in leans on: the database, the address that browsers see, the box for the identity provider's secret, the clock. */
export interface PeopleServices {
  readonly db: Db;
  /** Passkeys are bound to its host name, cookies to its scheme. */
  readonly publicUrl: URL;
  readonly secrets: Secrets;
  readonly now: () => number;
}

/** What the routes ask for beyond that. */
export interface PeopleRoutesServices extends PeopleServices {
  /** Writes down that somebody looked at a person's account, for her to read beside her devices. */
  readonly recordPersonLook: (actor: Actor, personId: string, what: string) => Promise<void>;
  /** What other rooms let two people do. */
  readonly requestKinds?: readonly RequestKind[];
  /** Makes a change of groups; throws where it would leave people without a policy and nobody confirmed that. */
  readonly withoutLosers: (tx: Db, confirmed: boolean, change: () => Promise<void>) => Promise<void>;
}
