import type { Db } from '../storage/index.ts';
import type { Alarm } from './alarm.ts';
import { type KeptHead, readKeptHead } from './kept-head.ts';
import { EMPTY_LOG, type LogState } from './log-state.ts';
import { keyIdOf, type SigningKey } from './signing-key.ts';
import { allEntries, findHashAt, findHead, findKey, findLastHead, findLastSealed, tellsOfKeptHead } from './store.ts';
import { verifyChain } from './verify.ts';

/** What a server remembers of its log beside the database. */
export interface Memory {
  /** Signed last, and in the file. */
  readonly kept: KeptHead;
  /** Sealed or read since, in this process; the log may grow from here and never differ up to here. */
  readonly known: LogState;
}

/** The state that the log has reached from one that is remembered, or why it does not continue it. */
export type Continuation = { readonly ok: true; readonly state: LogState } | ({ readonly ok: false } & Alarm);

/**
 * Reads the log on from what was sealed last, cheaply while nobody else seals: the hash at the end is compared, and what another server has
 * sealed since is recomputed.
 */
export async function readOn(db: Db, known: LogState): Promise<Continuation> {
  const last = (await findLastSealed(db)) ?? EMPTY_LOG;
  if (last.size < known.size) return cut(known.size, last.size);
  if (known.size > 0 && (await findHashAt(db, known.size)) !== known.hash) return rewritten(known.size);
  return last.size === known.size ? { ok: true, state: known } : await recompute(db, known, known);
}

/**
 * Proves that the log continues what is remembered: the key is the same, the signed head stands as it was signed, and every entry since
 * is recomputed from its contents.
 */
export async function prove(db: Db, { kept, known }: Memory, key: SigningKey): Promise<Continuation> {
  const stored = await findKey(db);
  if (stored === undefined || keyIdOf(stored.publicKey) !== key.id || (kept.keyId !== null && kept.keyId !== key.id)) {
    const why =
      'the key that signs is another one than before: it was replaced, or the kept head is of another installation';
    return { ok: false, code: 'key', why };
  }
  const last = (await findLastSealed(db)) ?? EMPTY_LOG;
  for (const { size, hash } of [kept, known]) {
    if (last.size < size) return cut(size, last.size);
    if (size > 0 && (await findHashAt(db, size)) !== hash) return rewritten(size);
  }
  if (kept.signature !== null && (await findHead(db, kept.size))?.signature !== kept.signature)
    return { ok: false, code: 'head', why: `the signed head at ${kept.size} was removed or replaced` };
  return await recompute(db, kept, known);
}

/**
 * What the file says that was signed last. Where there is none yet, as on a new installation and at the first start of this version, the head
 * that stands in the database is taken, once it is proven and only until the log tells of one.
 */
export async function recall(
  db: Db,
  file: string,
  key: SigningKey,
): Promise<
  { readonly ok: true; readonly kept: KeptHead; readonly adopted: boolean } | ({ readonly ok: false } & Alarm)
> {
  const found = await readKeptHead(file);
  switch (found.kind) {
    case 'kept':
      return { ok: true, kept: found.head, adopted: false };
    case 'damaged':
      return { ok: false, code: 'file-damaged', why: `the kept head in ${file} is of no use: ${found.why}` };
    case 'missing':
      if (await tellsOfKeptHead(db)) {
        const why = `the kept head in ${file} is gone: put it back, or say by "pavise audit accept" why the log is right as it is`;
        return { ok: false, code: 'file-missing', why };
      }
      return await adopt(db, key);
  }
}

/** Once for each installation, so the whole log is recomputed: what is adopted here is what everything later has to continue. */
async function adopt(db: Db, key: SigningKey): ReturnType<typeof recall> {
  const head = await findLastHead(db);
  const result = await verifyChain(allEntries(db, 0), head && { head, publicKey: key.publicKey });
  if (!result.ok) return { ok: false, code: result.code, why: result.why };
  const { size, hash, signature } =
    head === undefined ? { ...EMPTY_LOG, signature: null } : { ...head, size: head.seq };
  return { ok: true, kept: { keyId: key.id, size, hash, signature, moves: 0 }, adopted: true };
}

/** Recomputes every entry after `from`; the log must pass through `through`, whose stored hash was compared before. */
async function recompute(db: Db, from: LogState, through: LogState): Promise<Continuation> {
  const result = await verifyChain(allEntries(db, from.size), undefined, from);
  if (!result.ok) return { ok: false, code: result.code, why: result.why };
  // Entries that vanished between the comparison and here.
  return result.entries < through.size
    ? cut(through.size, result.entries)
    : { ok: true, state: { size: result.entries, hash: result.hash } };
}

function cut(size: number, end: number): Continuation {
  return { ok: false, code: 'cut', why: `the tail was cut: the log held ${size} entries and ends at ${end}` };
}

function rewritten(size: number): Continuation {
  return {
    ok: false,
    code: 'rewritten',
    why: `the chain was rewritten: its hash at entry ${size} is another one than before`,
  };
}
