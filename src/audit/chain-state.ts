import type { Db } from '../storage/index.ts';
import type { AuditHead } from './api.ts';
import { GENESIS } from './entry.ts';
import { allEntries, findEntries, findKey, findLastHead } from './store.ts';
import { type ChainPlace, type Verification, verifyChain } from './verify.ts';

const FRESH_MS = 5000; // pages ask at each event: they share an answer
const BROKEN_FRESH_MS = 60_000; // a broken log is walked whole each time, and does not heal
const WHOLE_EVERY_MS = 24 * 3_600_000;

const START: ChainPlace = { seq: 0, hash: GENESIS };

/** The chain's state, verified. */
export interface ChainState {
  /** Verifies what was sealed since the last time, or shares an answer that is seconds old; never two walks at once. */
  now(): Promise<AuditHead>;
}

/**
 * Verifies the log whole at the first call and once a day, and in between from the last entry that was verified.
 *
 * What is changed before that entry meanwhile shows at the next whole walk, here or by `pavise audit verify`.
 */
export function chainState({ db }: { readonly db: Db }, clock: () => number): ChainState {
  let place = START;
  let wholeAtMs = Number.NEGATIVE_INFINITY;
  let latest: { readonly atMs: number; readonly reply: AuditHead } | undefined;
  let walking: Promise<AuditHead> | undefined;

  const walk = async (): Promise<AuditHead> => {
    const [head, key] = [await findLastHead(db), await findKey(db)];
    const publicKey = key?.publicKey ?? Buffer.alloc(0);
    const kept = head && { head, publicKey };
    const verifyFrom = async (from: ChainPlace): Promise<Verification> => {
      if (from.seq === 0) wholeAtMs = clock();
      return await verifyChain(allEntries(db, from.seq), kept, from);
    };
    const from = clock() - wholeAtMs < WHOLE_EVERY_MS ? await stillThere(db, place, head) : START;
    let result = await verifyFrom(from);
    if (!result.ok && from.seq > 0) result = await verifyFrom(START); // the whole walk names the first entry that is wrong
    place = result.ok ? { seq: result.entries, hash: result.hash } : START;
    return {
      verified: result.ok,
      why: result.ok ? null : result.why,
      entries: result.ok ? result.entries : result.seq,
      hash: result.ok ? result.hash : '',
      publicKey: publicKey.toString('base64'),
      head: head ?? null,
    };
  };

  return {
    async now() {
      const freshMs = latest?.reply.verified === false ? BROKEN_FRESH_MS : FRESH_MS;
      if (latest !== undefined && clock() - latest.atMs < freshMs) return latest.reply;
      walking ??= walk().finally(() => {
        walking = undefined;
      });
      const reply = await walking;
      latest = { atMs: clock(), reply };
      return reply;
    },
  };
}

/** @returns the place when its entry, and the signed head's if that lies before it, are what they were; else the start */
async function stillThere(
  db: Db,
  place: ChainPlace,
  head: { readonly seq: number; readonly hash: string } | undefined,
): Promise<ChainPlace> {
  if (place.seq === 0) return START;
  for (const pin of [place, ...(head !== undefined && head.seq <= place.seq ? [head] : [])]) {
    const [entry] = await findEntries(db, { afterSeq: pin.seq - 1 }, 1);
    if (entry?.seq !== pin.seq || entry.hash !== pin.hash) return START;
  }
  return place;
}
