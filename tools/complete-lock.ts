/**
 * Completes package-lock.json after dependencies changed: `rm package-lock.json && npm install --package-lock-only && node tools/complete-lock.ts`,
 * best in a folder without node_modules.
 *
 * npm leaves optional packages of other platforms out of the lock when the registry at hand does not serve them, and `npm ci` then refuses
 * that lock. They are added here with the platform that their name tells; npm skips them wherever the platform differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS = [
  'android',
  'darwin',
  'linux',
  'win32',
  'windows',
  'freebsd',
  'openharmony',
  'netbsd',
  'openbsd',
  'sunos',
  'aix',
  'wasi',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32', 'arm'];

const path = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockPackage> }; // npm wrote it
let added = 0;
for (const [where, holder] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(holder.optionalDependencies ?? {})) {
    if (
      lock.packages[`node_modules/${name}`] !== undefined ||
      lock.packages[`${where}/node_modules/${name}`] !== undefined
    )
      continue;
    const version = /\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?/.exec(range)?.[0];
    const system = SYSTEMS.find((word) => name.includes(word)) ?? (name.includes('wasm32') ? 'wasi' : undefined);
    const processor =
      PROCESSORS.find((word) => name.includes(word)) ?? (name.includes('universal') ? 'arm64' : undefined);
    if (version === undefined || system === undefined) {
      console.log(`left out: ${name}@${range}`);
      continue;
    }
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(holder.dev === true ? { dev: true } : {}),
      ...(name.includes('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      os: [system === 'windows' ? 'win32' : system],
    };
    added += 1;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
if (root === undefined) throw new Error('the lock file holds no packages');
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${path}: ${added} packages of other platforms added`);
