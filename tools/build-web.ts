/**
 * Builds both web apps into dist/. `--if-stale` builds only an app whose sources or lockfile are newer than its last build.
 *
 * Prints one line per app that it builds.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const SHARED = [
  'src/ui',
  'src/base',
  'src/formats',
  'src/evidence',
  'src/detection',
  'src/findings',
  'src/hunt',
  'package-lock.json',
];
const onlyStale = process.argv.includes('--if-stale');

for (const app of ['console', 'workspace']) {
  const output = `dist/${app}/index.html`;
  const sources = [`src/${app}`, `vite.${app}.config.ts`, ...SHARED, ...wireSchemas()];
  if (onlyStale && existsSync(output) && newest(sources) <= statSync(output).mtimeMs) continue;
  const startedAtMs = Date.now();
  await build({ configFile: `vite.${app}.config.ts`, logLevel: 'warn' });
  process.stderr.write(`Built ${app} in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
}

function wireSchemas(): string[] {
  return readdirSync('src')
    .map((room) => `src/${room}/api.ts`)
    .filter((path) => existsSync(path));
}

/** The latest change below the paths, in milliseconds since 1970. */
function newest(paths: readonly string[]): number {
  return Math.max(
    0,
    ...paths.map((path) => {
      if (!existsSync(path)) return 0;
      const found = statSync(path);
      if (!found.isDirectory()) return found.mtimeMs;
      // A folder changes when a file in it is removed.
      return Math.max(found.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))));
    }),
  );
}
