import {
  type Artefact,
  examined,
  type IosBackup,
  openIosBackup,
  pathOf,
  reasonOf,
  unreadable,
} from '../../readers/index.ts';
import { IOS_BACKUP_CHECKS, IOS_CHECKS } from './ios-checks.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** Backup made by Finder, iTunes or libimobiledevice. */
export const iosBackup: SourceReader = {
  kind: 'ios-backup',
  async open(tree, options) {
    const backup = await openIosBackup(tree, options);
    if (backup === undefined) return undefined;
    return {
      kind: 'ios-backup',
      encrypted: backup.encrypted,
      device: backup.device,
      fileCount: backup.files.length,
      async examine(context, sinks) {
        const rows = [...backup.artefacts];
        if (backup.locked) return rows;
        for (const check of IOS_BACKUP_CHECKS) rows.push(...(await check.run(backup, context, sinks)));
        for (const check of IOS_CHECKS) rows.push(...(await check.run(backup, context, sinks)));
        return rows;
      },
      scan: (visit) => (backup.locked ? Promise.resolve([]) : scanFiles(backup, options.level, visit)),
    };
  },
};

/** Goes through listed and unlisted files in the order of the disk; at level `quick` through those that a module has read. */
async function scanFiles(
  backup: IosBackup,
  level: OpenOptions['level'],
  visit: Parameters<OpenedSource['scan']>[0],
): Promise<Artefact[]> {
  const wanted = level === 'quick' ? backup.opened : undefined;
  const failures: Artefact[] = [];
  let [scanned, seen, found] = [0, 0, 0];
  for await (const { path } of backup.tree.files()) {
    // The manifest repeats every name that its own module has judged.
    if (path === 'Manifest.db') continue;
    const file = backup.listedAt(path);
    seen++;
    if (file !== undefined) found++;
    if (wanted !== undefined && !wanted.has(path)) continue;
    const name = file === undefined ? path : pathOf(file);
    try {
      const open = await (file === undefined ? backup.tree.open(path) : backup.read(file));
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
  const missing = backup.listedCount - found;
  const why =
    missing > 0
      ? `${missing} of ${backup.listedCount} listed files have no content in this backup`
      : `quick check: ${seen - scanned - failures.length} files were not read`;
  const whole = missing === 0 && wanted === undefined;
  return [whole ? examined('files', '*', scanned) : unreadable('files', '*', scanned, why), ...failures];
}
