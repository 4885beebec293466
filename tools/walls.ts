/**
 * Checks the walls between rooms with dependency-cruiser: the import table, which never points up, no cycles, rooms only by their face, no
 * Node in the browser. Tables have walls, too (`table-walls.ts`), the server has one clock (`one-clock.ts`), pure rooms have none and no
 * randomness (`pure-rooms.ts`), and no room holds more than a
 * quarter of the lines.
 * Fails as well when the cruiser saw fewer modules than there are, since without its parser it finds nothing and calls that clean.
 */
import { globSync, readFileSync } from 'node:fs';
import { cruise, type IFlattenedRuleSet } from 'dependency-cruiser';
import { clockViolations } from './one-clock.ts';
import { purityViolations } from './pure-rooms.ts';
import { arrowsUp, tooLarge } from './room-table.ts';
import { BROWSER_ROOMS, PURE_PATHS, ROOMS } from './rooms.data.ts';
import { ownerOf, tablesOf, tableViolations } from './table-walls.ts';

const test = '\\.test\\.tsx?$|/testing\\.ts$|/fastify\\.d\\.ts$';
const browser = new Set<string>(BROWSER_ROOMS);
const forbidden: NonNullable<IFlattenedRuleSet['forbidden']> = [
  { name: 'no-cycle', severity: 'error', from: { pathNot: test }, to: { circular: true } },
];
for (const [room, may] of Object.entries(ROOMS)) {
  const allowed = [room, ...may].map((name) => `^src/${name}/`);
  const extra = browser.has(room) ? ['^src/[a-z]+/api\\.ts$', ...PURE_PATHS.map((path) => `^${path}`)] : [];
  forbidden.push({
    name: `wall-${room}`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: [...allowed, ...extra] },
  });
  if (room !== 'formats') {
    forbidden.push({
      name: `face-of-others-${room}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        path: '^src/(?!formats/)[a-z]+/',
        pathNot: [
          `^src/${room}/`,
          '^src/[a-z]+/(index|api)\\.tsx?$',
          '^src/ui/',
          ...PURE_PATHS.map((path) => `^${path}`),
          '^src/demo/',
          '^src/devices/(apple|android)/index\\.ts$',
        ],
      },
    });
  }
}
forbidden.push({
  name: 'no-node-in-browser',
  severity: 'error',
  from: {
    path: `^src/(base|${BROWSER_ROOMS.join('|')}|formats)/|^(${PURE_PATHS.join('|')})`,
    pathNot: `/node\\.ts$|/node-[a-z-]+\\.ts$`,
  },
  to: { dependencyTypes: ['core'] },
});
forbidden.push({
  name: 'no-node-format-in-browser',
  severity: 'error',
  from: { path: `^src/(base|${BROWSER_ROOMS.join('|')})/|^(${PURE_PATHS.join('|')})` },
  to: { path: '^src/formats/[a-z0-9-]+/node' },
});

const { output } = await cruise(['src'], {
  ruleSet: { forbidden },
  validate: true,
  parser: 'swc',
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  // Tests may import what they prove, and may say `using`, which the swc walker does not know.
  exclude: { path: test },
  enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'] },
});
if (typeof output === 'string') throw new Error('expected a result object');
const seen = output.modules.filter((module) => module.source.startsWith('src/')).length;
const files = globSync('src/**/*.{ts,tsx}').filter((file) => !new RegExp(test).test(file)).length;
let problems = output.summary.violations.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`);
if (seen < files) problems.push(`walls: the cruiser saw ${seen} modules of ${files}`);
for (const file of globSync(['src/**/*.{ts,tsx}', 'tools/*.ts', 'bench/*.ts', 'test/**/*.ts'])) {
  if (file.endsWith('.data.ts')) continue;
  const lines = linesOf(file);
  if (lines > 400) problems.push(`size: ${file} has ${lines} lines, 400 at most`);
}
const tables = tablesOf(globSync('src/storage/migrations/*.sql').map((file) => readFileSync(file, 'utf8')));
for (const table of tables)
  if (ownerOf(table) === undefined)
    problems.push(`table-without-owner: ${table}; name its room in tools/tables.data.ts`);
for (const file of globSync('src/**/*.{ts,tsx}')) {
  const text = readFileSync(file, 'utf8');
  problems.push(
    ...tableViolations(file, text, tables),
    ...clockViolations(file, text),
    ...purityViolations(file, text),
  );
}
problems.push(
  ...arrowsUp(ROOMS),
  ...tooLarge(new Map(globSync('src/**/*.{ts,tsx}').map((file) => [file, linesOf(file)]))),
);
problems = [...new Set(problems)];
for (const line of problems) console.error(line);
console.log(problems.length === 0 ? `walls: ${seen} modules, no violation` : `walls: ${problems.length} violations`);
process.exit(problems.length === 0 ? 0 : 1);

function linesOf(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1;
}
