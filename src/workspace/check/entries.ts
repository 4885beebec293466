import { MAX_DEPTH, type NameBatch } from './messages.ts';

/** A dropped folder as the page holds it (File and Directory Entries API): opens files by path, lists names in small batches. */
export interface DroppedFolder {
  readonly name: string;
  open(path: string): Promise<File | undefined>;
  /**
   * The next names of a pass through the folder, and the folders that were passed over because they are nested too deep; no name at the end.
   *
   * @param pass each number has a pass of its own, from the first name on: a check looks through the folder more than once
   */
  list(pass: number): Promise<NameBatch>;
}

const BATCH = 400;

/** Takes what was dropped: one file, one folder, or undefined where the drop holds neither. */
export function takeDrop(items: DataTransferItemList): File | DroppedFolder | undefined {
  const item = [...items].find(({ kind }) => kind === 'file');
  const entry = item?.webkitGetAsEntry();
  if (entry?.isDirectory === true) return droppedFolder(entry as FileSystemDirectoryEntry); // isDirectory tells its type
  return item?.getAsFile() ?? undefined;
}

/** Wraps a dropped folder. */
export function droppedFolder(root: FileSystemDirectoryEntry): DroppedFolder {
  const passes = new Map<number, { names: AsyncGenerator<string>; tooDeep: string[] }>();
  const begin = (pass: number) => {
    const tooDeep: string[] = [];
    const begun = { names: walk(root, '', 0, (path) => tooDeep.push(path)), tooDeep };
    passes.set(pass, begun);
    return begun;
  };
  return {
    name: root.name,
    open: (path) =>
      new Promise((resolve, reject) => {
        const fail = (error: DOMException): void =>
          error.name === 'NotFoundError' || error.name === 'TypeMismatchError' ? resolve(undefined) : reject(error);
        root.getFile(path, {}, (entry) => (entry as FileSystemFileEntry).file(resolve, fail), fail);
      }),
    async list(pass) {
      const { names, tooDeep } = passes.get(pass) ?? begin(pass);
      const batch: string[] = [];
      while (batch.length < BATCH) {
        const { value, done } = await names.next();
        if (done === true) break;
        batch.push(value);
      }
      return { names: batch, tooDeep: tooDeep.splice(0) };
    },
  };
}

async function* walk(
  folder: FileSystemDirectoryEntry,
  prefix: string,
  depth: number,
  tooDeep: (path: string) => void,
): AsyncGenerator<string> {
  if (depth > MAX_DEPTH) return tooDeep(prefix);
  const reader = folder.createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const entry of entries) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isFile) yield path;
      else yield* walk(entry as FileSystemDirectoryEntry, path, depth + 1, tooDeep); // isDirectory tells its type
    }
  }
}
