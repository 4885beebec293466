/**
 * Proves the transparency log's formats against golang.org/x/mod/sumdb and filippo.io/torchwood, both ways: what Go makes is what the committed
 * vectors say, and Go verifies trees, tiles, bundles, proofs, checkpoints and cosignatures that are made here. Go commits to entries of the audit
 * log by docs/audit-log-format.md, too, with canonical JSON of its own. It needs Go.
 * Run it with `npx node test/interop/tlog.ts`; `--write` makes the vectors anew.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64, utf8Bytes, utf8Text } from '../../src/base/index.ts';
import { leafHash, proveConsistency, proveInclusion } from '../../src/formats/merkle-tree/index.ts';
import { nodeSha256 } from '../../src/formats/merkle-tree/node.ts';
import { formatNote, formatVerifierKey, SIGNATURE_TYPE, signText } from '../../src/formats/signed-note/index.ts';
import { testKey } from '../../src/formats/signed-note/testing.ts';
import { formatCheckpoint } from '../../src/formats/tlog-checkpoint/index.ts';
import { cosign } from '../../src/formats/tlog-cosignature/index.ts';
import {
  appendLeaves,
  EMPTY_EDGE,
  formatBundle,
  nodesFromTiles,
  rootOf,
  tilePath,
} from '../../src/formats/tlog-tiles/index.ts';
import { RECORDED } from '../synthetic/audit-entries.data.ts';
import { entryAt } from '../synthetic/tlog-entries.ts';

const GO = join(import.meta.dirname, 'tlog');
const VECTORS = join(import.meta.dirname, '../vectors');
const SOURCE =
  'made by test/interop/tlog with golang.org/x/mod v0.43.0 and filippo.io/torchwood v0.6.1 for these tests';
const ORIGIN = 'log.example.org/audit';
const SIZES = [1, 255, 256, 1000, 70_000] as const;

const made: { trees: unknown; logKey: string; witnessKey: string; notes: unknown } = JSON.parse(go('make'));
const { trees, ...notes } = made;
const leaves: readonly object[] = JSON.parse(go('leaves', JSON.stringify(RECORDED)));
const entries = leaves.map((leaf, i) => ({ recorded: RECORDED[i], ...leaf }));
if (process.argv.includes('--write')) {
  write('audit-leaf/go.json', {
    source: SOURCE.replace(' and', ', github.com/gowebpki/jcs v1.0.2 and'),
    licence: 'CC0-1.0',
    entries,
  });
  write('tlog-tiles/go.json', { source: SOURCE, licence: 'CC0-1.0', trees });
  write('tlog-checkpoint/go.json', { source: SOURCE, licence: 'CC0-1.0', ...notes });
}
expectCommitted('tlog-tiles/go.json', { trees });
expectCommitted('audit-leaf/go.json', { entries });
process.stdout.write(go('check', JSON.stringify(await makeOurs())));

/** Trees, tiles, proofs and notes as Pavise writes them, at each of the sizes. */
async function makeOurs() {
  const tiles = new Map<string, Uint8Array>();
  const ours = [];
  const signed = [];
  let edge = EMPTY_EDGE;
  for (const size of SIZES) {
    const entries = Array.from({ length: size - edge.size }, (_, i) => entryAt(edge.size + i));
    const grown = appendLeaves(
      edge,
      entries.map((entry) => leafHash(entry, nodeSha256)),
      nodeSha256,
    );
    for (const { tile, bytes } of grown.tiles) {
      tiles.set(tilePath(tile), bytes);
      if (tile.level > 0) continue;
      const bundled = Array.from({ length: tile.width }, (_, i) => entryAt(tile.index * 256 + i));
      tiles.set(tilePath({ ...tile, level: 'entries' }), formatBundle(bundled));
    }
    edge = grown.edge;
    const read = nodesFromTiles(size, async (wanted) =>
      wanted.map((tile) => tiles.get(tilePath(tile)) ?? new Uint8Array(0)),
    );
    const base64 = (proof: readonly Uint8Array[]) => proof.map((hash) => toBase64(hash));
    const inclusion = [];
    for (const index of new Set([0, Math.floor(size / 3), size - 1]))
      inclusion.push({ index, proof: base64(await proveInclusion(index, size, read)) });
    const consistency = [];
    for (const first of SIZES.filter((other) => other <= size))
      consistency.push({ first, proof: base64(await proveConsistency(first, size, read)) });
    const root = rootOf(edge);
    ours.push({
      size,
      root: toBase64(root),
      tiles: Object.fromEntries([...tiles].map(([path, bytes]) => [path, toBase64(bytes)])),
      inclusion,
      consistency,
    });
    signed.push(await makeNote(formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] })));
  }
  return { trees: ours, logKey: made.logKey, witnessKey: made.witnessKey, notes: signed };
}

async function makeNote(text: string): Promise<string> {
  const log = testKey('log', ORIGIN, SIGNATURE_TYPE.ed25519);
  const witness = testKey('witness', 'witness.example.org/w1', SIGNATURE_TYPE.cosignature);
  if (formatVerifierKey(log.key) !== made.logKey || formatVerifierKey(witness.key) !== made.witnessKey)
    throw new Error('Go writes other verifier keys');
  const signatures = [
    await signText(text, log.key, log.sign),
    await cosign(text, 1_764_000_000, witness.key, witness.sign),
  ];
  return utf8Text(formatNote({ text, signatures }));
}

function go(mode: string, input = ''): string {
  return execFileSync('go', ['run', '.', mode], {
    cwd: GO,
    input: utf8Bytes(input),
    maxBuffer: 2 ** 26,
    encoding: 'utf8',
  });
}

/** What Go makes today must be what it made when the vectors were committed. */
function expectCommitted(path: string, made: Record<string, unknown>): void {
  const committed: Record<string, unknown> = JSON.parse(readFileSync(join(VECTORS, path), 'utf8'));
  for (const [name, value] of Object.entries(made))
    if (JSON.stringify(committed[name]) !== JSON.stringify(value))
      throw new Error(`Go makes other ${name} than it did`);
}

/** One tree or note for each line, so that a change can be read. */
function write(path: string, { source, licence, ...lists }: Record<string, unknown>): void {
  const parts = Object.entries({ source, licence, ...lists }).map(([name, value]) =>
    Array.isArray(value)
      ? `  ${JSON.stringify(name)}: [\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`
      : `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  writeFileSync(join(VECTORS, path), `{\n${parts.join(',\n')}\n}\n`);
}
