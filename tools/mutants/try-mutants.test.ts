import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const FILE = 'tools/mutants/fixture/door.ts';
const SCRIPT = `
  const { readFileSync } = await import('node:fs');
  const { findMutants } = await import('./tools/mutants/find-mutants.ts');
  const { tryMutants } = await import('./tools/mutants/try-mutants.ts');
  const mutants = findMutants(readFileSync('${FILE}', 'utf8'), '${FILE}').map((mutant, i) => ({ ...mutant, id: i + 1 }));
  const jobs = new Map([['tools/mutants/fixture/door.test.ts', mutants.map(({ id }) => id)]]);
  const killed = new Map(), reached = new Set();
  await tryMutants(mutants, jobs, null, { killed, reached, cut: new Set(), broken: new Map() });
  for (const { id, symbol, operator, text } of mutants)
    console.log((killed.has(id) ? 'killed' : reached.has(id) ? 'survived' : 'not reached') + ' ' + symbol + ' ' + operator + ' ' + text);
  process.exit(0);`;

it('tryMutants() finds the guards that the tests of the fixture do not prove, and no other', () => {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8', env });
  expect(output.trim().split('\n')).toEqual([
    'killed RULES flag closedToMallory: true', // it is read while the module loads
    "survived mayEnter if name === ''",
    'killed mayEnter if age < 18',
    'survived mayEnter bound age < 18',
    "killed mayEnter operand !(RULES.closedToMallory && name === 'mallory')",
    'survived mayEnter operand !banned.has(name)',
    'survived mayEnter operand RULES.closedToMallory',
    "killed mayEnter operand name === 'mallory'",
    "killed ban if name === ''", // it leaves something behind in the module
    'not reached ban call banned.add(name);',
  ]);
});
