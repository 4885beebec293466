import type { Artefact, EvidenceTree } from '../../readers/index.ts';
import { androidBackup } from './android-backup.ts';
import { androidBugreport } from './android-bugreport.ts';
import { androidLogs } from './android-logs.ts';
import { androidqf } from './androidqf.ts';
import { closedSource, unwrapZip } from './archive.ts';
import { iosBackup } from './ios-backup.ts';
import { iosSysdiagnose } from './ios-sysdiagnose.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** Tried in this order; each looks at the content. */
const READERS: readonly SourceReader[] = [
  iosBackup,
  iosSysdiagnose,
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

/** Finds out what kind of evidence a tree is, also inside a zip; undefined when it is nothing known. */
export async function recognise(tree: EvidenceTree, options: OpenOptions): Promise<Recognised | undefined> {
  const unwrapped = await unwrapZip(tree);
  if ('broken' in unwrapped) {
    return { source: closedSource('files', false, unwrapped.broken), refused: [], close() {} };
  }
  const { refused } = unwrapped;
  for (const reader of READERS) {
    const source = await reader.open(unwrapped.tree, options);
    if (source !== undefined) return { source, refused, close: () => unwrapped.close() };
  }
  unwrapped.close();
  return undefined;
}
