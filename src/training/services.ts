import type { Db } from '../storage/index.ts';
import type { VerifyPasskey } from './sign.ts';

/** What the routes lean on. */
export interface TrainingServices {
  readonly db: Db;
  readonly verifyPasskey: VerifyPasskey;
  readonly now: () => number;
}
