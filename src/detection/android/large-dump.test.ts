import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EvidenceTree, memoryTree } from '../../evidence/index.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const NAME = 'dumpstate-2025-06-01-08-00-00.txt';
const FENCE = '-'.repeat(79);
/** More than a zip keeps in memory. */
const PADDING_BYTES = 33 * 1024 * 1024;
const LINE = '06-01 09:00:00.000  1000  1234  1234 I ActivityManager: nothing to see here\n';

/** A bug report whose services stand at both ends, over the edges of what is read at once, and whose logs are large. */
function largeDump(): Uint8Array {
  const log = `------ SYSTEM LOG (logcat) ------\n${LINE.repeat(Math.ceil(PADDING_BYTES / LINE.length))}`;
  const apps = Array.from(
    { length: 12_000 },
    (_, i) => `  Package [com.example.app${i}] (${i}):\n    userId=${10_000 + i}\n`,
  );
  return Buffer.from(
    [
      '== dumpstate: 2025-06-01 08:00:00\n',
      '------ SYSTEM PROPERTIES (getprop) ------\n[ro.product.model]: [Generated]\n[persist.sys.timezone]: [Europe/Berlin]\n',
      `${FENCE}\nDUMP OF SERVICE package:\nPackages:\n${apps.join('')}  Package [com.bad.app] (bad):\n    userId=99\n`,
      log,
      'seen https://listed.example.org/x\n',
      `${FENCE}\nDUMP OF SERVICE adb:\nADB MANAGER STATE (dumpsys adb):\n  user_keys=x\n`,
    ].join(''),
  );
}

const single = (name: string, bytes: Uint8Array): EvidenceTree => ({
  ...memoryTree(name, new Map([[name, bytes]])),
  single: true,
});

async function run(tree: EvidenceTree, ...digests: string[]) {
  const pairs = [
    ['app:id', 'com.bad.app'],
    ['domain-name', 'listed.example.org'],
    ...digests.map((digest) => ['file:hash', digest] as const),
  ] as const;
  const indicators = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  const index = compileIndicators([{ source: 'test', bundle: { unsupported: [], indicators } }]);
  const makeDigest = () => {
    const sum = createHash('sha256');
    return { update: (bytes: Uint8Array) => void sum.update(bytes), hex: () => sum.digest('hex') };
  };
  const options = { passwords: [], level: 'thorough', nowMs: Date.UTC(2026, 0, 1), progress() {}, makeDigest } as const;
  const result = await examine([tree], index, options);
  if ('unknown' in result) throw new Error('not recognised');
  return result;
}

describe('a dumpstate that is too large for memory', () => {
  const bytes = largeDump();
  const digest = createHash('sha256').update(bytes).digest('hex');
  const zip = makeZip([{ name: NAME, data: bytes }]);

  it('gives in a zip what it gives beside none, to the last byte', async () => {
    const [packed, plain] = [
      await run(single('bug.zip', zip), digest),
      await run(memoryTree('folder', new Map([[NAME, bytes]])), digest),
    ];
    expect(packed).toEqual(plain);
    expect(packed.bytesRead).toBe(bytes.length);
    expect(packed.examined.find(({ artefact }) => artefact === 'packages')).toMatchObject({ status: 'examined' });
    expect(packed.findings.map(({ artefact, value }) => `${artefact} ${value}`).sort()).toEqual(
      expect.arrayContaining(['files listed.example.org', `files ${digest}`, 'packages com.bad.app']),
    );
  });

  it('says that it is damaged, and tells nothing that stood in it', async () => {
    const broken = zip.slice();
    // The checksum of the local header is not read: that of the directory counts.
    const directory = broken.lastIndexOf(0x50, broken.length - 23);
    broken[directory + 16] = (broken[directory + 16] ?? 0) ^ 1;
    const { findings, examined } = await run(single('bug.zip', broken));
    expect(
      examined.filter(({ status, path }) => status === 'unreadable' && path === NAME).map(({ why }) => why),
    ).toEqual(['Cannot read zip entry: its checksum differs', 'Cannot read zip entry: its checksum differs']);
    expect(findings.filter(({ path }) => path === NAME)).toEqual([]);
  });
});
