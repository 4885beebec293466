import { sign } from 'node:crypto';
import { type Db, type Secrets, transaction } from '../storage/index.ts';
import type { Alarm, AlarmCode } from './alarm.ts';
import { append } from './append.ts';
import { chainHash, headText, type SignedHead } from './entry.ts';
import type { PrintedHead } from './head-line.ts';
import { type KeptHead, keepHead } from './kept-head.ts';
import type { LogState } from './log-state.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import { findHead, findOldestUnsealed, findUnsealed, insertHead, sealEntries, tryLockSealer } from './store.ts';
import { headIsSigned } from './verify.ts';
import { type Memory, prove, readOn, recall } from './witness.ts';

const BATCH = 500;
const SEAL_EVERY_MS = 250;
const SIGN_EVERY_MS = 60_000;
const LOOK_AGAIN_MS = 5000; // at a log that is broken: it may be long, and heals by somebody's hand alone

/** The one that chains committed entries and signs the head, as long as the log continues what it signed before. */
export interface Sealer extends AsyncDisposable {
  /** Seals what is committed now; returns when nothing is left, or at once while the log is broken. */
  sealNow(): Promise<void>;
  /** Signs the head when it moved since the last signature; undefined for an empty log, and while it is broken. */
  signNow(): Promise<SignedHead | undefined>;
  /** Why nothing, or not everything, is sealed and signed now, if so. */
  alarm(): Alarm | undefined;
  /** The state that was signed last, as it is kept beside the database; undefined while that cannot be told. */
  kept(): LogState | undefined;
  /** Tells of what another look at the log found, as of an alarm of its own: once, by its line and an entry. It stops nothing. */
  report(alarm: Alarm): Promise<void>;
}

/** What the sealer tells, to print it. */
export interface SealerEvents {
  /** Each signed head: one that is kept elsewhere shows a log that was cut or rewritten. */
  onHead(head: PrintedHead): void;
  /** Once when sealing begins to fail, not at each try. */
  onError(message: string): void;
  /** Once when the log no longer continues what was signed, and again when the reason changes. */
  onAlarm(alarm: Alarm): void;
}

/**
 * Starts sealing every quarter of a second and signing every minute and at stop.
 *
 * What was signed last is kept in memory and in `keptFile`. A log that does not continue it is neither sealed nor signed: entries wait without
 * a place until it continues again, or until the file says that a restore or an owner of the host has moved the head; both are entries.
 * Several servers may run it on one file: an advisory lock lets one seal at a time.
 */
export async function startSealer(
  services: { readonly db: Db; readonly secrets: Secrets; readonly now: () => number; readonly keptFile: string },
  events: SealerEvents,
): Promise<Sealer> {
  const { db, secrets, now, keptFile } = services;
  const key = await openSigningKey(db, secrets);
  const log = signedLog({ db, now, keptFile, key }, events);
  const inTurn = queue();
  const sealNow = (): Promise<void> => inTurn(() => log.seal());
  const signNow = (): Promise<SignedHead | undefined> => inTurn(() => log.sign());
  const tell = toldOnce((error) => events.onError(error instanceof Error ? error.message : String(error)));
  await inTurn(() => log.look());
  const sealTimer = setInterval(() => tell(sealNow()), SEAL_EVERY_MS);
  const signTimer = setInterval(() => tell(signNow()), SIGN_EVERY_MS);
  return {
    sealNow,
    signNow,
    alarm: () => log.alarm(),
    kept: () => log.kept(),
    report: (alarm) => inTurn(() => log.report(alarm)),
    async [Symbol.asyncDispose]() {
      clearInterval(sealTimer);
      clearInterval(signTimer);
      await sealNow();
      await signNow();
    },
  };
}

interface SignedLog {
  /** Finds out whether the log continues what is remembered. */
  look(): Promise<void>;
  seal(): Promise<void>;
  sign(): Promise<SignedHead | undefined>;
  alarm(): Alarm | undefined;
  kept(): LogState | undefined;
  report(alarm: Alarm): Promise<void>;
}

function signedLog(
  { db, now, keptFile, key }: { db: Db; now: () => number; keptFile: string; key: SigningKey },
  { onHead, onAlarm }: SealerEvents,
): SignedLog {
  let memory: Memory | undefined;
  let alarm: Alarm | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  let told: AlarmCode | undefined;
  /** The entry that had waited longest when the head was last due, and the alarm once it is the same at the next time. */
  let oldest: string | undefined;
  let stuck: Alarm | undefined;

  const report = async ({ code, why }: Alarm): Promise<void> => {
    if (code === told) return;
    told = code;
    onAlarm({ code, why });
    const detail = { code, keptSize: memory?.kept.size ?? null };
    await append(db, { actor: { kind: 'system' }, action: 'audit.alarm', object: { type: 'audit', id: null }, detail });
  };

  const raise = async ({ code, why }: Alarm): Promise<void> => {
    alarm = { code, why };
    lookedAtMs = now();
    await report(alarm);
  };

  /** Entries are sealed within a second: one that still waits a minute later is kept from its place, as by whoever holds the sealer's lock. */
  const watchWaiting = async (): Promise<void> => {
    const before = oldest;
    oldest = await findOldestUnsealed(db);
    if (oldest === undefined || oldest !== before) {
      if (stuck !== undefined) told = undefined;
      stuck = undefined;
      return;
    }
    stuck = {
      code: 'waiting',
      why: `entry ${oldest} gets no place, and those after it none: they are in no signed head`,
    };
    await report(stuck);
  };

  const look = async (): Promise<void> => {
    const recalled = await recall(db, keptFile, key);
    if (!recalled.ok) return await raise(recalled);
    const { kept } = recalled;
    // What was sealed since the last signature is remembered too, unless the file says by what right the head is another one.
    const known = memory?.kept.moves === kept.moves ? memory.known : kept;
    const remembered: Memory = { kept, known };
    const found = await prove(db, remembered, key);
    if (!found.ok) return await raise(found);
    if (recalled.adopted || kept.moved !== undefined) memory = await settle(kept, found.state);
    else memory = { kept, known: found.state };
    alarm = undefined;
    told = undefined;
  };

  /** Tells the log by what right this head is the kept one; from then on it has to be continued. */
  const settle = async (kept: KeptHead, known: LogState): Promise<Memory> => {
    const { moved, ...rest } = kept;
    const settled: KeptHead = { ...rest, keyId: key.id };
    const detail = { size: kept.size, hash: kept.hash, ...(moved && { reason: moved.reason, from: moved.from }) };
    const entry = { actor: { kind: 'system' }, object: { type: 'audit', id: null }, detail } as const;
    if (moved === undefined) await append(db, { action: 'audit.adopted', ...entry });
    else if (moved.by === 'restore') await append(db, { action: 'audit.restored', ...entry });
    else await append(db, { action: 'audit.accepted', ...entry });
    await keepHead(keptFile, settled);
    return { kept: settled, known };
  };

  const trusted = async (): Promise<Memory | undefined> => {
    if ((alarm !== undefined || memory === undefined) && now() - lookedAtMs >= LOOK_AGAIN_MS) {
      lookedAtMs = now();
      await look();
    }
    return alarm === undefined ? memory : undefined;
  };

  return {
    look,
    async seal() {
      for (;;) {
        const remembered = await trusted();
        if (remembered === undefined) return;
        const sealed = await transaction(db, (tx) => sealBatch(tx, remembered.known));
        if (!sealed.ok) return await raise(sealed);
        memory = { kept: remembered.kept, known: sealed.state }; // committed by now
        if (sealed.entries < BATCH) return;
      }
    },
    async sign() {
      const remembered = await trusted();
      if (remembered === undefined) return undefined;
      await watchWaiting();
      const found = await prove(db, remembered, key);
      if (!found.ok) {
        await raise(found);
        return undefined;
      }
      const { size, hash } = found.state;
      if (size === 0) return undefined;
      const signed = await findHead(db, size);
      if (signed !== undefined && signed.signature === remembered.kept.signature) return signed;
      const head = await signOnce(db, key, found.state, now());
      if (head === undefined) {
        await raise({
          code: 'head',
          why: `a head at ${size} stands there already that this installation did not sign`,
        });
        return undefined;
      }
      const kept: KeptHead = { keyId: key.id, size, hash, signature: head.signature, moves: remembered.kept.moves };
      await keepHead(keptFile, kept);
      memory = { kept, known: found.state };
      onHead({ ...head, publicKey: key.publicKey.toString('base64') });
      return head;
    },
    alarm: () => alarm ?? stuck,
    kept: () => memory?.kept,
    report,
  };
}

type Sealed =
  | { readonly ok: true; readonly state: LogState; readonly entries: number }
  | ({ readonly ok: false } & Alarm);

/** Gives up to a batch of committed entries their place, after what is known and never after what the database only says. */
async function sealBatch(tx: Db, known: LogState): Promise<Sealed> {
  if (!(await tryLockSealer(tx))) return { ok: true, state: known, entries: 0 };
  const found = await readOn(tx, known);
  if (!found.ok) return found;
  const entries = await findUnsealed(tx, BATCH);
  let { size, hash } = found.state;
  const chained = entries.map((entry) => {
    size += 1;
    hash = chainHash(hash, { ...entry, seq: size });
    return { id: entry.id, seq: size, hash };
  });
  if (chained.length > 0) await sealEntries(tx, chained);
  return { ok: true, state: { size, hash }, entries: chained.length };
}

/** Signs a state; where another server has signed it before, that head stands. Undefined when what stands there is not ours. */
async function signOnce(db: Db, key: SigningKey, state: LogState, nowMs: number): Promise<SignedHead | undefined> {
  const { size: seq, hash } = state;
  const signedAt = new Date(nowMs).toISOString();
  const signature = sign(null, Buffer.from(headText(seq, hash, signedAt)), key.privateKey).toString('hex');
  await insertHead(db, { seq, hash, signedAt, signature });
  const head = await findHead(db, seq);
  return head !== undefined && head.hash === hash && headIsSigned(head, key.publicKey) ? head : undefined;
}

/** Runs what it is given one after the other. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const result = running.then(work);
    running = result.catch(() => {}); // whoever asked for it hears it
    return await result;
  };
}

/** Tells the first of a row of failures. */
function toldOnce(tell: (error: unknown) => void): (work: Promise<unknown>) => void {
  let failing = false;
  return (work) => {
    work.then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        if (!failing) tell(error);
        failing = true;
      },
    );
  };
}
