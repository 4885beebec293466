import { concatBytes, FormatError, utf8TextLoose } from '../../base/index.ts';
import {
  type ArchiveTree,
  type Artefact,
  chunksOf,
  type EvidenceTree,
  headOf,
  identityOf,
  isGzip,
  isTar,
  isZip,
  memoryFile,
  type OpenFile,
  reasonOf,
  tarFileTree,
  tarTree,
  unreadable,
  zipTree,
} from '../../evidence/index.ts';
import { gunzip } from '../../formats/gzip/index.ts';
import type { OpenedSource } from './source.ts';

/** A tree, or what stands in a zip that was given in its place. */
export interface Unwrapped {
  readonly tree: EvidenceTree;
  /** Members that are not read. */
  readonly refused: readonly Artefact[];
  close(): void;
}

/** Looks into a zip or tar that is the only file of its tree; an answer of rows alone says why it cannot be read. */
export async function unwrapArchive(tree: EvidenceTree): Promise<Unwrapped | { readonly broken: Artefact }> {
  return (
    (await unwrapWith(tree, (file) => {
      if (isZip(file)) return zipTree(tree.name, file);
      return isTar(file) ? tarFileTree(tree.name, file) : undefined;
    })) ?? { tree, refused: [], close() {} }
  );
}

/** Takes a packed tar into memory, as far as it fits; undefined when the tree is none. */
export function unwrapPacked(tree: EvidenceTree): Promise<Unwrapped | { readonly broken: Artefact } | undefined> {
  return unwrapWith(tree, async (file) => {
    if (!isGzip(file) || !(await isPackedTar(file))) return undefined;
    const inner = await tarTree(tree.name, gunzip(chunksOf(file)));
    file.close();
    return inner;
  });
}

async function unwrapWith(
  tree: EvidenceTree,
  unpack: (file: OpenFile) => Promise<ArchiveTree> | undefined | Promise<ArchiveTree | undefined>,
): Promise<Unwrapped | { readonly broken: Artefact } | undefined> {
  if (!tree.single) return undefined;
  for await (const { path } of tree.files()) {
    const file = await tree.open(path);
    if (file === undefined) return undefined;
    try {
      const inner = await unpack(file);
      if (inner !== undefined) return { tree: inner, refused: inner.refused, close: () => inner.close() };
      file.close();
    } catch (error) {
      file.close();
      return { broken: unreadable('archive', path, 0, reasonOf(error)) };
    }
  }
  return undefined;
}

async function isPackedTar(file: OpenFile): Promise<boolean> {
  try {
    for await (const part of gunzip(chunksOf(file))) return isTar(memoryFile(part));
    return false;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** The start of a file as text, to recognise it by; one that cannot be opened is told later, by whoever needs it. */
export async function startOf(
  tree: EvidenceTree,
  path: string,
  limitBytes: number,
): Promise<{ readonly text: string; readonly damaged: boolean }> {
  let file: OpenFile | undefined;
  try {
    const stream = tree.stream?.(path);
    if (stream !== undefined) return { text: await headOfStream(stream, limitBytes), damaged: false };
    file = await tree.open(path);
    return { text: file === undefined ? '' : headOf(file, limitBytes), damaged: false };
  } catch (error) {
    reasonOf(error); // passes an abort on
    return { text: '', damaged: true };
  } finally {
    file?.close();
  }
}

async function headOfStream(stream: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of stream) {
    parts.push(part.slice());
    sizeBytes += part.length;
    if (sizeBytes >= limitBytes) break;
  }
  return utf8TextLoose(concatBytes(parts).subarray(0, limitBytes));
}

/** Evidence that could not be opened at all: its row says why. */
export function closedSource(kind: OpenedSource['kind'], encrypted: boolean, row: Artefact): OpenedSource {
  return {
    kind,
    encrypted,
    closed: true,
    device: identityOf({}),
    examine: () => Promise.resolve([row]),
    scan: () => Promise.resolve([]),
  };
}
