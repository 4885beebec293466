/**
 * `npm run bench -- tlog`: what the tree of the audit log costs on one core: leaves hashed and put into tiles, and entries committed to, by SHA-256 of Node and by the one of
 * browsers, in batches as large as a carry-over takes and as small as a second of a busy server; proofs made from tiles and verified; checkpoints
 * verified. Fails below 200,000 leaves a second with large batches. LEAVES sets how many leaves there are.
 */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { commitmentOf, LEAF_KEY_BYTES } from '../src/audit/leaf.ts';
import { fromBase64Url } from '../src/base/index.ts';
import { leafHash, proveInclusion, type Sha256, verifyInclusion } from '../src/formats/merkle-tree/index.ts';
import { nodeSha256 } from '../src/formats/merkle-tree/node.ts';
import { ed25519Verifier, makeVerifierKey, SIGNATURE_TYPE, signText } from '../src/formats/signed-note/index.ts';
import { formatCheckpoint, openCheckpoint } from '../src/formats/tlog-checkpoint/index.ts';
import { appendLeaves, EMPTY_EDGE, nodesFromTiles, rootOf, tilePath } from '../src/formats/tlog-tiles/index.ts';
import { RECORDED } from '../test/synthetic/audit-entries.data.ts';
import { publish } from './measure.ts';

const LEAVES = Number(process.env['LEAVES'] ?? 500_000);
const WISH = 200_000;
const TIMES = 2_000;
const ORIGIN = 'bench.example.org/audit';

/** An entry of the audit log is 53 bytes. */
const entry = new Uint8Array(53);
const rows: Record<string, string | number>[] = [];
const tiles = new Map<string, Uint8Array>();
let root: Uint8Array = new Uint8Array(0);
let slowest = Number.POSITIVE_INFINITY;
for (const [hash, name] of [
  [nodeSha256, 'Node'],
  [undefined, 'browsers'],
] as const)
  for (const batch of [20_000, 1000, 50]) {
    const ms = await processorMs(() => grow(batch, hash));
    const rate = Math.round((LEAVES / ms) * 1000);
    if (batch === 20_000) slowest = Math.min(slowest, rate);
    rows.push({ what: `leaves into tiles and a root, ${batch} at once, SHA-256 of ${name}`, 'per second': rate });
  }

for (const [hash, name] of [
  [nodeSha256, 'Node'],
  [undefined, 'browsers'],
] as const) {
  const ms = await processorMs(() => {
    for (let i = 0; i < TIMES; i++)
      for (const recorded of RECORDED) commitmentOf(recorded, entryAt(i).subarray(0, LEAF_KEY_BYTES), hash);
  });
  rows.push({
    what: `entries committed to, SHA-256 of ${name}`,
    'per second': Math.round(((TIMES * RECORDED.length) / ms) * 1000),
  });
}

const head = { size: LEAVES, root };
const read = nodesFromTiles(
  LEAVES,
  async (wanted) => wanted.map((tile) => tiles.get(tilePath(tile)) ?? new Uint8Array(0)),
  nodeSha256,
);
const indexes = Array.from({ length: TIMES }, (_, i) => Math.floor((i * LEAVES) / TIMES));
const proofs: (readonly Uint8Array[])[] = [];
const making = await processorMs(async () => {
  for (const index of indexes) proofs.push(await proveInclusion(index, LEAVES, read));
});
rows.push({ what: 'inclusion proofs made from tiles', 'per second': Math.round((TIMES / making) * 1000) });
const verifying = await processorMs(() => {
  for (const [i, index] of indexes.entries())
    verifyInclusion({ index, hash: leafHash(entryAt(index)) }, head, proofs[i] ?? []);
});
rows.push({ what: 'inclusion proofs verified', 'per second': Math.round((TIMES / verifying) * 1000) });
rows.push({ what: 'checkpoints verified', 'per second': Math.round((TIMES / (await checkpoints())) * 1000) });
publish('tlog', rows);
if (slowest < WISH) throw new Error(`${slowest} leaves a second, ${WISH} are wanted`);

function grow(batch: number, hash: Sha256 | undefined): void {
  let edge = EMPTY_EDGE;
  while (edge.size < LEAVES) {
    const count = Math.min(batch, LEAVES - edge.size);
    const grown = appendLeaves(
      edge,
      Array.from({ length: count }, (_, i) => leafHash(entryAt(edge.size + i), hash)),
      hash,
    );
    if (batch === 20_000) for (const { tile, bytes } of grown.tiles) tiles.set(tilePath(tile), bytes);
    edge = grown.edge;
    root = rootOf(edge, hash);
  }
}

function entryAt(index: number): Uint8Array {
  new DataView(entry.buffer).setUint32(0, index);
  return entry;
}

async function checkpoints(): Promise<number> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = fromBase64Url(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '');
  const key = makeVerifierKey(ORIGIN, SIGNATURE_TYPE.ed25519, publicKey);
  const text = formatCheckpoint({ origin: ORIGIN, ...head, extensions: [] });
  const note = { text, signatures: [await signText(text, key, (message) => sign(null, message, privateKey))] };
  const trusted = { origin: ORIGIN, verifiers: [ed25519Verifier(key)] };
  return await processorMs(async () => {
    for (let i = 0; i < TIMES; i++) await openCheckpoint(note, trusted);
  });
}

/** Processor time, which a busy machine does not change; all of it is of one core but the signatures, which Web Crypto verifies elsewhere. */
async function processorMs(run: () => void | Promise<void>): Promise<number> {
  const { user, system } = process.cpuUsage();
  await run();
  const after = process.cpuUsage({ user, system });
  return (after.user + after.system) / 1000;
}
