import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { locateGuards } from '../../../tools/mutants/locate-guards.ts';
import { FAULTS } from './faults.data.ts';
import { prove } from './prove.ts';
import type { Subject } from './subject.ts';

// Loads the modules once for each fault, the faulty one with it, and prints as JSON what the proof says of each; the first is without any.
// One by one: several faults may stand in one file.
const files = FAULTS.flatMap((fault) => locateGuards([fault])).map(({ file }) => resolve(file));
const FAULT = /\?fault=(-?\d+)$/;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const own = FAULT.exec(context.parentURL ?? '');
    return own !== null && resolved.url.includes('/src/')
      ? { ...resolved, url: resolved.url.replace(FAULT, '') + own[0] }
      : resolved;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const number = Number(FAULT.exec(url)?.[1] ?? -1);
    const fault = FAULTS[number];
    if (fault === undefined || fileURLToPath(url.replace(FAULT, '')) !== files[number]) return loaded;
    const source = readFileSync(fileURLToPath(url.replace(FAULT, '')), 'utf8');
    if (source.split(fault.from).length !== 2)
      throw new Error(`Amend the fault "${fault.name}": its place is not there once`);
    return { ...loaded, source: source.replace(fault.from, () => fault.to) };
  },
});

const load = async (path: string, number: number): Promise<unknown> =>
  import(`${pathToFileURL(resolve(path))}?fault=${number}`);
const said: Record<string, string | null> = {};
for (const [number, name] of ['no fault', ...FAULTS.map((fault) => fault.name)].entries()) {
  const [access, met, wordings, sightings, weak] = await Promise.all(
    ['access/decide', 'access/met', 'access/remedies.data', 'detection/match-sightings', 'detection/weak-matches'].map(
      (path) => load(`src/${path}.ts`, number - 1),
    ),
  );
  // Loaded from where the types say.
  said[name] = prove({ access, met, wordings, sightings, weak } as Subject)?.theorem ?? null;
}
console.log(JSON.stringify(said));
