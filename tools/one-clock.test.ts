import { expect, it } from 'vitest';
import { clockViolations } from './one-clock.ts';

it.each([
  ['a room that asks the machine', 'src/files/sharing.ts', 'const at = Date.now();', 1],
  ['a room that passes the clock of the machine on', 'src/files/routes.ts', 'start({ now: Date.now });', 1],
  ['a room that makes a date of nothing', 'src/audit/sealer.ts', 'const at = new Date().toISOString();', 1],
  ['a store that asks the database', 'src/files/store.ts', 'sql`update files set revoked_at = now()`', 1],
  ['a store that asks it by a keyword', 'src/files/store.ts', 'sql`select 1 where at < CURRENT_TIMESTAMP`', 1],
  ['a room that is given the time', 'src/files/sharing.ts', 'const at = services.now(); new Date(at);', 0],
  ['a store that is given the time', 'src/files/store.ts', 'sql`update files set revoked_at = ${new Date(nowMs)}`', 0],
  ['words about it', 'src/files/store.ts', '/** Not Date.now(). */\n// nor new Date()\nconst a = 1;', 0],
  ['what takes how long', 'src/server/parts.ts', 'const endAt = performance.now() + limitMs;', 0],
  ['the clock itself', 'src/server/main.ts', 'const now = (): number => Date.now();', 0],
  ['the jobs, whose times the database compares', 'src/jobs/store.ts', 'sql`select now()`', 0],
  ['a test', 'src/files/sharing.test.ts', 'const at = Date.now();', 0],
  ['the command line', 'src/cli/check.ts', 'const at = Date.now();', 0],
])('clockViolations() and %s', (_, file, text, count) => {
  expect(clockViolations(file, text)).toHaveLength(count);
});
