import { backupTree, gatherAndroid, isAndroidBackup, nameOf, reasonOf, unreadable } from '../../readers/index.ts';
import { BACKUP_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import { closedSource } from './archive.ts';
import type { SourceReader } from './source.ts';

/** Backup of `adb backup`, open or encrypted; or the folder of one that was unpacked. */
export const androidBackup: SourceReader = {
  kind: 'android-backup',
  async open(tree, options) {
    if (!tree.single) {
      for await (const { path } of tree.files()) {
        if (!/^(?:.*\/)?apps\/[^/]+\/.*_(?:sms|mms)_backup$/.test(path)) continue;
        return androidSource('android-backup', await gatherAndroid(tree, options), BACKUP_CHECKS, options.level);
      }
    }
    for await (const { path } of tree.files()) {
      if (!tree.single && !/\.ab$/i.test(path)) continue;
      const file = await tree.open(path);
      if (file === undefined) continue;
      try {
        if (!isAndroidBackup(file)) continue;
        if (!tree.single)
          return androidSource('android-backup', await gatherAndroid(tree, options), BACKUP_CHECKS, options.level);
        const encrypted = /\nAES-256\n$/.test(firstLines(file.read(0, 64)));
        try {
          const inner = await backupTree(nameOf(path), file, options);
          const gathered = await gatherAndroid(inner, options);
          const failures = [...inner.refused, ...gathered.failures];
          return {
            ...androidSource('android-backup', { ...gathered, failures }, BACKUP_CHECKS, options.level),
            encrypted,
          };
        } catch (error) {
          return closedSource('android-backup', encrypted, unreadable('backup', path, 0, reasonOf(error)));
        }
      } finally {
        file.close();
      }
    }
    return undefined;
  },
};

function firstLines(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split('\n').slice(0, 4).join('\n').concat('\n');
}
