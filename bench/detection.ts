/**
 * `npm run bench -- detection`: recall of every planted trace, and what healthy phones are told, by kind of evidence, with indicators and without;
 * then what healthy phones with the names of real ones are told by the published lists.
 * Writes the figures of docs/detection.md. PHONES sets how many phones are generated for each trace.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Examination } from '../src/detection/index.ts';
import { compileIndicators } from '../src/detection/indicators/index.ts';
import {
  examineGenerated,
  GENERATED_KINDS,
  type GeneratedKind,
  healthyPhones,
  indicatorsOf,
  judgePlanted,
  seedFor,
  toldOf,
} from '../test/synthetic/detection.ts';
import { HEALTHY_KINDS, publishedIndex, type Told, worstOf as worstOfHealthy } from '../test/synthetic/healthy.ts';
import { publish } from './measure.ts';

const SEED = 1;
const PHONES = Number(process.env['PHONES'] ?? 2);
/** Healthy phones of each kind; their lives take turns. */
const HEALTHY = 20 * PHONES;
/** Of a hundred healthy phones so many may be called unusual. */
const MAX_UNUSUAL = 0.02;
const NONE = compileIndicators([]);
const PUBLISHED = publishedIndex();
const PAGE = join(import.meta.dirname, '..', 'docs', 'detection.md');
const [BEGIN, END] = ['<!-- figures -->', '<!-- end of figures -->'];

type Row = Record<string, string | number>;
type Alarms = 'trace' | 'high or critical' | 'medium' | 'low or info' | 'weakness';

const summary: Row[] = [];
const alarmRows: Row[] = [];
const pages: string[] = [];
let failed = false;
for (const kind of GENERATED_KINDS) {
  console.log(`   ${kind.name}`);
  const traces: Row[] = [];
  let [found, strays] = [0, 0];
  for (const plant of Object.keys(kind.traces)) {
    const row = await planted(kind, plant);
    found += row.found;
    strays += row.strays;
    traces.push({
      trace: plant,
      'must be told': kind.traces[plant]?.told ?? '',
      found: `${row.found}/${PHONES}`,
      'without indicators': `${row.unaided}/${PHONES}`,
    });
  }
  const healthy = await healthyOf(kind);
  alarmRows.push(...healthy.rows);
  const phones = traces.length * PHONES;
  const [{ severe: withIndicators = 0 } = {}, { severe: without = 0 } = {}] = healthy.totals;
  const wrong = strays + withIndicators;
  summary.push({
    evidence: kind.name,
    'kinds of trace': traces.length,
    'phones with a trace': phones,
    recall: percent(found, phones),
    'healthy phones': HEALTHY,
    'told a trace, or high': percent(withIndicators, HEALTHY),
    ...healthy.worst,
    precision: percent(found, found + wrong),
  });
  failed ||= found < phones || wrong + without > 0;
  pages.push(`### ${kind.name}\n\n${table(traces)}`);
}
const real: Row[] = [];
for (const kind of HEALTHY_KINDS) {
  console.log(`   ${kind.name}, real names`);
  const row = await realNames(kind);
  failed ||= row.failed;
  real.push(row.row);
}
publish('detection', summary);
publish('healthy', real);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const text = [
  `Commit ${commit}, seed ${SEED}: ${PHONES} phones for each trace, ${HEALTHY} healthy ones for each kind of evidence.`,
  table(summary),
  `Healthy phones with the names of real ones, against ${PUBLISHED.count.toLocaleString('en')} published indicators:`,
  table(real),
  'What was told of the healthy phones, by life:',
  table(alarmRows),
  ...pages,
].join('\n\n');
const page = readFileSync(PAGE, 'utf8');
const [head = '', rest = ''] = page.split(BEGIN);
writeFileSync(PAGE, `${head}${BEGIN}\n\n${text}\n\n${END}${rest.split(END)[1] ?? '\n'}`);
if (failed) process.exitCode = 1;

/** One trace in phones of its own: how often it is told as it must be, how often anything is told of it with no indicator. */
async function planted(
  kind: GeneratedKind,
  plant: string,
): Promise<{ found: number; unaided: number; strays: number }> {
  const index = indicatorsOf(kind);
  let [found, unaided, strays, seed] = [0, 0, 0, SEED];
  for (let i = 0; i < PHONES; i++) {
    seed = seedFor(kind, plant, seed + 1);
    const [informed, alone] = await examineGenerated(kind, { seed, plants: [plant], life: 'ordinary' }, [index, NONE]);
    if (informed === undefined || alone === undefined) throw new Error('no examination');
    const judged = judgePlanted(kind, plant, informed);
    if (judged.found) found++;
    else console.log(`missed: ${plant} in ${kind.name}, seed ${seed}; told: ${toldOf(informed).join(', ')}`);
    for (const stray of judged.strays) console.log(`stray: ${stray} beside ${plant} in ${kind.name}, seed ${seed}`);
    strays += judged.strays.length;
    // An ordinary life gives nothing, so that whatever is told here is due to the trace.
    if (toldOf(alone).length > 0) unaided++;
  }
  return { found, unaided, strays };
}

/** What healthy phones of one kind are told whose programs, packages and files have the names of real ones. */
async function realNames(kind: GeneratedKind): Promise<{ readonly row: Row; readonly failed: boolean }> {
  const counts = new Map<Told, number>();
  for (let i = 0; i < HEALTHY; i++) {
    const [result] = await examineGenerated(kind, { seed: SEED + 2000 + i, plants: [], life: 'ordinary' }, [PUBLISHED]);
    if (result === undefined) throw new Error('no examination');
    const worst = worstOfHealthy(result);
    counts.set(worst, (counts.get(worst) ?? 0) + 1);
    if (worst === 'trace' || worst === 'high' || worst === 'unusual')
      console.log(`told ${worst}: ${kind.name}, seed ${SEED + 2000 + i}: ${toldOf(result).join(', ')}`);
  }
  const of = (worst: Told): number => counts.get(worst) ?? 0;
  const share = (worst: Told): string => percent(of(worst), HEALTHY);
  return {
    row: {
      evidence: kind.name,
      phones: HEALTHY,
      trace: share('trace'),
      high: share('high'),
      unusual: share('unusual'),
      'a weakness': share('weakness'),
      'notes alone': share('note'),
      nothing: share('nothing'),
    },
    failed: of('trace') + of('high') > 0 || of('unusual') > HEALTHY * MAX_UNUSUAL,
  };
}

interface Healthy {
  /** What was told of each life. */
  readonly rows: Row[];
  /** Of 100 phones, how many had this as the worst that was told. */
  readonly worst: Row;
  /** Phones told a trace or high, with indicators and without. */
  readonly totals: { severe: number }[];
}

async function healthyOf(kind: GeneratedKind): Promise<Healthy> {
  const indexes = [indicatorsOf(kind), NONE];
  const lives = new Map<string, { readonly told: Set<string>; readonly unaided: Set<string> }>();
  const totals = [{ severe: 0 }, { severe: 0 }];
  const counts = new Map<string, number>();
  for (const phone of healthyPhones(kind, SEED + 1000, HEALTHY)) {
    const life = lives.get(phone.life) ?? { told: new Set(), unaided: new Set() };
    lives.set(phone.life, life);
    for (const [i, result] of (await examineGenerated(kind, phone, indexes)).entries()) {
      const worst = worstOf(result);
      const total = totals[i];
      if (total !== undefined && (worst === 'trace' || worst === 'high or critical')) total.severe++;
      for (const text of toldOf(result)) (i === 0 ? life.told : life.unaided).add(text);
      if (i === 0 && worst !== undefined) counts.set(worst, (counts.get(worst) ?? 0) + 1);
    }
  }
  const rows = [...lives].map(([name, { told, unaided }]) => ({
    evidence: kind.name,
    life: `${name}: ${kind.lives[name]?.what ?? ''}`,
    told: [...told].map((text) => (unaided.has(text) ? text : `${text} (by indicators)`)).join('; ') || 'nothing',
  }));
  const share = (worst: Alarms): string => percent(counts.get(worst) ?? 0, HEALTHY);
  const worst = {
    'told medium': share('medium'),
    'told low': share('low or info'),
    'told a weakness only': share('weakness'),
  };
  return { rows, worst, totals };
}

function worstOf(result: Examination): Alarms | undefined {
  const told = toldOf(result);
  const has = (pattern: RegExp): boolean => told.some((text) => pattern.test(text));
  if (has(/ trace /)) return 'trace';
  if (has(/^(?:critical|high) unusual /)) return 'high or critical';
  if (has(/^medium unusual /)) return 'medium';
  if (has(/ unusual /)) return 'low or info';
  return told.length > 0 ? 'weakness' : undefined;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((part / whole) * 1000) / 10} %`;
}

/** A table as the formatter writes it: columns as wide as their widest cell. */
function table(rows: readonly Row[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => keys.map((key) => String(row[key] ?? '')));
  const widths = keys.map((key, i) => Math.max(3, key.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const line = (texts: readonly string[], fill = ' '): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0, fill)).join(' | ')} |`;
  return [
    line(keys),
    line(
      keys.map(() => ''),
      '-',
    ),
    ...cells.map((texts) => line(texts)),
  ].join('\n');
}
