import type { Db } from '../storage/index.ts';
import type { Alarm } from './alarm.ts';
import type { AuditHead } from './api.ts';
import { EMPTY_LOG, type LogState } from './log-state.ts';
import type { Sealer } from './sealer.ts';
import { allEntries, canRewriteLog, findHashAt, findKey, findLastHead } from './store.ts';
import { type Verification, verifyChain } from './verify.ts';

const FRESH_MS = 5000; // pages ask at each event: they share an answer
const BROKEN_FRESH_MS = 60_000; // a broken log is walked whole each time, and does not heal
const WHOLE_EVERY_MS = 24 * 3_600_000;

/** The chain's state, verified. */
export interface ChainState {
  /** Verifies what was sealed since the last time, or shares an answer that is seconds old; never two walks at once. */
  now(): Promise<AuditHead>;
  /** Why the log is not to be trusted, as the sealer or the last walk found; undefined before the first. */
  alarm(): Alarm | undefined;
}

/**
 * Verifies the log whole at the first call and once a day, and in between from the last entry that was verified.
 *
 * What is changed before that entry meanwhile shows at the next whole walk, here or by `pavise audit verify`; what the sealer finds shows at
 * once, and it is told what the walk finds.
 */
export function chainState(
  { db, sealer }: { readonly db: Db; readonly sealer?: Pick<Sealer, 'alarm' | 'report'> | undefined },
  clock: () => number,
): ChainState {
  let place = EMPTY_LOG;
  let wholeAtMs = Number.NEGATIVE_INFINITY;
  let latest: { readonly atMs: number; readonly reply: AuditHead } | undefined;
  let found: Alarm | undefined;
  let walking: Promise<AuditHead> | undefined;

  const walk = async (): Promise<AuditHead> => {
    const [head, key] = [await findLastHead(db), await findKey(db)];
    const publicKey = key?.publicKey ?? Buffer.alloc(0);
    const signed = head && { head, publicKey };
    const verifyFrom = async (from: LogState): Promise<Verification> => {
      if (from.size === 0) wholeAtMs = clock();
      return await verifyChain(allEntries(db, from.size), signed, from);
    };
    const from = clock() - wholeAtMs < WHOLE_EVERY_MS ? await stillThere(db, place, head) : EMPTY_LOG;
    let result = await verifyFrom(from);
    if (!result.ok && from.size > 0) result = await verifyFrom(EMPTY_LOG); // the whole walk names the first entry that is wrong
    place = result.ok ? { size: result.entries, hash: result.hash } : EMPTY_LOG;
    found = result.ok ? undefined : { code: result.code, why: result.why };
    if (found !== undefined) await sealer?.report(found);
    return {
      verified: result.ok,
      why: result.ok ? null : result.why,
      alarm: found?.code ?? null,
      rewriting: (await canRewriteLog(db)) ? 'open' : 'closed',
      entries: result.ok ? result.entries : result.seq,
      hash: result.ok ? result.hash : '',
      publicKey: publicKey.toString('base64'),
      head: head ?? null,
    };
  };

  return {
    async now() {
      const freshMs = latest?.reply.verified === false ? BROKEN_FRESH_MS : FRESH_MS;
      if (latest !== undefined && clock() - latest.atMs < freshMs) return withAlarm(latest.reply, sealer?.alarm());
      walking ??= walk().finally(() => {
        walking = undefined;
      });
      const reply = await walking;
      latest = { atMs: clock(), reply };
      return withAlarm(reply, sealer?.alarm());
    },
    alarm: () => sealer?.alarm() ?? found,
  };
}

/** What the sealer found counts although the entries verify: a chain that was rewritten whole does. */
function withAlarm(reply: AuditHead, alarm: Alarm | undefined): AuditHead {
  return alarm === undefined ? reply : { ...reply, verified: false, why: alarm.why, alarm: alarm.code };
}

/** @returns the place when its entry, and the signed head's if that lies before it, are what they were; else the start */
async function stillThere(
  db: Db,
  place: LogState,
  head: { readonly seq: number; readonly hash: string } | undefined,
): Promise<LogState> {
  if (place.size === 0 || (await findHashAt(db, place.size)) !== place.hash) return EMPTY_LOG;
  if (head !== undefined && head.seq <= place.size && (await findHashAt(db, head.seq)) !== head.hash) return EMPTY_LOG;
  return place;
}
