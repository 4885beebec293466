import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { writeDurably } from '../storage/index.ts';
import { EMPTY_LOG, type LogState } from './log-state.ts';
import { keyIdOf } from './signing-key.ts';

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

const Moved = Type.Object({
  by: Type.Union([Type.Literal('restore'), Type.Literal('accept')]),
  atMs: Type.Integer(),
  /** Who accepted why; of a restore, when its backup was made. */
  reason: Type.String({ maxLength: 500 }),
  /** What was kept before; a restore fills an empty folder. */
  from: Type.Union([Type.Null(), Type.Object({ size: Type.Integer({ minimum: 0 }), hash: Hash })]),
});

const KeptHead = Type.Object({
  schema: Type.Literal('pavise.audit.kept/1'),
  /** Hex SHA-256 of the key that signs here; null where a backup was made before the first signature. */
  keyId: Type.Union([Type.Null(), Hash]),
  size: Type.Integer({ minimum: 0 }),
  hash: Hash,
  /** Null where nobody has signed this state. */
  signature: Type.Union([Type.Null(), Type.String({ pattern: '^[0-9a-f]{128}$' })]),
  /** How often a restore or an owner of the host has put another head in place: it need not continue what a server remembers from before. */
  moves: Type.Integer({ minimum: 0 }),
  /** By what right the head is another one than before, until the server has told it in the log. */
  moved: Type.Optional(Moved),
});

/**
 * The state of the log that was signed last, kept beside the database: whoever rewrites the database alone does not reach it.
 *
 * It holds no secret. A head that a restore or an owner of the host put in place says so.
 */
export type KeptHead = Readonly<Omit<Static<typeof KeptHead>, 'schema'>>;

/** What the file holds. */
export type KeptFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'kept'; readonly head: KeptHead };

/** The file's place in a data folder. */
export function keptHeadPath(data: string): string {
  return join(data, 'audit-head.json');
}

export async function readKeptHead(path: string): Promise<KeptFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'damaged', why: `it cannot be read (${code})` };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(KeptHead, value)) return { kind: 'kept', head: value };
  } catch {
    // no JSON: told below
  }
  return { kind: 'damaged', why: 'it is not what a server writes' };
}

/** Writes it whole or not at all; returns once it lies on the disk. */
export async function keepHead(path: string, head: KeptHead): Promise<void> {
  const { keyId, size, hash, signature, moves, moved } = head;
  const value = { schema: 'pavise.audit.kept/1', keyId, size, hash, signature, moves, ...(moved && { moved }) };
  await writeDurably(path, `${JSON.stringify(value)}\n`);
}

/**
 * Keeps the head that a backup carries, for the first start after the restore: the log has to continue it, and tells of the restore.
 *
 * @param backup.publicKey base64 of the DER SPKI that signed the head; a backup from before the first signature has none
 */
export async function keepRestored(
  data: string,
  backup: {
    readonly createdAt: string;
    readonly auditHead: {
      readonly seq: number;
      readonly hash: string;
      readonly signature: string;
      readonly publicKey: string;
    } | null;
  },
  nowMs: number,
): Promise<void> {
  const { auditHead: head, createdAt } = backup;
  const state = head === null ? EMPTY_LOG : { size: head.seq, hash: head.hash };
  await keepHead(keptHeadPath(data), {
    ...state,
    keyId: head === null ? null : keyIdOf(Buffer.from(head.publicKey, 'base64')),
    signature: head?.signature ?? null,
    moves: 1,
    moved: { by: 'restore', atMs: nowMs, reason: `backup of ${createdAt}`, from: null },
  });
}

/**
 * Keeps another head by the word of whoever holds the host: from it on the log has to be continued, and the server tells it in the log.
 *
 * @returns what was kept before; null where nothing was that could be read
 */
export async function keepAccepted(
  data: string,
  accepted: { readonly state: LogState; readonly publicKey: Uint8Array; readonly reason: string },
  nowMs: number,
): Promise<LogState | null> {
  const path = keptHeadPath(data);
  const found = await readKeptHead(path);
  const before = found.kind === 'kept' ? found.head : undefined;
  const from = before === undefined ? null : { size: before.size, hash: before.hash };
  await keepHead(path, {
    size: accepted.state.size,
    hash: accepted.state.hash,
    keyId: keyIdOf(accepted.publicKey),
    signature: null,
    moves: (before?.moves ?? 0) + 1,
    moved: { by: 'accept', atMs: nowMs, reason: accepted.reason, from },
  });
  return from;
}
