import {
  type Artefact,
  examined,
  findSysdiagnose,
  openSysdiagnose,
  pathOf,
  reasonOf,
  type Sysdiagnose,
  unreadable,
} from '../../evidence/index.ts';
import type { OpenedSource, SourceReader } from './source.ts';
import { SYSDIAGNOSE_CHECKS } from './sysdiagnose-checks.ts';

/** What an iPhone collects when its buttons are pressed: packed, or as a folder. */
export const iosSysdiagnose: SourceReader = {
  kind: 'ios-sysdiagnose',
  async open(tree, { level, passBy }) {
    const place = await findSysdiagnose(tree);
    if (place === undefined) return undefined;
    let scanned = 0;
    const source = await openSysdiagnose(
      tree,
      place,
      level === 'quick' || passBy === undefined
        ? undefined
        : (file, path) => {
            passBy(file, path);
            scanned++;
          },
    );
    return {
      kind: 'ios-sysdiagnose',
      encrypted: false,
      device: source.device,
      async examine(context, sinks) {
        const rows = [...source.artefacts];
        for (const check of SYSDIAGNOSE_CHECKS) rows.push(...(await check.run(source, context, sinks)));
        return rows;
      },
      scan: (visit) => (scanned > 0 ? Promise.resolve([examined('files', '*', scanned)]) : scanFiles(source, visit)),
    };
  },
};

/** Gives the files of an unpacked archive; of a packed one at level `quick` those that were kept for the modules. */
async function scanFiles(source: Sysdiagnose, visit: Parameters<OpenedSource['scan']>[0]): Promise<Artefact[]> {
  const failures: Artefact[] = [];
  let scanned = 0;
  for (const file of source.files) {
    const path = pathOf(file);
    try {
      const open = await source.open(file);
      if (open === undefined) continue;
      try {
        visit(open, path);
      } finally {
        open.close();
      }
      scanned++;
    } catch (error) {
      failures.push(unreadable('files', path, 0, reasonOf(error)));
    }
  }
  return [examined('files', '*', scanned), ...failures];
}
