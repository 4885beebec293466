import {
  type AndroidFiles,
  type Artefact,
  examined,
  type GatheredFiles,
  reasonOf,
  unreadable,
} from '../../evidence/index.ts';
import type { Check } from '../heuristic.ts';
import type { OpenedSource, OpenOptions, SourceKind } from './source.ts';

/** Makes the source of gathered files: runs the checks, then gives every file to the byte scan; at level `quick` those that a module has read. */
export function androidSource(
  kind: SourceKind,
  gathered: GatheredFiles,
  checks: readonly Check<AndroidFiles>[],
  level: OpenOptions['level'],
): OpenedSource {
  return {
    kind,
    encrypted: false,
    device: gathered.device,
    async examine(context, sinks) {
      const rows: Artefact[] = [...gathered.failures];
      for (const check of checks) rows.push(...(await check.run(gathered, context, sinks)));
      return rows;
    },
    // The last that is asked of a source: the archives are given back behind it.
    async scan(visit, pass) {
      const failures: Artefact[] = [];
      const wanted = level === 'quick' ? new Set(gathered.opened) : undefined;
      let scanned = 0;
      for (const file of gathered.files) {
        if (wanted !== undefined && !wanted.has(file.path)) continue;
        try {
          const stream = file.stream?.();
          if (stream !== undefined) {
            await pass(stream, file.path);
            scanned++;
            continue;
          }
          const open = await file.open();
          if (open === undefined) {
            failures.push(unreadable('files', file.path, 0, 'listed, content missing'));
            continue;
          }
          try {
            visit(open, file.path);
          } finally {
            open.close();
          }
          scanned++;
        } catch (error) {
          failures.push(unreadable('files', file.path, 0, reasonOf(error)));
        }
      }
      gathered.close();
      return [examined('files', '*', scanned), ...failures];
    },
  };
}
