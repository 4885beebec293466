import type { EvidenceFile, EvidenceTree } from '../../threats/readers/index.ts';
import { openBlob } from './file-reader.ts';

const MAX_DEPTH = 40;

/** One file, as it was given. */
export function fileTree(file: File): EvidenceTree {
  return {
    name: file.name,
    single: true,
    files: () => [{ path: file.name, sizeBytes: file.size }],
    open: (path) => (path === file.name ? openBlob(file) : undefined),
  };
}

/** A folder that the person picked. Files are opened by their path, and none is held longer than it is read. */
export function handleTree(root: FileSystemDirectoryHandle): EvidenceTree {
  const folders = new Map<string, FileSystemDirectoryHandle>([['', root]]);
  const folderOf = async (path: string): Promise<FileSystemDirectoryHandle | undefined> => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('/');
    const parent = await folderOf(cut < 0 ? '' : path.slice(0, cut));
    const found = await parent?.getDirectoryHandle(path.slice(cut + 1)).catch(absent);
    if (found !== undefined && folders.size < 5000) folders.set(path, found);
    return found;
  };
  return {
    name: root.name,
    single: false,
    files: () => walk(root, '', 0),
    async open(path) {
      const cut = path.lastIndexOf('/');
      const folder = await folderOf(cut < 0 ? '' : path.slice(0, cut));
      const handle = await folder?.getFileHandle(path.slice(cut + 1)).catch(absent);
      return handle === undefined ? undefined : openBlob(await handle.getFile());
    },
  };
}

/** Asks for a file or for names, and gets the answer from the page. */
export interface PageFolder {
  open(path: string): Promise<File | undefined>;
  /** The next names, at most some hundreds; empty at the end. */
  list(): Promise<readonly string[]>;
}

/** A folder that was dropped: only the page can open its files. */
export function pageTree(name: string, folder: PageFolder): EvidenceTree {
  return {
    name,
    single: false,
    async *files() {
      for (;;) {
        const paths = await folder.list();
        if (paths.length === 0) return;
        for (const path of paths) yield { path, sizeBytes: -1 };
      }
    },
    async open(path) {
      const file = await folder.open(path);
      return file === undefined ? undefined : openBlob(file);
    },
  };
}

async function* walk(folder: FileSystemDirectoryHandle, prefix: string, depth: number): AsyncGenerator<EvidenceFile> {
  if (depth > MAX_DEPTH) return;
  for await (const [name, handle] of folder.entries()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (handle.kind === 'file') yield { path, sizeBytes: -1 };
    else yield* walk(handle as FileSystemDirectoryHandle, path, depth + 1); // `kind` tells which of the two it is
  }
}

/** What is not there is no failure; anything else is told. */
function absent(error: unknown): undefined {
  if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError')) return;
  throw error;
}
