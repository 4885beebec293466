import type { Artefact, EvidenceTree } from '../../evidence/index.ts';
import { androidBackup } from './android-backup.ts';
import { androidBugreport } from './android-bugreport.ts';
import { androidLogs } from './android-logs.ts';
import { androidqf } from './androidqf.ts';
import { closedSource, unwrapArchive, unwrapPacked } from './archive.ts';
import { openIosBackups } from './ios-backup.ts';
import { iosFilesystem } from './ios-filesystem.ts';
import { iosSysdiagnose } from './ios-sysdiagnose.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** Tried in this order where there are no backups of iPhones; each looks at the content. */
const READERS: readonly SourceReader[] = [
  iosSysdiagnose,
  iosFilesystem,
  androidqf,
  androidBugreport,
  androidBackup,
  androidLogs,
];

export interface Recognised {
  /** One, or several backups that lie in the folder that was given. */
  readonly sources: readonly OpenedSource[];
  /** Members of a zip that are not read. */
  readonly refused: readonly Artefact[];
  close(): void;
}

/**
 * Finds out what kind of evidence a tree is, also inside a zip or tar; undefined when it is nothing known.
 *
 * Where members of an archive were refused, the very one that would tell may be among them: that is evidence that could not be read.
 */
export async function recognise(tree: EvidenceTree, options: OpenOptions): Promise<Recognised | undefined> {
  const unread: Artefact[] = [];
  // A packed tar last: a sysdiagnose is not held in memory whole, and other kinds have packed files of their own.
  for (const unwrap of [unwrapArchive, unwrapPacked]) {
    const unwrapped = await unwrap(tree);
    if (unwrapped === undefined) continue;
    if ('broken' in unwrapped) {
      return { sources: [closedSource('files', false, unwrapped.broken)], refused: [], close() {} };
    }
    const { refused } = unwrapped;
    const sources = await openKnown(unwrapped.tree, options);
    if (sources.length > 0) return { sources, refused, close: () => unwrapped.close() };
    unread.push(...refused);
    unwrapped.close();
  }
  const [first] = unread;
  return first && { sources: [closedSource('files', false, first)], refused: unread.slice(1), close() {} };
}

async function openKnown(tree: EvidenceTree, options: OpenOptions): Promise<readonly OpenedSource[]> {
  const backups = await openIosBackups(tree, options);
  if (backups.length > 0) return backups;
  for (const reader of READERS) {
    const source = await reader.open(tree, options);
    if (source !== undefined) return [source];
  }
  return [];
}
