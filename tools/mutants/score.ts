import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { EXPLAINED, type Explained } from '../explained.data.ts';
import type { Guard } from '../guards.data.ts';
import type { Numbered } from './instrument.ts';
import type { Outcome } from './try-mutants.ts';

type Listed = Numbered & { readonly guard: Guard };

interface RoomScore {
  readonly room: string;
  readonly guards: number;
  readonly killed: number;
  readonly survived: number;
  readonly explained: number;
}

/** The result of a run. */
export interface Score {
  readonly rooms: readonly RoomScore[];
  readonly survived: readonly (Listed & { readonly reached: boolean })[];
  /** Rows of `explained.data.ts` that are not true: nothing of that name is left, or a test does notice it. */
  readonly untrue: readonly string[];
  /** Mutants that the deadline left untried. */
  readonly cut: number;
  /** Tests that fail without any mutant, and so prove nothing. */
  readonly broken: readonly string[];
}

/** Which mutants are listed as equivalent, by number, with the row that says so; throws when a row names none. */
export function readExplained(
  mutants: readonly Listed[],
  rows: readonly Explained[] = EXPLAINED,
): ReadonlyMap<number, Explained> {
  const out = new Map<number, Explained>();
  for (const row of rows) {
    const named = mutants.filter((mutant) => isNamed(mutant, row));
    if (named.length === 0) throw new Error(`Amend tools/explained.data.ts: no mutant is ${nameOf(row)}`);
    for (const { id } of named) out.set(id, row);
  }
  return out;
}

function isNamed({ guard, symbol, operator, text, nth }: Listed, row: Explained): boolean {
  return (
    guard.room === row.room &&
    symbol === row.symbol &&
    operator === row.operator &&
    text === row.text &&
    (row.nth === undefined || row.nth === nth)
  );
}

function nameOf({ room, symbol, operator, text, nth }: Explained): string {
  return `${room} ${symbol}: ${operator} ${text}${nth === undefined ? '' : ` (${nth})`}`;
}

/** Counts what became of the chosen mutants; those that a deadline cut are counted nowhere else. */
export function scoreOf(chosen: readonly Listed[], explained: ReadonlyMap<number, Explained>, outcome: Outcome): Score {
  const tried = chosen.filter(({ id }) => outcome.killed.has(id) || !outcome.cut.has(id));
  const isExplained = ({ id }: Listed): boolean => explained.has(id);
  const isKilled = ({ id }: Listed): boolean => outcome.killed.has(id);
  const rooms = [...Map.groupBy(tried, ({ guard }) => guard.room)].map(([room, of]) => ({
    room,
    guards: of.length,
    killed: of.filter((one) => isKilled(one) && !isExplained(one)).length,
    survived: of.filter((one) => !isKilled(one) && !isExplained(one)).length,
    explained: of.filter(isExplained).length,
  }));
  return {
    rooms,
    survived: tried
      .filter((one) => !isKilled(one) && !isExplained(one))
      .map((one) => ({ ...one, reached: outcome.reached.has(one.id) })),
    untrue: tried
      .filter((one) => isKilled(one) && isExplained(one))
      .map(
        (one) =>
          `${one.guard.room} ${one.symbol}: ${one.operator} ${one.text} is noticed by ${outcome.killed.get(one.id)?.by}`,
      ),
    cut: chosen.length - tried.length,
    broken: [...outcome.broken].map(([test, why]) => `${test}: ${why}`),
  };
}

/** Prints the survivors and a table by room, writes bench/results/mutants.json, and ends with `N killed, N survived, N explained`. */
export function showScore(score: Score, ms: number): void {
  for (const { file, line, symbol, operator, text, nth, reached } of score.survived) {
    console.log(
      `survived: ${file}:${line} ${symbol}: ${operator} ${text}${nth > 1 ? ` (${nth})` : ''}${reached ? '' : ' [no test reaches it]'}`,
    );
  }
  for (const row of score.untrue) console.log(`untrue: ${row}`);
  for (const line of score.broken) console.log(`fails without any mutant, left out: ${line}`);
  console.log(tableOf(score.rooms));
  if (score.cut > 0) console.log(`cut: ${score.cut} mutants were not tried, the time was over`);
  mkdirSync('bench/results', { recursive: true });
  const survived = score.survived.map(({ file, line, symbol, operator, text }) => ({
    file,
    line,
    symbol,
    operator,
    text,
  }));
  writeFileSync(
    'bench/results/mutants.json',
    `${JSON.stringify({ rooms: score.rooms, survived, untrue: score.untrue, cut: score.cut, ms }, undefined, 2)}\n`,
  );
  const total = totalOf(score.rooms);
  console.log(`${total.killed} killed, ${total.survived} survived, ${total.explained} explained`);
}

function totalOf(rooms: readonly RoomScore[]): RoomScore {
  const sum = (key: 'guards' | 'killed' | 'survived' | 'explained'): number =>
    rooms.reduce((all, room) => all + room[key], 0);
  return {
    room: 'all',
    guards: sum('guards'),
    killed: sum('killed'),
    survived: sum('survived'),
    explained: sum('explained'),
  };
}

function tableOf(rooms: readonly RoomScore[]): string {
  const lines = [...rooms, totalOf(rooms)].map(({ room, guards, killed, survived, explained }) => {
    const percent = guards === explained ? 100 : (100 * killed) / (guards - explained);
    return `| ${room} | ${guards} | ${killed} | ${survived} | ${explained} | ${percent.toFixed(1)} % |`;
  });
  return [
    '| room | mutants | killed | survived | explained | score |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const PLACE = /(<!-- score -->\n)[\s\S]*?(\n<!-- \/score -->)/;

/** Writes the table into docs/guards.md, between its marks. */
export function publishScore(score: Score): void {
  const page = readFileSync('docs/guards.md', 'utf8');
  writeFileSync('docs/guards.md', page.replace(PLACE, `$1\n${tableOf(score.rooms)}\n$2`));
  execFileSync('biome', ['format', '--write', 'docs/guards.md'], { stdio: 'ignore' });
}
