/** `npm run bench [-- name]`: runs `bench/<name>.ts`, or all of them one after the other. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const own = new Set(['main', 'measure']);
const all = globSync(join(import.meta.dirname, '*.ts'))
  .map((file) => basename(file, '.ts'))
  .filter((name) => !own.has(name))
  .sort();
const wanted = process.argv.slice(2).filter((word) => word !== '--');
const unknown = wanted.filter((name) => !existsSync(join(import.meta.dirname, `${name}.ts`)) || own.has(name));
if (unknown.length > 0) {
  console.error(`Choose among ${all.join(', ')}: there is no benchmark "${unknown.join('", "')}"`);
  process.exit(2);
}
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
let failed = 0;
for (const name of wanted.length === 0 ? all : wanted) {
  console.log(`── ${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
