/**
 * formats/keyed-archive: NSKeyedArchiver, a property list whose objects refer to each other by number.
 *
 * `unarchive` follows the references from the root and gives plain values for the classes of Foundation; an object of another class is a record
 * with its class name. Objects that contain themselves are refused. `readMbFile` reads one kind of archive at speed: the rows of a backup's
 * Manifest.db. Bounded in depth and values; throws only FormatError `archive-…` and `plist-…`. Pure and browser-safe.
 */
export { type MbFile, readMbFile } from './mb-file.ts';
export { ArchivedObject, type ArchiveValue, unarchive } from './unarchive.ts';
