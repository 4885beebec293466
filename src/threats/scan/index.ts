/**
 * scan: one check of one or more sources, from folders and indicators to the report of `pavise check` (schema pavise.check/1).
 *
 * `checkSources` opens each folder, runs the readers of its artefacts, matches what they saw, scans the bytes of every file, and judges the
 * whole. `diskFolder` gives a folder on disk: files are opened for reading only, synchronously, into one buffer per file; links are not
 * followed. Loads neither database nor web server, so that the command starts at once and works offline.
 *
 * The verdict names the worst that was found; "nothing-found" only when everything relevant was readable, else "incomplete".
 */

export { checkSources } from './check-sources.ts';
export { diskFolder } from './disk-folder.ts';
