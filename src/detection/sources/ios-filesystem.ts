import {
  type Artefact,
  cacheFiles,
  examined,
  filesystemList,
  type IosFilesystem,
  iosVersions,
  keychainAnalytics,
  netUsage,
  networkPrograms,
  openIosFilesystem,
  pathOf,
  reasonOf,
  safariFavicons,
  shutdownLog,
  unreadable,
  webkitWebsites,
} from '../../evidence/index.ts';
import { baselineShutdowns } from '../baseline.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeDataUsage } from '../ios/data-usage.ts';
import { judgeNetworkPrograms } from '../ios/network-programs.ts';
import { judgeShutdowns } from '../sysdiagnose/shutdown.ts';
import { IOS_CHECKS } from './ios-checks.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** What no backup has. */
const FILESYSTEM_CHECKS: readonly Check<IosFilesystem>[] = [
  pair(cacheFiles),
  pair(filesystemList),
  pair(iosVersions),
  pair(keychainAnalytics),
  pair(netUsage, judgeDataUsage),
  pair(networkPrograms, judgeNetworkPrograms),
  pair(safariFavicons),
  pair(shutdownLog, judgeShutdowns, baselineShutdowns),
  pair(webkitWebsites),
];

/** Copy of an iPhone's file system: folder, zip or tar. */
export const iosFilesystem: SourceReader = {
  kind: 'ios-filesystem',
  async open(tree, options) {
    const source = await openIosFilesystem(tree);
    if (source === undefined) return undefined;
    return {
      kind: 'ios-filesystem',
      encrypted: false,
      device: source.device,
      async examine(context, sinks) {
        const rows = [...source.artefacts];
        for (const check of FILESYSTEM_CHECKS) rows.push(...(await check.run(source, context, sinks)));
        for (const check of IOS_CHECKS) rows.push(...(await check.run(source, context, sinks)));
        return rows;
      },
      scan: (visit) => scanFiles(source, options.level, visit),
    };
  },
};

/** Gives every file; at level `quick` those that a module has read. */
async function scanFiles(
  source: IosFilesystem,
  level: OpenOptions['level'],
  visit: Parameters<OpenedSource['scan']>[0],
): Promise<Artefact[]> {
  const wanted = level === 'quick' ? new Set(source.opened) : undefined;
  const failures: Artefact[] = [];
  let scanned = 0;
  for (const file of source.files) {
    if (wanted !== undefined && !wanted.has(file.id)) continue;
    const name = pathOf(file);
    try {
      const open = await source.open(file);
      if (open === undefined) continue;
      try {
        visit(open, name);
        if (open.damage !== undefined) failures.push(unreadable('files', name, 0, open.damage));
      } finally {
        open.close();
      }
      scanned++;
    } catch (error) {
      failures.push(unreadable('files', name, 0, reasonOf(error)));
    }
  }
  const left = source.files.length - scanned - failures.length;
  const row =
    wanted === undefined
      ? examined('files', '*', scanned)
      : unreadable('files', '*', scanned, `quick check: ${left} files were not read`);
  return [row, ...failures];
}
