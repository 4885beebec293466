/**
 * `npm test`: everything. Says what it skipped and why, and ends with a line `N passed, N failed, N skipped`.
 * Each static gate counts as one test.
 */
import { existsSync } from 'node:fs';
import { startPostgres15 } from './postgres15.ts';
import { GATES, runStep } from './steps.ts';

const total = { passed: 0, failed: 0, skipped: 0 };
const skippedParts: string[] = [];
const broken: string[] = [];

function count(name: string, code: number, output: string): void {
  const line = output.match(/^\s*Tests\s+(.*)$/m)?.[1];
  const number = (word: string): number => Number(line?.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  total.passed += number('passed');
  total.failed += number('failed');
  total.skipped += number('skipped');
  if (code !== 0) {
    broken.push(name);
    if (number('failed') === 0) total.failed += 1;
  }
}

for (const [name, command] of GATES) {
  const { code } = await runStep(name, command);
  if (code === 0) total.passed += 1;
  else {
    total.failed += 1;
    broken.push(name);
  }
}
const unit = await runStep('unit and property tests, bundled PostgreSQL', ['vitest', 'run']);
count('unit tests', unit.code, unit.output);

const outside = await startPostgres15();
if (outside === undefined) skippedParts.push('outside PostgreSQL: /usr/lib/postgresql/15 is not installed');
else {
  const again = await runStep(
    'database tests, PostgreSQL 15',
    ['vitest', 'run', '--config', 'vitest.database.config.ts'],
    {
      ...process.env,
      PAVISE_TEST_DATABASE_URL: outside.url,
    },
  );
  count('database tests on PostgreSQL 15', again.code, again.output);
  await outside.stop();
}
if (!existsSync('/usr/bin/chromium') && process.env['CHROMIUM'] === undefined)
  skippedParts.push('end to end: /usr/bin/chromium is not installed');
else {
  const build = await runStep('web apps', ['node', 'tools/build-web.ts', '--if-stale']);
  if (build.code !== 0) broken.push('web apps');
  const e2e = await runStep('end to end', ['vitest', 'run', '--config', 'vitest.e2e.config.ts']);
  count('end to end', e2e.code, e2e.output);
}
if (!existsSync('../shared/data'))
  skippedParts.push('artefacts of MVT, which may not be passed on: ../shared/data is not there');

for (const part of skippedParts) console.log(`skipped: ${part}`);
for (const part of broken) console.log(`failed: ${part}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && broken.length === 0 ? 0 : 1);
