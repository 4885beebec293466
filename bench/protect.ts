/**
 * Protects and opens 1 GiB: MiB per CPU second and peak memory, measured in this very process.
 *
 * Run `node bench/protect.ts` (its `node`, not through npm, so that memory is that of the work alone). Wall time depends on the disk
 * and on what else runs; CPU time is the figure to compare. Target: 400 MiB per CPU second each way, 200 MB.
 */
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePolicy, importWrapKey, joinShares, readContainer, unwrapShare } from '../src/formats/tdf/index.ts';
import { openFile, openForReading, protectFile } from '../src/formats/tdf/node.ts';

const MIB = 1024 * 1024;
const sizeMib = Number(process.argv[2] ?? 1024);

interface Row {
  readonly name: string;
  readonly mibPerCpuSecond: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const [plain, protectedPath, opened] = [
    join(folder, 'plain'),
    join(folder, 'plain.tdf'),
    join(folder, 'opened'),
  ] as const;
  fill(plain);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const policy = encodePolicy({ uuid: '00000000-0000-4000-8000-000000000000', attributes: [], dissem: [] });
  const kasKeys = [{ url: 'https://files.example.org/kas', kid: 'bench', publicKeyPem }];

  const rows = [
    await measure('protect', async () => {
      using input = openForReading(plain);
      await protectFile(input, protectedPath, {
        policy,
        mimeType: 'application/octet-stream',
        kasKeys,
        random: crypto,
      });
    }),
    await measure('open', async () => {
      using input = openForReading(protectedPath);
      const container = await readContainer(input.readAt, input.sizeBytes);
      const privateKey = await importWrapKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      const shares = new Map<string, Uint8Array>();
      for (const access of container.manifest.keyAccess)
        shares.set(access.splitId, await unwrapShare(privateKey, access));
      await openFile(input, container, await joinShares(container.manifest, shares), opened);
    }),
  ];
  const peakRssMb = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  process.stdout.write(`${JSON.stringify({ bench: 'protect', sizeMib, rows, peakRssMb })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: string, run: () => Promise<void>): Promise<Row> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await run();
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const wallSeconds = (performance.now() - from) / 1000;
  return { name, mibPerCpuSecond: Math.round(sizeMib / cpuSeconds), cpuSeconds, wallSeconds };
}

function fill(path: string): void {
  const block = Buffer.alloc(MIB, 'not all zeros ');
  const fd = openSync(path, 'w');
  for (let i = 0; i < sizeMib; i++) writeSync(fd, block);
  closeSync(fd);
}
