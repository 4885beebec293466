import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Db, type Secrets, transaction } from '../storage/index.ts';
import { chainHash, GENESIS, headText, type SignedHead } from './entry.ts';
import {
  findKey,
  findLastHead,
  findLastSealed,
  findUnsealed,
  insertHead,
  insertKey,
  sealEntries,
  tryLockSealer,
} from './store.ts';

const BATCH = 500;
const SEAL_EVERY_MS = 250;
const SIGN_EVERY_MS = 60_000;
const PURPOSE = 'audit.key';

/** The one that chains committed entries and signs the head. */
export interface Sealer extends AsyncDisposable {
  /** Seals what is committed now; returns when nothing is left. */
  sealNow(): Promise<void>;
  /** Signs the head when it moved since the last signature. */
  signNow(): Promise<SignedHead | undefined>;
}

/**
 * Starts sealing every quarter of a second and signing every minute and at stop.
 *
 * Several servers may run it: an advisory lock lets one seal at a time.
 * @param onHead is told each signed head, to print it to the log: a kept head shows a cut tail
 * @param onError is told once when sealing begins to fail, not at each try
 */
export async function startSealer(
  { db, secrets, now }: { db: Db; secrets: Secrets; now: () => number },
  onHead: (head: SignedHead) => void,
  onError: (message: string) => void,
): Promise<Sealer> {
  const key = await openKey(db, secrets);
  let running: Promise<void> = Promise.resolve();
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = running.then(work);
    running = result.then(
      () => {},
      () => {},
    );
    return await result;
  };
  const sealNow = (): Promise<void> => inTurn(() => sealAll(db));
  const signNow = (): Promise<SignedHead | undefined> => inTurn(() => signHead(db, key, now(), onHead));
  let failing = false;
  const tell = (work: Promise<unknown>): void => {
    work.then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        if (!failing) onError(error instanceof Error ? error.message : String(error));
        failing = true;
      },
    );
  };
  const sealTimer = setInterval(() => tell(sealNow()), SEAL_EVERY_MS);
  const signTimer = setInterval(() => tell(signNow()), SIGN_EVERY_MS);
  return {
    sealNow,
    signNow,
    async [Symbol.asyncDispose]() {
      clearInterval(sealTimer);
      clearInterval(signTimer);
      await sealNow();
      await signNow();
    },
  };
}

/** @returns true once this installation's signing key lies in the database, sealed under the root key: from the first start on */
export async function hasSealedKey(db: Db): Promise<boolean> {
  return (await findKey(db)) !== undefined;
}

async function sealAll(db: Db): Promise<void> {
  for (;;) {
    const sealed = await transaction(db, async (tx) => {
      if (!(await tryLockSealer(tx))) return 0;
      const entries = await findUnsealed(tx, BATCH);
      if (entries.length === 0) return 0;
      const last = await findLastSealed(tx);
      let seq = last?.seq ?? 0;
      let hash = last?.hash ?? GENESIS;
      const chained = entries.map((entry) => {
        seq += 1;
        hash = chainHash(hash, { ...entry, seq });
        return { id: entry.id, seq, hash };
      });
      await sealEntries(tx, chained);
      return chained.length;
    });
    if (sealed < BATCH) return;
  }
}

async function signHead(
  db: Db,
  key: KeyObject,
  nowMs: number,
  onHead: (head: SignedHead) => void,
): Promise<SignedHead | undefined> {
  const last = await findLastSealed(db);
  if (last === undefined) return undefined;
  const previous = await findLastHead(db);
  if (previous?.seq === last.seq) return previous;
  const signedAt = new Date(nowMs).toISOString();
  const signature = sign(null, Buffer.from(headText(last.seq, last.hash, signedAt)), key).toString('hex');
  const head = { seq: last.seq, hash: last.hash, signedAt, signature };
  await insertHead(db, head);
  onHead(head);
  return head;
}

async function openKey(db: Db, secrets: Secrets): Promise<KeyObject> {
  if ((await findKey(db)) === undefined) {
    const pair = generateKeyPairSync('ed25519');
    const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    await insertKey(db, pair.publicKey.export({ format: 'der', type: 'spki' }), secrets.seal(PURPOSE, privateKey));
  }
  const stored = await findKey(db);
  if (stored === undefined) throw new Error('audit key vanished');
  return createPrivateKey({
    key: Buffer.from(secrets.open(PURPOSE, stored.sealedPrivateKey)),
    format: 'der',
    type: 'pkcs8',
  });
}
