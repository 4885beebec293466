import { pathComponents } from './canonical.ts';

/** The system that a name of a program or file belongs to: the names of one are those of strangers on the other. */
export type Platform = 'ios' | 'android';

const ROOTS: ReadonlyMap<string, Platform> = new Map([
  ...['private', 'Applications', 'System', 'Library', 'Developer', 'cores'].map((root) => [root, 'ios'] as const),
  ...['data', 'storage', 'system', 'system_ext', 'vendor', 'product', 'odm', 'apex', 'mnt'].map(
    (root) => [root, 'android'] as const,
  ),
]);

/** The system that a path stands on, by the folder at its root; undefined where both have it, or where the path is relative. */
export function platformOfPath(path: string): Platform | undefined {
  return path.startsWith('/') ? ROOTS.get(pathComponents(path)[0] ?? '') : undefined;
}
