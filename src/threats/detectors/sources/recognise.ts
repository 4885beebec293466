import type { Artefact, EvidenceTree } from '../../readers/index.ts';
import { androidBackup } from './android-backup.ts';
import { androidBugreport } from './android-bugreport.ts';
import { androidLogs } from './android-logs.ts';
import { androidqf } from './androidqf.ts';
import { closedSource, unwrapArchive, unwrapPacked } from './archive.ts';
import { iosBackup } from './ios-backup.ts';
import { iosFilesystem } from './ios-filesystem.ts';
import { iosSysdiagnose } from './ios-sysdiagnose.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** Tried in this order; each looks at the content. */
const READERS: readonly SourceReader[] = [
  iosBackup,
  iosSysdiagnose,
  iosFilesystem,
  androidqf,
  androidBugreport,
  androidBackup,
  androidLogs,
];

export interface Recognised {
  readonly source: OpenedSource;
  /** Members of a zip that are not read. */
  readonly refused: readonly Artefact[];
  close(): void;
}

/** Finds out what kind of evidence a tree is, also inside a zip or tar; undefined when it is nothing known. */
export async function recognise(tree: EvidenceTree, options: OpenOptions): Promise<Recognised | undefined> {
  // A packed tar last: a sysdiagnose is not held in memory whole, and other kinds have packed files of their own.
  for (const unwrap of [unwrapArchive, unwrapPacked]) {
    const unwrapped = await unwrap(tree);
    if (unwrapped === undefined) continue;
    if ('broken' in unwrapped) {
      return { source: closedSource('files', false, unwrapped.broken), refused: [], close() {} };
    }
    const { refused } = unwrapped;
    for (const reader of READERS) {
      const source = await reader.open(unwrapped.tree, options);
      if (source !== undefined) return { source, refused, close: () => unwrapped.close() };
    }
    unwrapped.close();
  }
  return undefined;
}
