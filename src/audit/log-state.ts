import { GENESIS } from './entry.ts';

/** The log at one moment: how many entries it held, and one hash over all of them. All that a head signs, and all that its signer remembers. */
export interface LogState {
  readonly size: number;
  /** Hex; the chain's hash after entry `size`. */
  readonly hash: string;
}

/** The log before its first entry. */
export const EMPTY_LOG: LogState = { size: 0, hash: GENESIS };
