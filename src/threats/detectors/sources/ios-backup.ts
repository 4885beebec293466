import {
  type Artefact,
  contentPath,
  examined,
  type IosBackup,
  openIosBackup,
  pathOf,
  reasonOf,
  unreadable,
} from '../../readers/index.ts';
import { IOS_CHECKS } from './ios-checks.ts';
import type { OpenedSource, SourceReader } from './source.ts';

/** Backup made by Finder, iTunes or libimobiledevice. */
export const iosBackup: SourceReader = {
  kind: 'ios-backup',
  async open(tree) {
    const backup = await openIosBackup(tree);
    if (backup === undefined) return undefined;
    return {
      kind: 'ios-backup',
      encrypted: backup.encrypted,
      device: backup.device,
      async examine(context, sinks) {
        const rows = [...backup.artefacts];
        if (backup.encrypted) return rows;
        for (const check of IOS_CHECKS) rows.push(...(await check.run(backup, context, sinks)));
        return rows;
      },
      scan: (visit) => (backup.encrypted ? Promise.resolve([]) : scanFiles(backup, visit)),
    };
  },
};

/** Goes through listed and unlisted files in the order of the disk. */
async function scanFiles(backup: IosBackup, visit: Parameters<OpenedSource['scan']>[0]): Promise<Artefact[]> {
  const names = new Map(backup.files.map((file) => [contentPath(file.id), pathOf(file)]));
  const failures: Artefact[] = [];
  const present = new Set<string>();
  let scanned = 0;
  for await (const { path } of backup.tree.files()) {
    present.add(path);
    // The manifest repeats every name that its own module has judged.
    if (path === 'Manifest.db') continue;
    const name = names.get(path) ?? path;
    try {
      const file = await backup.tree.open(path);
      if (file === undefined) continue;
      try {
        visit(file, name);
      } finally {
        file.close();
      }
      scanned++;
    } catch (error) {
      failures.push(unreadable('files', name, 0, reasonOf(error)));
    }
  }
  const missing = [...names.keys()].filter((path) => !present.has(path)).length;
  const why = `${missing} of ${names.size} listed files have no content in this backup`;
  return [missing === 0 ? examined('files', '*', scanned) : unreadable('files', '*', scanned, why), ...failures];
}
