import { isPlistDict, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import {
  type Artefact,
  type EvidenceTree,
  identityOf,
  type PhoneIdentity,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import { containerOwners } from './container-owners.ts';
import { absolutePathOf, domainOf } from './domains.ts';
import type { IosFiles, PhoneFile } from './files.ts';

/** The file system of an iPhone, or as much of it as was copied. */
export interface IosFilesystem extends IosFiles {
  readonly files: readonly PhoneFile[];
  readonly tree: EvidenceTree;
  readonly device: PhoneIdentity;
  readonly artefacts: readonly Artefact[];
  /** Ids of the files that were opened so far. */
  readonly opened: ReadonlySet<string>;
  /** The system itself was copied too, not its data alone. */
  readonly hasSystem: boolean;
  modifiedAtMs(file: PhoneFile): number | undefined;
}

/** The home of apps and their data is what every copy has; before it may stand the folder that it was copied into. */
const SIGN = /^((?:[^/]+\/){0,3}?)((?:private\/)?var\/)?mobile\/(?:Library|Containers|Media)\//;
const MAX_METADATA_BYTES = 4 * 1024 * 1024;
/** Full phones have somewhat above a million. */
const MAX_FILES = 10_000_000;

/** Opens a folder, zip or tar that holds the file system of an iPhone; undefined when it is none. */
export async function openIosFilesystem(tree: EvidenceTree): Promise<IosFilesystem | undefined> {
  if (tree.single) return undefined;
  for await (const { path } of tree.files()) {
    const match = SIGN.exec(path);
    if (match !== null) return filesystemAt(tree, match[1] ?? '', match[2] ?? '');
  }
  return undefined;
}

/**
 * Takes the files below a folder as a file system.
 *
 * @param root folder that holds the root, with its slash, or ""
 * @param base "private/var/", "var/", or "" where only what lies in /private/var was copied
 */
export async function filesystemAt(tree: EvidenceTree, root: string, base: string): Promise<IosFilesystem> {
  const artefacts: Artefact[] = [];
  const paths: string[] = [];
  const times = new Map<string, number>();
  for await (const { path, modifiedAtMs } of tree.files()) {
    if (!path.startsWith(root)) continue;
    if (paths.length >= MAX_FILES) {
      artefacts.push(unreadable('files', tree.name, 0, `has more than ${MAX_FILES} files`));
      break;
    }
    paths.push(path);
    if (modifiedAtMs !== undefined) times.set(path, modifiedAtMs);
  }
  const absolute = (path: string): string => absoluteIn(path.slice(root.length), base);
  const owners = await containerOwners(paths, absolute, (path) => readPlist(tree, path), artefacts);
  const files = paths.map((id): PhoneFile => {
    const absolutePath = absolute(id);
    return { id, absolutePath, ...domainOf(absolutePath, (container) => owners.get(container)) };
  });
  const byKey = new Map(files.map((file) => [`${file.domain}-${file.relativePath}`, file]));
  const byPath = new Map(files.map((file) => [file.absolutePath, file]));
  const byName = Map.groupBy(files, ({ relativePath }) => relativePath.slice(relativePath.lastIndexOf('/') + 1));
  const opened = new Set<string>();
  return {
    tree,
    files,
    artefacts,
    opened,
    device: await deviceOf(tree, byPath),
    hasSystem: files.some(({ absolutePath = '' }) => /^\/(?:usr\/libexec|System\/Library)\//.test(absolutePath)),
    // Several domains share a folder: a file has the usual one, and is found under each.
    find: (domain, relativePath) =>
      byKey.get(`${domain}-${relativePath}`) ?? byPath.get(absolutePathOf(domain, relativePath) ?? ''),
    named: (baseName) => byName.get(baseName) ?? [],
    open(file) {
      opened.add(file.id);
      return tree.open(file.id);
    },
    modifiedAtMs: ({ id }) => times.get(id) ?? tree.modifiedAtMs?.(id),
  };
}

function absoluteIn(path: string, base: string): string {
  if (base === '') return `/private/var/${path}`;
  return base === 'var/' && path.startsWith('var/') ? `/private/${path}` : `/${path}`;
}

async function readPlist(tree: EvidenceTree, path: string): Promise<PlistValue | undefined> {
  const file = await tree.open(path);
  try {
    const bytes = file === undefined ? undefined : readWhole(file, MAX_METADATA_BYTES);
    return bytes === undefined ? undefined : parsePlist(bytes);
  } finally {
    file?.close();
  }
}

const VERSION_PLACES = [
  '/System/Library/CoreServices/SystemVersion.plist',
  '/private/var/installd/Library/MobileInstallation/LastBuildInfo.plist',
];

async function deviceOf(
  tree: EvidenceTree,
  byPath: ReadonlyMap<string | undefined, PhoneFile>,
): Promise<PhoneIdentity> {
  for (const place of VERSION_PLACES) {
    const file = byPath.get(place);
    if (file === undefined) continue;
    // A list that cannot be read leaves the version open, which is what an unknown one is.
    const list = await readPlist(tree, file.id).catch((error: unknown) => void reasonOf(error));
    if (!isPlistDict(list)) continue;
    const { ProductVersion: version, ProductBuildVersion: build } = list;
    if (typeof version !== 'string') continue;
    return identityOf({ osVersion: version, buildVersion: typeof build === 'string' ? build : '' });
  }
  return identityOf({});
}
