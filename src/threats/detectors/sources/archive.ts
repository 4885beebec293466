import {
  type Artefact,
  type EvidenceTree,
  headOf,
  identityOf,
  isZip,
  type OpenFile,
  reasonOf,
  unreadable,
  zipTree,
} from '../../readers/index.ts';
import type { OpenedSource } from './source.ts';

/** A tree, or what stands in a zip that was given in its place. */
export interface Unwrapped {
  readonly tree: EvidenceTree;
  /** Members that are not read. */
  readonly refused: readonly Artefact[];
  close(): void;
}

/** Looks into a zip that is the only file of its tree; an answer of rows alone says why it cannot be read. */
export async function unwrapZip(tree: EvidenceTree): Promise<Unwrapped | { readonly broken: Artefact }> {
  const asItIs = { tree, refused: [], close() {} };
  if (!tree.single) return asItIs;
  for await (const { path } of tree.files()) {
    const file = await tree.open(path);
    if (file === undefined) return asItIs;
    if (!isZip(file)) {
      file.close();
      return asItIs;
    }
    try {
      const inner = await zipTree(tree.name, file);
      return { tree: inner, refused: inner.refused, close: () => inner.close() };
    } catch (error) {
      file.close();
      return { broken: unreadable('archive', path, 0, reasonOf(error)) };
    }
  }
  return asItIs;
}

/** The start of a file as text, to recognise it by; one that cannot be opened is told later, by whoever needs it. */
export async function startOf(
  tree: EvidenceTree,
  path: string,
  limitBytes: number,
): Promise<{ readonly text: string; readonly damaged: boolean }> {
  let file: OpenFile | undefined;
  try {
    file = await tree.open(path);
    return { text: file === undefined ? '' : headOf(file, limitBytes), damaged: false };
  } catch (error) {
    reasonOf(error); // passes an abort on
    return { text: '', damaged: true };
  } finally {
    file?.close();
  }
}

/** Evidence that could not be opened at all: its row says why. */
export function closedSource(kind: OpenedSource['kind'], encrypted: boolean, row: Artefact): OpenedSource {
  return {
    kind,
    encrypted,
    device: identityOf({}),
    examine: () => Promise.resolve([row]),
    scan: () => Promise.resolve([]),
  };
}
