import type { EvidenceTree } from '../evidence.ts';

/** Backups in one folder: a computer seldom keeps more than three phones. */
const MAX_PLACES = 16;
/** "MobileSync/Backup/UDID/" is as far above a backup as people point. */
const LIST = /^((?:[^/]+\/){1,3})Manifest\.(?:db|mbdb)$/;
const BESIDE = ['Info.plist', 'Manifest.plist', 'Status.plist'];
/** A run that was interrupted keeps its state here; a finished one removes the folder. */
const SNAPSHOT = 'Snapshot/';

export interface BackupPlace {
  readonly tree: EvidenceTree;
  /** Below the tree that was given; "" is that tree itself. */
  readonly prefix: string;
  /** It is what an interrupted run left. */
  readonly isSnapshot: boolean;
  /** An interrupted run left such a place in it. */
  readonly hasSnapshot: boolean;
}

export interface BackupPlaces {
  readonly places: readonly BackupPlace[];
  /** Files that belong to none of them. */
  readonly filesBeside: number;
  /** Backups that are left out because there are too many. */
  readonly left: number;
}

/**
 * Finds the backups in a tree: the tree itself, or folders in it where a folder above was given; of each also the state that an interrupted
 * run left in `Snapshot/`.
 */
export async function findBackups(tree: EvidenceTree): Promise<BackupPlaces> {
  const none = { places: [], filesBeside: 0, left: 0 };
  if (tree.single) return none;
  if ((await has(tree, 'Manifest.db')) || (await has(tree, 'Manifest.plist')) || (await has(tree, 'Manifest.mbdb'))) {
    return { ...none, places: await withSnapshot(tree, '') };
  }
  if (await has(tree, `${SNAPSHOT}Manifest.db`)) return { ...none, places: [placeIn(tree, SNAPSHOT, '')] };
  const prefixes: string[] = [];
  for await (const { path } of tree.files()) {
    const prefix = LIST.exec(path)?.[1];
    if (prefix !== undefined && !prefixes.includes(prefix) && (await isBackup(tree, prefix))) prefixes.push(prefix);
  }
  const roots = prefixes.filter((prefix) => !prefixes.some((other) => prefix === `${other}${SNAPSHOT}`)).sort();
  const kept = roots.slice(0, MAX_PLACES);
  const places: BackupPlace[] = [];
  for (const prefix of kept) places.push(...(await withSnapshot(tree, prefix)));
  if (kept.length === 0) return none;
  let filesBeside = 0;
  for await (const { path } of tree.files()) if (!roots.some((prefix) => path.startsWith(prefix))) filesBeside++;
  return { places, filesBeside, left: roots.length - kept.length };
}

/** A list of files alone could be anything's: one of the property lists must stand beside it, or beside the folder of a first run. */
async function isBackup(tree: EvidenceTree, prefix: string): Promise<boolean> {
  const parent = prefix.endsWith(`/${SNAPSHOT}`) ? prefix.slice(0, -SNAPSHOT.length) : prefix;
  for (const name of BESIDE) if ((await has(tree, prefix + name)) || (await has(tree, parent + name))) return true;
  return false;
}

async function withSnapshot(tree: EvidenceTree, prefix: string): Promise<BackupPlace[]> {
  if (prefix.endsWith(`/${SNAPSHOT}`)) return [placeIn(tree, prefix, prefix.slice(0, -SNAPSHOT.length))];
  const snapshot = prefix + SNAPSHOT;
  if (!(await has(tree, `${snapshot}Manifest.db`))) return [placeIn(tree, prefix)];
  return [placeIn(tree, prefix, undefined, SNAPSHOT), placeIn(tree, snapshot, prefix)];
}

/**
 * @param plists where the property lists stand if not in the place itself
 * @param except folder of the place that is a place of its own
 */
function placeIn(tree: EvidenceTree, prefix: string, plists?: string, except?: string): BackupPlace {
  const isSnapshot = plists !== undefined;
  const below = prefix === '' && except === undefined ? tree : treeBelow(tree, prefix, plists, except);
  return { tree: below, prefix, isSnapshot, hasSnapshot: except !== undefined };
}

function treeBelow(tree: EvidenceTree, prefix: string, plists?: string, except?: string): EvidenceTree {
  return {
    name: `${tree.name}/${prefix}`,
    single: false,
    async *files() {
      for await (const file of tree.files()) {
        const path = file.path.slice(prefix.length);
        if (file.path.startsWith(prefix) && (except === undefined || !path.startsWith(except))) yield { ...file, path };
      }
    },
    async open(path) {
      const own = await tree.open(prefix + path);
      if (own !== undefined || plists === undefined || !(path === 'Info.plist' || path === 'Manifest.plist'))
        return own;
      return tree.open(plists + path);
    },
    ...(tree.modifiedAtMs === undefined ? {} : { modifiedAtMs: (path: string) => tree.modifiedAtMs?.(prefix + path) }),
  };
}

async function has(tree: EvidenceTree, path: string): Promise<boolean> {
  const file = await tree.open(path);
  file?.close();
  return file !== undefined;
}
