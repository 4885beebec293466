import { describe, expect, it } from 'vitest';
import type { EvidenceTree } from '../../evidence/index.ts';
import { droppedFolder } from './entries.ts';
import { handleTree, pageTree } from './trees.ts';

/** A folder of the File and Directory Entries API: a string is a file, an object a folder; names come two at a time. */
type Names = { readonly [name: string]: string | Names };

function entryOf(name: string, inside: Names): FileSystemDirectoryEntry {
  const entry = {
    name,
    isFile: false,
    isDirectory: true,
    createReader() {
      const left = Object.entries(inside).map(([child, value]) =>
        typeof value === 'string' ? { name: child, isFile: true } : entryOf(child, value),
      );
      return { readEntries: (done: (entries: unknown[]) => void) => done(left.splice(0, 2)) };
    },
  };
  return entry as unknown as FileSystemDirectoryEntry; // what the walk uses of it
}

function handleOf(name: string, inside: Names): FileSystemDirectoryHandle {
  const handle = {
    name,
    kind: 'directory',
    async *entries() {
      for (const [child, value] of Object.entries(inside))
        yield [child, typeof value === 'string' ? { kind: 'file' } : handleOf(child, value)];
    },
  };
  return handle as unknown as FileSystemDirectoryHandle; // what the walk uses of it
}

function nested(levels: number): Names {
  return levels === 0 ? { 'deep.txt': 'x' } : { d: nested(levels - 1) };
}

async function pathsOf(tree: EvidenceTree): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of tree.files()) paths.push(path);
  return paths;
}

const droppedTree = (inside: Names): EvidenceTree => pageTree('given', droppedFolder(entryOf('given', inside)));
const pickedTree = (inside: Names): EvidenceTree => handleTree(handleOf('given', inside));

describe.each([
  ['a dropped folder', droppedTree],
  ['a picked folder', pickedTree],
])('%s', (_name, treeOf) => {
  it('tells which folders it did not read because they are nested too deep', async () => {
    const tree = treeOf({ 'a.txt': 'x', ...nested(45) });
    expect(await pathsOf(tree)).toEqual(['a.txt']);
    expect(tree.skipped?.(true)).toEqual([
      {
        artefact: 'files',
        path: Array.from({ length: 41 }, () => 'd').join('/'),
        records: 0,
        status: 'unreadable',
        why: 'not read: folders are nested deeper than 40',
      },
    ]);
  });

  it('reads what is just not too deep, and then tells of nothing', async () => {
    const tree = treeOf(nested(40));
    expect(await pathsOf(tree)).toEqual([`${'d/'.repeat(40)}deep.txt`]);
    expect(tree.skipped?.(true)).toEqual([]);
  });

  it('gives every name again in each pass, also after one that was broken off', async () => {
    const names = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`f${i}`, 'x']));
    const tree = treeOf(names);
    for await (const { path } of tree.files()) if (path === 'f1') break;
    expect((await pathsOf(tree)).length).toBe(900);
    expect((await pathsOf(tree)).length).toBe(900);
  });
});
