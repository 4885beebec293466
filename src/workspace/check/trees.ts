import { type Artefact, type EvidenceFile, type EvidenceTree, unreadable } from '../../evidence/index.ts';
import { openBlob } from './file-reader.ts';
import { MAX_DEPTH, type NameBatch } from './messages.ts';

/** Folders that get a row of their own because they were not read. */
const MAX_SKIPPED = 200;

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
  const tooDeep = new Set<string>();
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
    files: () => walk(root, '', 0, (path) => tooDeep.add(path)),
    skipped: () => skippedRows(tooDeep),
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
  /** The next names of this pass, at most some hundreds; empty at the end. */
  list(pass: number): Promise<NameBatch>;
}

/** A folder that was dropped: only the page can open its files. */
export function pageTree(name: string, folder: PageFolder): EvidenceTree {
  const tooDeep = new Set<string>();
  let passes = 0;
  return {
    name,
    single: false,
    async *files() {
      const pass = ++passes;
      for (;;) {
        const batch = await folder.list(pass);
        for (const path of batch.tooDeep) tooDeep.add(path);
        if (batch.names.length === 0) return;
        for (const path of batch.names) yield { path, sizeBytes: -1 };
      }
    },
    skipped: () => skippedRows(tooDeep),
    async open(path) {
      const file = await folder.open(path);
      return file === undefined ? undefined : openBlob(file);
    },
  };
}

/** What is not read is told: no finding in it is no proof that there is none. */
function skippedRows(tooDeep: ReadonlySet<string>): Artefact[] {
  const why = `not read: folders are nested deeper than ${MAX_DEPTH}`;
  const rows = [...tooDeep].slice(0, MAX_SKIPPED).map((path) => unreadable('files', path, 0, why));
  const rest = tooDeep.size - rows.length;
  return rest === 0 ? rows : [...rows, unreadable('files', '*', 0, `${rest} more folders were not read`)];
}

async function* walk(
  folder: FileSystemDirectoryHandle,
  prefix: string,
  depth: number,
  tooDeep: (path: string) => void,
): AsyncGenerator<EvidenceFile> {
  if (depth > MAX_DEPTH) return tooDeep(prefix);
  for await (const [name, handle] of folder.entries()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (handle.kind === 'file') yield { path, sizeBytes: -1 };
    else yield* walk(handle as FileSystemDirectoryHandle, path, depth + 1, tooDeep); // `kind` tells which of the two it is
  }
}

/** What is not there is no failure; anything else is told. */
function absent(error: unknown): undefined {
  if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError')) return;
  throw error;
}
