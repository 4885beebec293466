/**
 * scan: one check of one or more sources, from folders and indicators to the report of `pavise check` (schema pavise.check/1).
 *
 * `checkSources` runs `examine` of `detection` over evidence on disk and measures it. `diskTree` gives a folder or file on disk: opened for reading only, synchronously, into one buffer; links are not followed. Loads neither database nor web server, so that the command starts at once and works offline.
 *
 * The verdict names the worst that was found; "nothing-found" only when everything relevant was readable, else "incomplete".
 */

export { checkSources } from './check-sources.ts';
export { diskTree } from './disk-tree.ts';
export { type HashedFile, type HashTree, hashTree, leafOf, rootOf } from './hash-tree.ts';
