/** First load of JS and CSS, gzipped, without fonts, as index.html asks for it. Limits: console 260 kB, workspace 200 kB. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publish } from './measure.ts';

const dist = join(import.meta.dirname, '..', 'dist');

function firstLoad(app: string): number {
  const html = readFileSync(join(dist, app, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\/[a-z]+\/(assets\/[^"]+\.(?:js|css))"/g)].map(
    (match) => match[1] ?? '',
  );
  if (files.length === 0) throw new Error(`dist/${app}/index.html names no script: run npm run build first`);
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, app, file)), { level: 9 }).length, 0);
}

publish('web', [
  { figure: 'console, kB gzipped', value: Math.round(firstLoad('console') / 1000), limit: 260 },
  { figure: 'workspace, kB gzipped', value: Math.round(firstLoad('workspace') / 1000), limit: 200 },
]);
